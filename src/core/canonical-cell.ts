/**
 * Whether two values mean the same, however each side spells them.
 */
import type { Cell, ColumnType } from "./cell.ts";

/** True when a value as Dynamics has it and a value as PostgreSQL has it are the same value. */
export function sameCell(type: ColumnType, a: Cell, b: Cell): boolean {
  if (a === b) return true;
  const [left, right] = [canonicalCell(type, a), canonicalCell(type, b)];
  if (typeof left === "string" || typeof right === "string" || left === null || right === null) {
    return left === right;
  }
  return left.length === right.length && left.every((label, at) => label === right[at]);
}

/** The one spelling of a value. An empty text and an empty list are none, as for Dynamics. */
export function canonicalCell(type: ColumnType, cell: Cell): Cell {
  if (cell === null || cell.length === 0) return null;
  if (typeof cell !== "string") return [...new Set(cell)].toSorted();
  return SPELLINGS[type]?.(cell) ?? cell;
}

const SPELLINGS: Partial<Record<ColumnType, (text: string) => string>> = {
  integer: exact,
  bigint: exact,
  numeric: exact,
  "double precision": (text) => String(Number(text)),
  boolean: (text) => String(text === "true" || text === "t"),
  uuid: (text) => text.toLowerCase(),
  "timestamp with time zone": moment,
  "timestamp without time zone": (text) => moment(text).replace(/Z$/, ""),
};

function exact(text: string): string {
  const [, sign = "", whole = "", part = ""] = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? [, "", text];
  const digits = `${whole === "" ? "0" : whole}${part === "" ? "" : `.${part}`}`;
  return sign === "-" && digits !== "0" ? `-${digits}` : digits;
}

function moment(text: string): string {
  const plain = text.replace(" ", "T").replace(/(\+00(:?00)?)$/, "Z");
  return plain.replace(/(\.\d*?)0*(Z?)$/, "$1$2").replace(/\.(Z?)$/, "$1");
}
