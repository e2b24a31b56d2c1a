/**
 * Rows into PostgreSQL by `COPY ... FROM STDIN` in text format (PostgreSQL documentation, "COPY", file formats).
 */
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import type { Cell, ColumnType } from "../core/cell.ts";

/** Bytes handed to the socket at a time: large enough to be few writes, small enough to stay out of memory's way. */
const CHUNK = 1 << 18;

/** What to copy: each row's line is made when it is its turn, so that a page never lies in memory twice. */
export interface CopyInput<T> {
  /** Table and column list, as SQL: `"marketing"."people" ("id", "first_name")` */
  readonly target: string;
  readonly rows: readonly T[];
  /** One encoded line, ending with a line feed. */
  readonly line: (row: T, at: number) => string;
}

/** Copies rows into a table. */
export async function copyRows<T>(
  client: pg.ClientBase,
  { target, rows, line }: CopyInput<T>,
): Promise<void> {
  const stream = client.query(copyFrom(`copy ${target} from stdin`));
  await pipeline(Readable.from(chunks(rows, line)), stream);
}

/**
 * Lines as bytes. Each is written on its own: a text of many lines is twice as wide in memory, and slow to write, as
 * soon as one letter in it is outside Latin-1.
 */
function* chunks<T>(rows: readonly T[], line: CopyInput<T>["line"]): Generator<Buffer> {
  let chunk = Buffer.allocUnsafeSlow(CHUNK);
  let filled = 0;
  for (const [at, row] of rows.entries()) {
    const text = line(row, at);
    const longest = text.length * BYTES_A_UNIT;
    if (filled + longest > chunk.length) {
      if (filled > 0) yield chunk.subarray(0, filled);
      chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK, longest));
      filled = 0;
    }
    filled += chunk.write(text, filled, "utf8");
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

/** UTF-8 needs at most so many bytes for one UTF-16 unit. */
const BYTES_A_UNIT = 3;

/** Encodes one cell for COPY. */
type CellEncoder = (cell: Cell) => string;

/** Makes the encoder of a row's cells: values separated by tabs, without the line end. */
export function cellsEncoder(types: readonly ColumnType[]): (cells: readonly Cell[]) => string {
  const encoders = types.map(encoderOf);
  return (cells) => {
    let line = "";
    for (let index = 0; index < encoders.length; index += 1) {
      const cell = cells[index] ?? null;
      line += index === 0 ? "" : "\t";
      line += cell === null ? "\\N" : (encoders[index] ?? escapedText)(cell);
    }
    return line;
  };
}

function encoderOf(type: ColumnType): CellEncoder {
  switch (type) {
    case "text":
      return escapedText;
    case "text[]":
      return (cell) => escapedText(Array.isArray(cell) ? arrayLiteral(cell) : String(cell));
    default:
      // Digits, dates, ids and booleans have nothing to escape.
      return (cell) => (typeof cell === "string" ? cell : "");
  }
}

const SPECIAL = /[\\\n\r\t]/;
const SPECIALS = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapedText(cell: Cell): string {
  const value = typeof cell === "string" ? cell : "";
  return SPECIAL.test(value)
    ? value.replace(SPECIALS, (character) => ESCAPES[character] ?? character)
    : value;
}

function arrayLiteral(labels: readonly string[]): string {
  return `{${labels.map((label) => `"${label.replace(/[\\"]/g, "\\$&")}"`).join(",")}}`;
}
