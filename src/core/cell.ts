/**
 * Values as the marketing database keeps them: canonical text by column type, so that two values are equal exactly
 * when their cells are equal, and no number ever passes through a double.
 */
import type { WireValue } from "./change.ts";
import type { Attribute, AttributeType, Choice } from "./organization.ts";

/** PostgreSQL types that marketing columns have. */
export const COLUMN_TYPES = [
  "text",
  "text[]",
  "integer",
  "bigint",
  "numeric",
  "double precision",
  "boolean",
  "date",
  "timestamp with time zone",
  "timestamp without time zone",
  "uuid",
] as const;

export type ColumnType = (typeof COLUMN_TYPES)[number];

/** Canonical value: text, null, or the labels of a multi-choice. */
export type Cell = string | null | readonly string[];

/** Thrown by a reader when a value cannot be kept as it is; the record is parked and names the field. */
export class UnstorableValue extends Error {
  readonly field: string;
  /** The message without the field's name. */
  readonly reason: string;

  constructor(field: string, reason: string) {
    super(`${field}: ${reason}`);
    this.name = "UnstorableValue";
    this.field = field;
    this.reason = reason;
  }
}

/** The column type that keeps every value of the attribute exact. */
export function columnTypeOf(attribute: Pick<Attribute, "type" | "dateBehavior">): ColumnType {
  if (attribute.type !== "DateTime") return TYPES_KEPT_AS[attribute.type];
  switch (attribute.dateBehavior ?? "UserLocal") {
    case "DateOnly":
      return "date";
    case "TimeZoneIndependent":
      return "timestamp without time zone";
    case "UserLocal":
      return "timestamp with time zone";
  }
}

/**
 * Labels of a choice column, unambiguous: a label that repeats, is empty or can be taken for another choice carries
 * its value in brackets. A value without a label (deleted from the metadata, or newer than our copy) reads as its
 * number.
 */
export function choiceLabels(choices: readonly Choice[]): ReadonlyMap<number, string> {
  const uses = new Map<string, number>();
  const readings = new Map<string, number>();
  for (const choice of choices) {
    uses.set(choice.label, (uses.get(choice.label) ?? 0) + 1);
    readings.set(String(choice.value), choice.value).set(withValue(choice), choice.value);
  }
  return new Map(
    choices.map((choice) => {
      const { value, label } = choice;
      const takenFor = readings.get(label) ?? value;
      const ambiguous = label === "" || (uses.get(label) ?? 0) > 1 || takenFor !== value;
      return [value, ambiguous ? withValue(choice) : label];
    }),
  );
}

/** Reads one attribute of a record into a cell. */
export type CellReader = (value: WireValue | undefined) => Cell;

/**
 * Makes the reader of an attribute. `labels` resolves choices; a value it does not know is kept as its number.
 * @throws UnstorableValue (the reader) when the value is of another shape, or PostgreSQL cannot keep it.
 */
export function cellReader(attribute: Attribute): CellReader {
  return READERS[attribute.type](attribute);
}

const text = ({ name }: Attribute): CellReader => {
  return (value) => (value === null || value === undefined ? null : storableText(name, value));
};

const number = ({ name }: Attribute): CellReader => {
  return (value) => (typeof value === "number" ? String(value) : absentOr(name, value, "a number"));
};

const exact = ({ name }: Attribute): CellReader => {
  return (value) => {
    if (typeof value !== "string") return absentOr(name, value, "a number as digits");
    if (!DIGITS.test(value)) throw new UnstorableValue(name, "is not a number");
    return value;
  };
};

const truth = ({ name }: Attribute): CellReader => {
  return (value) => (typeof value === "boolean" ? String(value) : absentOr(name, value, "true or false"));
};

const guid = ({ name }: Attribute): CellReader => {
  return (value) => {
    if (typeof value !== "string") return absentOr(name, value, "an id");
    if (GUID.test(value)) return value;
    const lower = value.toLowerCase();
    if (!GUID.test(lower)) throw new UnstorableValue(name, "is not an id");
    return lower;
  };
};

const date = (attribute: Attribute): CellReader => {
  const type = columnTypeOf(attribute);
  return (value) => {
    if (typeof value !== "string") return absentOr(attribute.name, value, "a date");
    if (type === "date" && DAY.test(value)) return value;
    if (!INSTANT.test(value)) throw new UnstorableValue(attribute.name, "is not a date");
    // A DateOnly column on an old server still speaks in instants, at midnight.
    if (type === "date") return value.slice(0, 10);
    return type === "timestamp without time zone" ? value.slice(0, -1) : value;
  };
};

const choice = ({ name, choices }: Attribute): CellReader => {
  const labels = choiceLabels(choices ?? []);
  return (value) => {
    if (typeof value !== "number") return absentOr(name, value, "a choice value");
    return labels.get(value) ?? String(value);
  };
};

const severalChoices = ({ name, choices }: Attribute): CellReader => {
  const labels = choiceLabels(choices ?? []);
  return (value) => {
    if (typeof value !== "string") return absentOr(name, value, "choice values");
    if (value === "") return null;
    return value.split(",").map((part) => labels.get(Number(part)) ?? part.trim());
  };
};

const READERS: Readonly<Record<AttributeType, (attribute: Attribute) => CellReader>> = {
  String: text,
  Memo: text,
  EntityName: text,
  Integer: number,
  Double: number,
  BigInt: exact,
  Decimal: exact,
  Money: exact,
  Boolean: truth,
  DateTime: date,
  Picklist: choice,
  State: choice,
  Status: choice,
  MultiSelectPicklist: severalChoices,
  Lookup: guid,
  Owner: guid,
  Customer: guid,
  Uniqueidentifier: guid,
};

const TYPES_KEPT_AS: Readonly<Record<Exclude<AttributeType, "DateTime">, ColumnType>> = {
  String: "text",
  Memo: "text",
  EntityName: "text",
  Integer: "integer",
  BigInt: "bigint",
  Decimal: "numeric",
  Money: "numeric",
  Double: "double precision",
  Boolean: "boolean",
  Picklist: "text",
  State: "text",
  Status: "text",
  MultiSelectPicklist: "text[]",
  Lookup: "uuid",
  Owner: "uuid",
  Customer: "uuid",
  Uniqueidentifier: "uuid",
};

/** Unlike every other choice's, since no two choices have the same value. */
function withValue({ value, label }: Choice): string {
  return `${label} (${value})`.trimStart();
}

function absentOr(field: string, value: WireValue | undefined, expected: string): null {
  if (value === null || value === undefined) return null;
  throw new UnstorableValue(field, `expected ${expected}, got ${typeof value}`);
}

function storableText(field: string, value: WireValue): string {
  if (typeof value !== "string") throw new UnstorableValue(field, `expected text, got ${typeof value}`);
  if (value.includes("\u0000")) throw new UnstorableValue(field, "contains a NUL character");
  if (!value.isWellFormed()) throw new UnstorableValue(field, "contains half of a surrogate pair");
  return value;
}

const DIGITS = /^-?\d+(\.\d+)?$/;
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;
