/**
 * Answers to a `$batch`, as the Web API writes them.
 */
import { API, guid } from "./organization.ts";
import type { Reply } from "./script.ts";

/** What the service says about one operation of a batch. */
export interface Said {
  readonly status: number;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentId?: number | null;
}

/** The record was written and has a new version. */
export function done(n: number, version = 2000 + n): Said {
  const etag = `W/"${version}"`;
  const body = {
    "@odata.context": `${API}/$metadata#contacts/$entity`,
    "@odata.etag": etag,
    contactid: guid(n),
  };
  return { status: 200, body, headers: { ETag: etag, "Preference-Applied": "return=representation" } };
}

export function no(status: number, code: string, message = "No.", headers = {}): Said {
  return { status, headers, body: { error: { code, message } } };
}

export const DELETED: Said = { status: 204 };

const CRLF = "\r\n";
export const BOUNDARY = "batchresponse_f4b6c5d1-0b5a-4a5e-8a43-2c1f3e1d9a77";

/** The text of the answer; each part with the number of its operation unless it says otherwise. */
export function batchText(said: readonly Said[]): string {
  const parts = said.map(({ status, body, headers = {}, contentId }, place) => {
    const id = contentId === undefined ? place + 1 : contentId;
    return [
      `--${BOUNDARY}`,
      "Content-Type: application/http",
      "Content-Transfer-Encoding: binary",
      ...(id === null ? [] : [`Content-ID: ${id}`]),
      "",
      `HTTP/1.1 ${status} Some Reason`,
      ...(body === undefined ? [] : ["Content-Type: application/json; odata.metadata=minimal"]),
      "OData-Version: 4.0",
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      "",
      body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body),
      "",
    ].join(CRLF);
  });
  return `${parts.join("")}--${BOUNDARY}--${CRLF}`;
}

export const MULTIPART = { "content-type": `multipart/mixed; boundary=${BOUNDARY}` };

export function batch(said: readonly Said[], status = 200): Reply {
  return { status, headers: MULTIPART, body: batchText(said) };
}
