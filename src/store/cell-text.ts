/**
 * The canonical text of a column's value, as SQL: what `core/cell.ts` makes of the same value when it comes from
 * Dynamics. It does not depend on the session's date style or time zone.
 */
import type { ColumnType } from "../core/cell.ts";

/**
 * SQL that turns a value of the type into its canonical text; lists of texts stay lists, null stays null. What no
 * calendar of Dynamics has, `infinity` and years before Christ, keeps its meaning (`BC 0044-03-15`).
 * @param value SQL of the value: `t."score"`, `old."score"`
 */
export function cellText(value: string, type: ColumnType): string {
  switch (type) {
    case "text":
    case "text[]":
      return value;
    case "date":
      return finite(value, `to_char(${value}, ${style(value, "YYYY-MM-DD")})`);
    case "timestamp with time zone":
      return moment(`(${value} at time zone 'UTC')`, "Z");
    case "timestamp without time zone":
      return moment(value, "");
    default:
      return `${value}::text`;
  }
}

/** `2024-05-01T10:00:00`, with the part of a second only where there is one, and the zone. */
function moment(value: string, zone: "Z" | ""): string {
  const clock = `to_char(${value}, ${style(value, 'YYYY-MM-DD"T"HH24:MI:SS')})`;
  const fraction = `rtrim(to_char(${value}, '.US'), '.0')`;
  return finite(value, zone === "" ? `${clock} || ${fraction}` : `${clock} || ${fraction} || '${zone}'`);
}

/** `to_char` says nothing of what is not finite. */
function finite(value: string, text: string): string {
  return `coalesce(${text}, ${value}::text)`;
}

/** `to_char` tells years before Christ from the others only when it is asked to. */
function style(value: string, format: string): string {
  return `case when ${value} >= '0001-01-01' then '${format}' else 'BC ${format}' end`;
}
