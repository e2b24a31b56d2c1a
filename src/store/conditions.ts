/**
 * Conditions over people, as SQL.
 */
import type { Condition, Operator } from "../core/person-desk.ts";
import { errorCode, quoted } from "./database.ts";

/** Conditions that must all hold, as SQL over `t`; values are parameters from the given number on. */
export function conditionsSql(
  conditions: readonly Condition[],
  from: number,
): { readonly sql: string; readonly values: readonly string[] } {
  const values: string[] = [];
  const parts = conditions.map(({ column, operator, value }) => {
    if (operator === "filled") return `coalesce(t.${quoted(column)}::text, '') <> ''`;
    if (operator === "blank") return `coalesce(t.${quoted(column)}::text, '') = ''`;
    values.push(value ?? "");
    return COMPARISONS[operator](`t.${quoted(column)}`, `$${from + values.length - 1}`);
  });
  return { sql: parts.map((part) => `(${part})`).join(" and "), values };
}

/** What to say when an error of PostgreSQL is about a column that one of the conditions names; otherwise null. */
export function unknownColumn(error: unknown, conditions: readonly Condition[]): string | null {
  if (!(error instanceof Error) || errorCode(error) !== UNDEFINED_COLUMN) return null;
  const [longest] = conditions
    .map(({ column }) => column)
    .filter((column) => error.message.includes(`t.${column}`))
    .toSorted((one, other) => other.length - one.length);
  return longest === undefined ? null : `people has no column ${longest}`;
}

const UNDEFINED_COLUMN = "42703";

/** The column's own type decides what a value is, so that 9 is less than 10. */
const COMPARISONS: Readonly<
  Record<Exclude<Operator, "filled" | "blank">, (column: string, value: string) => string>
> = {
  is: (column, value) => `${column} = ${value}`,
  "is-not": (column, value) => `${column} is distinct from ${value}`,
  contains: (column, value) => `position(lower(${value}) in lower(${column}::text)) > 0`,
  "at-least": (column, value) => `${column} >= ${value}`,
  "at-most": (column, value) => `${column} <= ${value}`,
};
