/**
 * What PostgreSQL refused, in words that carry no values: its own sentences quote them, and they may be personal data.
 */
import { DatabaseError } from "pg";
import type { Column } from "../core/mapping.ts";

/** True when a value (classes 22 and 23) or a row's size (class 54) was refused, not the whole statement. */
export function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && /^(22|23|54)/.test(error.code ?? "");
}

/** Why a record was refused: what did not fit where, and the SQLSTATE. */
export function refusalOf(error: DatabaseError, columns: readonly Column[]): string {
  return `${sentence(error, columnOf(error, columns))} (SQLSTATE ${error.code}).`;
}

function sentence({ code = "", constraint }: DatabaseError, column: string | undefined): string {
  if (code.startsWith("54")) return "The row is too large for PostgreSQL";
  if (code.startsWith("22"))
    return `The value does not fit ${column === undefined ? "its column" : `the column ${column}`}`;
  if (code === NOT_NULL && column !== undefined) return `The column ${column} must not be empty`;
  const rule = constraint === undefined ? "a rule of the table" : `the constraint ${constraint}`;
  return `The record does not meet ${rule}`;
}

/** `not_null_violation` */
const NOT_NULL = "23502";

/**
 * The column an error names. Where it is only found in the text of the place, it must be one of ours, since that text
 * may hold values as well.
 */
function columnOf(error: DatabaseError, columns: readonly Column[]): string | undefined {
  const told = /^COPY .*, line \d+, column (.*?): /s.exec(error.where ?? "")?.[1];
  return error.column ?? columns.find(({ name }) => name === told)?.name;
}
