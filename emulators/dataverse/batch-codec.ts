import { ApiError } from "./errors.ts";
import type { Answer } from "./message.ts";
import { bodyText } from "./message.ts";

/** One request inside a batch. */
export interface BatchRequest {
  readonly method: string;
  /** As written: absolute, a path, or `$1…`. */
  readonly target: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly contentId: string | undefined;
}

/** A part of a batch: one request, or a change set of several. */
export type BatchPart =
  | { readonly kind: "request"; readonly request: BatchRequest }
  | { readonly kind: "changeset"; readonly requests: readonly BatchRequest[] };

interface Mime {
  readonly headers: Readonly<Record<string, string>>;
  readonly content: string;
}

/** Reads a `$batch` body. Lines may end with LF unless `strict`. */
export function parseBatch(contentType: string, body: string, strict: boolean): BatchPart[] {
  if (strict && /(?<!\r)\n/.test(body))
    throw unreadable("System.ArgumentException: Stream was not readable.");
  return mimeParts(contentType, body).map((part): BatchPart => {
    const type = part.headers["content-type"] ?? "";
    if (!type.startsWith("multipart/mixed")) return { kind: "request", request: httpRequest(part) };
    return { kind: "changeset", requests: mimeParts(type, part.content).map(httpRequest) };
  });
}

function unreadable(inner: string): ApiError {
  return new ApiError(
    400,
    "0x80048d19",
    `Error identified in Payload provided by the user for Entity :'', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : ${inner}`,
  );
}

function mimeParts(contentType: string, body: string): Mime[] {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const name = boundary?.[1] ?? boundary?.[2];
  if (name === undefined)
    throw unreadable("Microsoft.OData.ODataException: The content type has no boundary.");
  const pieces = body.replaceAll("\r\n", "\n").split(`--${name}`).slice(1);
  const parts: Mime[] = [];
  for (const piece of pieces) {
    if (piece.startsWith("--")) break;
    parts.push(mime(piece.replace(/^[ \t]*\n/, "")));
  }
  return parts;
}

/** Headers, an empty line, and the rest. */
function mime(text: string): Mime {
  const end = text.indexOf("\n\n");
  const lines = (end < 0 ? text : text.slice(0, end)).split("\n");
  return { headers: headersOf(lines), content: end < 0 ? "" : text.slice(end + 2) };
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}

function httpRequest(part: Mime): BatchRequest {
  const text = part.content.replace(/^\n+/, "");
  const line = /^([A-Z]+) (\S+)(?: HTTP\/1\.1)?[ \t]*(?:\n|$)/.exec(text);
  if (line === null)
    throw unreadable("Microsoft.OData.ODataException: A part of the batch has no valid request line.");
  const { headers, content } = mime(text.slice(line[0].length));
  const bare = Object.keys(headers).length === 0 && !text.slice(line[0].length).startsWith("\n");
  const body = (bare ? text.slice(line[0].length) : content).trim();
  return {
    method: line[1] ?? "",
    target: line[2] ?? "",
    headers,
    body,
    contentId: part.headers["content-id"] ?? headers["content-id"],
  };
}

/** An answer with the content id of its request. */
export interface PartAnswer {
  readonly answer: Answer;
  readonly contentId?: string | undefined;
}

const CRLF = "\r\n";

/** One `application/http` part. */
export function httpPart({ answer, contentId }: PartAnswer): string {
  const outer = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"];
  if (contentId !== undefined) outer.push(`Content-ID: ${contentId}`);
  const status = `HTTP/1.1 ${answer.status} ${REASONS[answer.status] ?? ""}`;
  const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
  return [...outer, "", status, ...headers, "", bodyText(answer.body), ""].join(CRLF);
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  204: "No Content",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  412: "Precondition Failed",
  429: "Too Many Requests",
  500: "Internal Server Error",
};

/** A multipart body of the given parts. */
export function multipart(boundary: string, parts: readonly string[]): string {
  return `${parts.map((part) => `--${boundary}${CRLF}${part}`).join(CRLF)}${CRLF}--${boundary}--${CRLF}`;
}

/** The part that holds a change set's answers; its content type comes first, as clients expect. */
export function changeSetPart(boundary: string, answers: readonly PartAnswer[]): string {
  return `Content-Type: multipart/mixed; boundary=${boundary}${CRLF}${CRLF}${multipart(boundary, answers.map(httpPart))}`;
}
