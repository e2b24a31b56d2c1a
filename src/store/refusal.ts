/**
 * What PostgreSQL refused, in words that carry no values: its own sentences quote them, and they may be personal data.
 */
import { DatabaseError } from "pg";
import { SyncError } from "../core/errors.ts";
import type { Column } from "../core/mapping.ts";
import type { Workspace } from "./database.ts";

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

/** What was to be changed. */
export interface Refusing {
  readonly table: string;
  readonly columns: readonly Column[];
  /** Entity whose change it was, where it was one's. */
  readonly entity?: string;
}

/** A change that PostgreSQL refused as a whole, as `table_refused`; errors of any other kind as they are. */
export function tableRefused(
  error: unknown,
  { name }: Workspace,
  { table, columns, entity }: Refusing,
): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const reason = reasonOf(error, columns);
  return new SyncError(
    "table_refused",
    `PostgreSQL refused to change ${name}.${table}: ${reason} (SQLSTATE ${error.code}).`,
    entity === undefined ? {} : { entity },
  );
}

function reasonOf(error: DatabaseError, columns: readonly Column[]): string {
  const { code = "", constraint } = error;
  const column = columnOf(error, columns);
  const place = column === undefined ? "a column" : `the column ${column}`;
  if (code === "42703") return `${place} is not there`;
  if (constraint !== undefined) return `the constraint ${constraint} is not met`;
  return (REASONS[code] ?? REASONS[code.slice(0, 2)] ?? "a trigger or rule of the table failed").replace(
    "a column",
    place,
  );
}

/** By SQLSTATE or its class (PostgreSQL documentation, appendix A). */
const REASONS: Readonly<Record<string, string>> = {
  "42P01": "a table is not there",
  "42501": "the database user has no right to",
  "42804": "a column has another type",
  "42809": "a view has its name",
  "42883": "a column has another type",
  "25006": "the server only lets itself be read",
  "40": "others kept changing the same rows",
  "53": "the server has run out of space or memory",
  "55": "something else holds the table",
  "57": "the statement was ended from outside, or took too long",
};

/**
 * The column an error names. Where it is only found in a text, it must be one of ours, since the text may hold values
 * as well.
 */
function columnOf(error: DatabaseError, columns: readonly Column[]): string | undefined {
  const told = [
    /^COPY .*, line \d+, column (.*?): /s.exec(error.where ?? "")?.[1],
    /^column "(.*?)" (?:of relation|does not exist|is of type)/s.exec(error.message)?.[1],
  ];
  return error.column ?? columns.find(({ name }) => told.includes(name))?.name;
}

/** True for what passes when the same transaction is run again: a deadlock, or a conflict with another one. */
export function isCollision(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code === "40P01" || error.code === "40001");
}
