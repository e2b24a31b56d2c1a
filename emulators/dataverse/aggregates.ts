import { onWire } from "./codec.ts";
import { divide, fixed, sum } from "./decimal.ts";
import { ApiError } from "./errors.ts";
import { compareKeys, storedKey } from "./filter-operand.ts";
import type { Attribute, Kind } from "./schema.ts";

/** What many values of a column can be put together to; `count` counts rows, whether they have a value or not. */
export type Aggregate = "sum" | "min" | "max" | "average" | "count" | "countcolumn" | "countdistinct";

/** No aggregate looks at more rows. */
export const MOST_AGGREGATED = 50_000;

/** More rows than an aggregate looks at. */
export function tooMany(): ApiError {
  return new ApiError(
    400,
    "0x8004e023",
    "AggregateQueryRecordLimit exceeded. Cannot perform this operation.",
  );
}

/** Places behind the point in which sums and averages of decimals and money are shown. */
const PLACES = 9;

const NUMBERS: ReadonlySet<Kind> = new Set(["integer", "bigint", "decimal", "money", "double"]);
const ORDERED: ReadonlySet<Kind> = new Set([...NUMBERS, "date", "datetime"]);

/** Whether the aggregate can be made of columns of this kind. */
export function isAggregable(aggregate: Aggregate, { kind }: Attribute): boolean {
  if (aggregate === "sum" || aggregate === "average") return NUMBERS.has(kind);
  return aggregate === "min" || aggregate === "max" ? ORDERED.has(kind) : true;
}

/** Whether the result is a count, and not a value of the column's own type. */
export function isCount(aggregate: Aggregate): boolean {
  return aggregate.startsWith("count");
}

/**
 * The result as JSON, or undefined where there is nothing to show.
 * @param texts the stored text of the column in each row
 */
export function aggregated(
  aggregate: Aggregate,
  attribute: Attribute,
  texts: readonly (string | undefined)[],
): string | undefined {
  const values = texts.filter((text) => text !== undefined);
  switch (aggregate) {
    case "count":
      return String(texts.length);
    case "countcolumn":
      return String(values.length);
    case "countdistinct":
      return String(new Set(values.map((value) => storedKey(attribute.kind, value))).size);
    case "sum":
      return total(attribute, values);
    case "average":
      return average(attribute, values);
    case "min":
    case "max":
      return extreme(aggregate, attribute, values);
  }
}

function total({ kind }: Attribute, values: readonly string[]): string {
  if (kind === "double") return String(values.reduce((all, value) => all + Number(value), 0));
  return isWhole(kind) ? sum(values) : (fixed(sum(values), PLACES) ?? "0");
}

/** The database divides whole numbers without rest. */
function average({ kind }: Attribute, values: readonly string[]): string | undefined {
  if (values.length === 0) return undefined;
  if (kind === "double") return String(values.reduce((all, value) => all + Number(value), 0) / values.length);
  if (isWhole(kind)) return String(BigInt(sum(values)) / BigInt(values.length));
  return divide(sum(values), String(values.length), PLACES);
}

function isWhole(kind: Kind): boolean {
  return kind === "integer" || kind === "bigint";
}

function extreme(which: "min" | "max", attribute: Attribute, values: readonly string[]): string | undefined {
  const { kind } = attribute;
  const sign = which === "min" ? 1 : -1;
  const ordered = values.toSorted(
    (left, right) => sign * compareKeys(kind, storedKey(kind, left), storedKey(kind, right)),
  );
  const [first] = ordered;
  if (first === undefined) return undefined;
  return kind === "money" || kind === "decimal" ? fixed(first, PLACES) : onWire(attribute, first);
}
