import { badQuery } from "./errors.ts";

/** A request as the emulator sees it, whatever brought it. */
export interface ApiRequest {
  readonly method: string;
  /** Absolute URL, as it was sent. */
  readonly url: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Rows of a page that are rendered only when their bytes are not kept already. */
export interface PageBody {
  readonly head: string;
  readonly tail: string;
  /** Names exactly these rows in exactly this rendering. */
  readonly key: string;
  /** The rows in order, with the commas between them. */
  readonly rows: () => Iterable<string>;
}

/** A body too large to be held at once. */
export interface StreamBody {
  readonly chunks: Iterable<string>;
}

export type Body = string | PageBody | StreamBody;

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Body;
  /** How the transport must spoil the answer: a fault that was asked for. */
  readonly spoiled?: Spoiled;
}

/** A broken connection instead of an answer, or one in the middle of the body (after so many bytes). */
export type Spoiled = "reset" | { readonly truncateTo: number };

export function isStream(body: Body): body is StreamBody {
  return typeof body !== "string" && "chunks" in body;
}

/** The whole body as text. */
export function bodyText(body: Body): string {
  if (typeof body === "string") return body;
  return isStream(body) ? [...body.chunks].join("") : body.head + [...body.rows()].join("") + body.tail;
}

/** Large enough to be worth a write or a compression of its own, small enough that several are under way at once. */
const CHUNK_BYTES = 1 << 20;

/**
 * The rows of a page as bytes, about a megabyte at a time: written one by one, since joining millions of pieces to one
 * text first costs more.
 */
export function* rowChunks(page: PageBody): Generator<Buffer> {
  let bytes = Buffer.allocUnsafe(CHUNK_BYTES);
  let length = 0;
  for (const row of page.rows()) {
    // A UTF-16 unit takes three bytes of UTF-8 at most.
    const most = row.length * 3;
    if (length > 0 && length + most > bytes.length) {
      yield bytes.subarray(0, length);
      bytes = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, most));
      length = 0;
    }
    if (most > bytes.length) bytes = Buffer.allocUnsafe(most);
    length += bytes.write(row, length);
  }
  if (length > 0) yield bytes.subarray(0, length);
}

export const JSON_TYPE = "application/json; odata.metadata=minimal";

export function jsonAnswer(body: Body, headers: Record<string, string> = {}, status = 200): Answer {
  return { status, headers: { "Content-Type": JSON_TYPE, "OData-Version": "4.0", ...headers }, body };
}

export function emptyAnswer(headers: Record<string, string> = {}): Answer {
  return { status: 204, headers: { "OData-Version": "4.0", ...headers }, body: "" };
}

/** What the `Prefer` header asks for; several headers arrive joined by commas. */
export interface Preferences {
  readonly trackChanges: boolean;
  readonly maxPageSize: number | undefined;
  readonly representation: boolean;
  readonly continueOnError: boolean;
  /** The patterns of `odata.include-annotations`, or none. */
  readonly annotations: readonly string[];
  /** What stood between several preferences. */
  readonly separator: "," | "; ";
}

export function preferences(header: string | undefined): Preferences {
  const text = header ?? "";
  const annotations = /odata\.include-annotations\s*=\s*(?:"([^"]*)"|([^,;\s]+))/i.exec(text);
  const pageSize = /odata\.maxpagesize\s*=\s*"?(\d+)/i.exec(text);
  return {
    trackChanges: /odata\.track-changes/i.test(text),
    maxPageSize: pageSize === null ? undefined : Number(pageSize[1]),
    representation: /return\s*=\s*representation/i.test(text),
    continueOnError: /odata\.continue-on-error(?!\s*=\s*false)/i.test(text),
    annotations: (annotations?.[1] ?? annotations?.[2] ?? "")
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean),
    separator: text.includes(";") ? "; " : ",",
  };
}

/** `Preference-Applied` for an answer that heeds these preferences, and the annotations that were asked for. */
export function preferenceApplied(prefer: Preferences, heeded: readonly string[]): Record<string, string> {
  const { annotations, separator } = prefer;
  const shown = annotations.length === 0 ? [] : [`odata.include-annotations="${annotations.join(",")}"`];
  const all = [...shown, ...heeded];
  return all.length === 0 ? {} : { "Preference-Applied": all.join(separator) };
}

/** Whether an annotation was asked for, by name or wildcard. */
export function wantsAnnotation(patterns: readonly string[], name: string): boolean {
  return patterns.some(
    (pattern) =>
      pattern === "*" || pattern === name || (pattern.endsWith("*") && name.startsWith(pattern.slice(0, -1))),
  );
}

/** The query part of a URL: raw pieces in order, and decoded options by name. */
export interface Query {
  readonly pieces: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw badQuery(`The query part '${text}' is not valid percent-encoding.`);
  }
}

export function parseQuery(raw: string): Query {
  const pieces = raw.split("&").filter((piece) => piece !== "");
  const options = new Map<string, string>();
  for (const piece of pieces) {
    const equals = piece.indexOf("=");
    const name = decoded(equals < 0 ? piece : piece.slice(0, equals));
    options.set(name, equals < 0 ? "" : decoded(piece.slice(equals + 1)));
  }
  return { pieces, options };
}

/** The pieces of a query without the options of the given names. */
export function without(query: Query, names: readonly string[]): string[] {
  return query.pieces.filter((piece) => !names.includes(decoded(piece.split("=")[0] ?? "")));
}
