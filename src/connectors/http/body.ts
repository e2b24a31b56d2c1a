/**
 * From the bytes of an answer to text and JSON.
 */
import { promisify } from "node:util";
import { gunzip, gunzipSync } from "node:zlib";

import { SyncError } from "../../core/errors.ts";
import type { HttpAnswer } from "./transport.ts";
import { header } from "./transport.ts";

const unzip = promisify(gunzip);

/**
 * The text of an answer, decompressed on the thread pool.
 * @throws SyncError `unexpected_answer` when the compressed bytes are cut short or damaged
 */
export async function bodyText(answer: HttpAnswer): Promise<string> {
  return utf8(await bodyBytes(answer));
}

/** The bytes of an answer, decompressed on the thread pool. Throws as `bodyText` does. */
export async function bodyBytes(answer: HttpAnswer): Promise<Uint8Array> {
  if (!isPacked(answer)) return answer.body;
  return unzip(answer.body, { chunkSize: sizeUnpacked(answer.body) }).catch(damaged);
}

/** As `bodyBytes`, but at once, on this thread. */
export function bodyBytesNow(answer: HttpAnswer): Uint8Array {
  if (!isPacked(answer)) return answer.body;
  try {
    return gunzipSync(answer.body, { chunkSize: sizeUnpacked(answer.body) });
  } catch (error) {
    return damaged(error);
  }
}

/** @throws SyncError `unexpected_answer` for an encoding that nobody asked for */
function isPacked({ headers, body }: HttpAnswer): boolean {
  const encoding = header(headers, "content-encoding")?.toLowerCase() ?? "identity";
  if (body.length === 0 || encoding === "identity") return false;
  if (encoding === "gzip" || encoding === "x-gzip") return true;
  throw new SyncError("unexpected_answer", `The answer is encoded as ${encoding}, which was not asked for.`);
}

function damaged(error: unknown): never {
  throw new SyncError("unexpected_answer", "The compressed answer is damaged or cut short.", {
    cause: error,
  });
}

/** What zlib takes at once when nothing is known. */
const LEAST_CHUNK = 16 * 1024;
const LARGEST_CHUNK = 64 * 1024 * 1024;

/**
 * How much room the unpacked bytes take: a gzip member ends with their number (RFC 1952, section 2.3.1, ISIZE). A page is
 * unpacked in one piece then, instead of in hundreds that are joined afterwards. A number that lies costs only that.
 */
function sizeUnpacked(body: Uint8Array): number {
  const size =
    body.length < 4 ? 0 : new DataView(body.buffer, body.byteOffset).getUint32(body.length - 4, true);
  // With a little room left, zlib does not ask for a second piece.
  return Math.min(Math.max(size + 64, LEAST_CHUNK), LARGEST_CHUNK);
}

/** The text of bytes. */
export function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** @throws SyncError `unexpected_answer` when the text is empty or not JSON */
export function parseJson(text: string): unknown {
  if (text === "") throw new SyncError("unexpected_answer", "The answer is empty where JSON was promised.");
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const kind = text.trimStart().startsWith("<") ? "a web page" : "not whole JSON";
    throw new SyncError("unexpected_answer", `The answer is ${kind} (${text.length} characters).`, {
      cause: error,
    });
  }
}
