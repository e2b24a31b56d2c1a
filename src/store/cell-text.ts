/**
 * The canonical text of a column's value, as SQL: what `core/cell.ts` makes of the same value when it comes from
 * Dynamics. It does not depend on the session's date style or time zone.
 */
import type { ColumnType } from "../core/cell.ts";

/**
 * SQL that turns a value of the type into its canonical text; lists of texts stay lists, null stays null.
 * @param value SQL of the value: `t."score"`, `old."score"`
 */
export function cellText(value: string, type: ColumnType): string {
  switch (type) {
    case "text":
    case "text[]":
      return value;
    case "date":
      return `to_char(${value}, 'YYYY-MM-DD')`;
    case "timestamp with time zone":
      return `${moment(`(${value} at time zone 'UTC')`)} || 'Z'`;
    case "timestamp without time zone":
      return moment(value);
    default:
      return `${value}::text`;
  }
}

/** `2024-05-01T10:00:00`, with the part of a second only where there is one. */
function moment(value: string): string {
  return `to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS') || rtrim(rtrim(to_char(${value}, '.US'), '0'), '.')`;
}
