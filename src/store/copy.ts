/**
 * Rows into PostgreSQL by `COPY ... FROM STDIN` in text format (PostgreSQL documentation, "COPY", file formats).
 */
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";

/** Bytes handed to the socket at a time: large enough to be few writes, small enough to stay out of memory's way. */
const CHUNK = 1 << 18;

/** What to copy: each row's line is made when it is its turn, so that a page never lies in memory twice. */
export interface CopyInput<T> {
  /** Table and column list, as SQL: `"marketing"."people" ("id", "first_name")` */
  readonly target: string;
  readonly rows: readonly T[];
  /** The row's line, or its beginning where `rest` follows; without the line end. */
  readonly line: (row: T, at: number) => string;
  /** What the line ends with, as text that is encoded already. */
  readonly rest?: (row: T) => Uint8Array | string;
}

/** Copies rows into a table. */
export async function copyRows<T>(client: pg.ClientBase, input: CopyInput<T>): Promise<void> {
  const stream = client.query(copyFrom(`copy ${input.target} from stdin`));
  await pipeline(Readable.from(chunks(input)), stream);
}

/**
 * Lines as bytes. Each is written on its own: a text of many lines is twice as wide in memory, and slow to write, as
 * soon as one letter in it is outside Latin-1.
 */
function* chunks<T>({ rows, line, rest = nothing }: CopyInput<T>): Generator<Buffer> {
  let chunk = Buffer.allocUnsafeSlow(CHUNK);
  let filled = 0;
  for (const [at, row] of rows.entries()) {
    const [first, last] = [line(row, at), rest(row)];
    const longest = (first.length + last.length + 1) * BYTES_A_UNIT;
    if (filled + longest > chunk.length) {
      if (filled > 0) yield chunk.subarray(0, filled);
      chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK, longest));
      filled = 0;
    }
    filled += chunk.write(first, filled, "utf8");
    filled += put(chunk, filled, last);
    chunk[filled] = LINE_FEED;
    filled += 1;
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

const LINE_FEED = 10;

/** UTF-8 needs at most so many bytes for one UTF-16 unit. */
const BYTES_A_UNIT = 3;

function put(chunk: Buffer, at: number, text: Uint8Array | string): number {
  if (typeof text === "string") return chunk.write(text, at, "utf8");
  chunk.set(text, at);
  return text.length;
}

function nothing(): string {
  return "";
}
