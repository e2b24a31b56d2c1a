/**
 * Typed comparison of a value in Dynamics with a value in PostgreSQL. Both become a form in which equal values are
 * equal texts: numbers by value, dates by day, wall clock or instant, choices by label, lookups by id.
 */
import { plain } from "./organization.ts";
import type { AttributeFacts, StoredValue } from "./organization.ts";

/** A value in its form for comparison; null is no value. */
export type Comparable = string | null;

/** How a column is compared: what Dynamics has, and what the text of the column means. */
export interface Comparison {
  readonly expected: (value: StoredValue) => Comparable;
  readonly found: (text: string) => Comparable;
}

/** @throws Error for a type that no column can have */
export function comparisonOf(facts: AttributeFacts): Comparison {
  const comparison = COMPARISONS[facts.type];
  if (comparison === undefined) throw new Error(`Nothing is known of the type ${facts.type}.`);
  return comparison(facts);
}

/** The target of a lookup, for the column that holds it. */
export const targetType: Comparison = {
  expected: (value) => (isLookup(value) ? value.entity : null),
  found: (text) => text,
};

const text = (): Comparison => ({ expected: plain, found: (found) => found });

const exact = (): Comparison => ({ expected: (value) => decimal(plain(value)), found: decimal });

const double = (): Comparison => ({
  expected: (value) => String(Number(value)),
  found: (found) => String(Number(found)),
});

const id = (): Comparison => ({
  expected: plain,
  found: (found) => found,
});

const choice = ({ labels }: AttributeFacts): Comparison => ({
  expected: (value) => labelFor(Number(plain(value)), labels),
  found: (found) => found,
});

const choices = ({ labels }: AttributeFacts): Comparison => ({
  expected: (value) =>
    JSON.stringify(
      plain(value)
        .split(",")
        .map((part) => labelFor(Number(part), labels)),
    ),
  found: (found) => JSON.stringify(JSON.parse(found)),
});

const date = ({ behavior }: AttributeFacts): Comparison => {
  if (behavior === "DateOnly")
    return { expected: (value) => plain(value).slice(0, 10), found: (found) => found };
  if (behavior === "TimeZoneIndependent") {
    return { expected: (value) => plain(value).slice(0, 19), found: (found) => found.replace(" ", "T") };
  }
  return { expected: (value) => instant(plain(value)), found: instant };
};

const COMPARISONS: Readonly<Record<string, (facts: AttributeFacts) => Comparison>> = {
  StringType: text,
  MemoType: text,
  EntityNameType: text,
  BooleanType: text,
  IntegerType: exact,
  BigIntType: exact,
  DecimalType: exact,
  MoneyType: exact,
  DoubleType: double,
  DateTimeType: date,
  PicklistType: choice,
  StateType: choice,
  StatusType: choice,
  MultiSelectPicklistType: choices,
  LookupType: id,
  OwnerType: id,
  CustomerType: id,
  UniqueidentifierType: id,
};

/** Digits without what does not change their value: `-007.50` is `-7.5`, `-0.0` is `0`. */
export function decimal(digits: string): string {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)0*(\d+)(?:\.(\d*?)0*)?$/.exec(digits) ?? [];
  const value = fraction === "" ? whole : `${whole}.${fraction}`;
  return value === "0" || value === "" ? value : sign + value;
}

/** A moment in milliseconds, from either side's way of writing it: `2026-03-01T08:00:00Z`, `2026-03-01 08:00:00+00`. */
function instant(moment: string): string {
  return String(Date.parse(moment.replace(" ", "T").replace(/\+00$/, "Z")));
}

/** Labels that several values share carry the value; a value without a label is its number. */
function labelFor(value: number, labels: ReadonlyMap<number, string>): string {
  const label = labels.get(value);
  if (label === undefined) return plain(value);
  const shared = [...labels.values()].filter((other) => other === label).length > 1;
  return shared ? `${label} (${value})` : label;
}

function isLookup(value: StoredValue): value is { readonly entity: string; readonly id: string } {
  return typeof value === "object" && value !== null;
}
