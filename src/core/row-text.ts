/**
 * A row's cells as one line of text, the way PostgreSQL's `COPY` reads them (documentation of PostgreSQL, "COPY", text
 * format): tabs between the values, `\N` for null, a backslash before what would be taken for something else. Rows travel
 * between threads in this form, and into the database as they are.
 */
import type { Cell, ColumnType } from "./cell.ts";

/** Makes the writer of a row's cells: values separated by tabs, without the line end. */
export function cellsWriter(types: readonly ColumnType[]): (cells: readonly Cell[]) => string {
  const writers = types.map(writerOf);
  return (cells) => {
    let line = "";
    for (let index = 0; index < writers.length; index += 1) {
      const cell = cells[index] ?? null;
      line += index === 0 ? "" : "\t";
      line += cell === null ? "\\N" : (writers[index] ?? escapedText)(cell);
    }
    return line;
  };
}

/** Makes the reader of what `cellsWriter` wrote for the same types. */
export function cellsReader(types: readonly ColumnType[]): (line: string) => readonly Cell[] {
  return (line) => {
    if (types.length === 0) return [];
    return line.split("\t").map((text, at): Cell => {
      if (text === "\\N") return null;
      const value = unescaped(text);
      return types[at] === "text[]" ? labelsOf(value) : value;
    });
  };
}

/** Writes one cell. */
type CellWriter = (cell: Cell) => string;

function writerOf(type: ColumnType): CellWriter {
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

const MEANINGS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(.)/gs, (_, character: string) => MEANINGS[character] ?? character);
}

/** Every label in quotes, so that no label is taken for null or for several. */
function arrayLiteral(labels: readonly string[]): string {
  return `{${labels.map((label) => `"${label.replace(/[\\"]/g, "\\$&")}"`).join(",")}}`;
}

function labelsOf(literal: string): readonly string[] {
  return Array.from(literal.matchAll(/"((?:[^"\\]|\\.)*)"/gs), ([, label = ""]) =>
    label.replace(/\\(.)/gs, "$1"),
  );
}
