/**
 * The parts of the answer to a `$batch`. What is not wholly there is left out; nothing is guessed.
 */
import type { HttpHeaders } from "../http/transport.ts";
import { header } from "../http/transport.ts";

/** The answer to one request of a batch. */
export interface BatchPart {
  /** `Content-ID` of the request it answers; null when it names none. */
  readonly contentId: string | null;
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly text: string;
}

/** The service takes at most so many operations in a batch. */
const MOST_PARTS = 1000;

/**
 * Reads the parts in order. A part counts only when the delimiter after it came too, so that an answer that was cut
 * off cannot show half a part as a whole one. Lines may end in CRLF or LF. Change sets are passed over: Tandem sends
 * none. Takes time proportional to the text.
 */
export function batchParts(headers: HttpHeaders, text: string): readonly BatchPart[] {
  const [, quoted, bare] =
    /boundary=(?:"([^"\r\n]+)"|([^;,\s]+))/iu.exec(header(headers, "content-type") ?? "") ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return [];
  return pieces(text, `--${boundary}`).flatMap((piece) => partOf(piece) ?? []);
}

/** What stands between two delimiter lines that follow each other. */
function pieces(text: string, delimiter: string): string[] {
  const found: string[] = [];
  let start: number | null = null;
  for (let at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, at + 1)) {
    const line = delimiterLine(text, at, delimiter);
    if (line === null) continue;
    if (start !== null) found.push(text.slice(start, at));
    if (line.closes || found.length >= MOST_PARTS) break;
    start = line.end;
  }
  return found;
}

interface DelimiterLine {
  /** Where the next line begins. */
  readonly end: number;
  readonly closes: boolean;
}

/** A delimiter stands alone on its line. */
function delimiterLine(text: string, at: number, delimiter: string): DelimiterLine | null {
  if (at > 0 && text[at - 1] !== "\n") return null;
  const feed = text.indexOf("\n", at);
  const end = feed < 0 ? text.length : feed + 1;
  // No delimiter line is longer; a text without line ends must not be searched again and again.
  if (end - at > delimiter.length + 80) return null;
  const rest = text.slice(at + delimiter.length, end).trim();
  return rest === "" || rest === "--" ? { end, closes: rest === "--" } : null;
}

function partOf(piece: string): BatchPart | null {
  const outer = section(piece.replace(/^(?:\r?\n)+/u, ""));
  if (!/^application\/http\b/iu.test(header(outer.headers, "content-type") ?? "")) return null;
  const [line = ""] = /^[^\r\n]*/u.exec(outer.rest) ?? [];
  const [, status] = /^HTTP\/\d(?:\.\d)? (\d{3})(?: |$)/u.exec(line) ?? [];
  if (status === undefined) return null;
  const inner = section(outer.rest.slice(line.length).replace(/^\r?\n/u, ""));
  return {
    contentId: header(outer.headers, "content-id") ?? header(inner.headers, "content-id") ?? null,
    status: Number(status),
    headers: inner.headers,
    text: inner.rest.trim(),
  };
}

interface Section {
  readonly headers: HttpHeaders;
  readonly rest: string;
}

/** Headers up to an empty line, and what follows it without the empty lines before it. */
function section(text: string): Section {
  const gap = /(?:^|\r?\n)\r?\n/u.exec(text);
  const head = gap === null ? text : text.slice(0, gap.index);
  const rest = gap === null ? "" : text.slice(gap.index + gap[0].length);
  return { headers: headersOf(head), rest: rest.replace(/^(?:\r?\n)+/u, "") };
}

function headersOf(head: string): HttpHeaders {
  const lines = head.split(/\r?\n/u).map((line) => line.split(":"));
  return Object.fromEntries(
    lines.flatMap(([name = "", ...value]) =>
      value.length === 0 ? [] : [[name.trim().toLowerCase(), value.join(":").trim()] as const],
    ),
  );
}
