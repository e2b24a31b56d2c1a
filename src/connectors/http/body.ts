/**
 * From the bytes of an answer to text and JSON.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

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
  const encoding = header(answer.headers, "content-encoding")?.toLowerCase() ?? "identity";
  if (answer.body.length === 0 || encoding === "identity") return answer.body;
  if (encoding !== "gzip" && encoding !== "x-gzip") {
    throw new SyncError(
      "unexpected_answer",
      `The answer is encoded as ${encoding}, which was not asked for.`,
    );
  }
  try {
    return await unzip(answer.body);
  } catch (error) {
    throw new SyncError("unexpected_answer", "The compressed answer is damaged or cut short.", {
      cause: error,
    });
  }
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
