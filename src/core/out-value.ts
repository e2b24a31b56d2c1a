/**
 * A value of marketing on its way to Dynamics: what `cellReader` reads, the other way round. Whatever Dynamics would
 * refuse is refused here, in words for whoever edits, so that one value never costs a request.
 */
import { canonicalCell, isBlank } from "./canonical-cell.ts";
import type { Cell } from "./cell.ts";
import { choiceLabels, columnTypeOf } from "./cell.ts";
import type { Attribute, AttributeType } from "./organization.ts";
import type { OutValue } from "./sink-port.ts";

/** Why a value cannot be sent (`value_invalid`): one sentence that names the field, and never says the value. */
export interface OutRefusal {
  readonly refusal: string;
}

/**
 * The value of an attribute in the words of the wire. A blank clears: null, an empty text, an empty list. For a
 * creation pass what has a value; what is absent is Dynamics' own default.
 *
 * Dynamics makes something else of three kinds of values, which come home as a change and settle: it keeps whole
 * seconds (fractions are not sent), rounds money to the precision of the currency, and floating point numbers to that
 * of the field. Decimals with more digits than the field has are refused: nobody would know which were meant.
 * @param target entity (logical name) that a reference leads to; needed where there are several
 * @param kind whether the field must be open for an update or for a creation
 */
export function outValue(
  attribute: Attribute,
  cell: Cell,
  target?: string,
  kind: "create" | "update" = "update",
): OutValue | OutRefusal {
  if (!isOpen(attribute, kind)) return refused(`${attribute.label} ${CLOSED[kind]}`);
  const value = canonicalCell(columnTypeOf(attribute), cell);
  if (value === null && isRequired(attribute)) {
    return refused(`${attribute.label} is required in Dynamics and cannot be left blank.`);
  }
  if (isReference(attribute.type)) return reference(attribute, value, target);
  if (isBlank(value)) return plain(attribute, null);
  if (attribute.type === "MultiSelectPicklist") return severalChoices(attribute, value);
  if (typeof value !== "string") return refused(`${attribute.label} takes one value, not a list.`);
  return WRITERS[attribute.type](attribute, value);
}

function isOpen({ creatable, updatable }: Attribute, kind: "create" | "update"): boolean {
  return kind === "create" ? creatable : updatable;
}

const CLOSED = {
  create: "cannot be set when a record is created in Dynamics.",
  update: "is read-only in Dynamics.",
} as const;

/** Dynamics itself lets an API leave out what only its forms ask for; a record without it is broken all the same. */
function isRequired({ required }: Attribute): boolean {
  return required === "ApplicationRequired" || required === "SystemRequired";
}

type ReferenceType = "Lookup" | "Owner" | "Customer";

function isReference(type: AttributeType): type is ReferenceType {
  return type === "Lookup" || type === "Owner" || type === "Customer";
}

/** Writes a value in its canonical spelling; it is not blank. */
type Writer = (attribute: Attribute, value: string) => OutValue | OutRefusal;

const text: Writer = (attribute, value) => {
  const { label, maxLength } = attribute;
  // Dynamics counts as JavaScript does: a character outside the basic plane is two.
  if (maxLength !== undefined && value.length > maxLength) {
    return refused(`${label} may have ${maxLength} characters at most; this has ${value.length}.`);
  }
  if (value.includes("\u0000")) return refused(`${label} contains a NUL character.`);
  if (!value.isWellFormed()) return refused(`${label} contains half of a surrogate pair.`);
  return plain(attribute, value);
};

const integer: Writer = (attribute, value) => {
  const { label, minValue = -2_147_483_648, maxValue = 2_147_483_647 } = attribute;
  if (!WHOLE.test(value)) return refused(`${label} takes a whole number.`);
  return outOfRange({ label, minValue, maxValue }, value) ?? plain(attribute, Number(value));
};

const bigInteger: Writer = (attribute, value) => {
  const { label } = attribute;
  if (!WHOLE.test(value)) return refused(`${label} takes a whole number.`);
  if (BigInt.asIntN(64, BigInt(value)) !== BigInt(value)) {
    return refused(`${label} takes a whole number of 64 bits.`);
  }
  return outOfRange(attribute, value) ?? exact(attribute, value);
};

const decimal: Writer = (attribute, value) => fixedPoint(attribute, value, attribute.precision);

/** The field's own precision may be less than that of the record's currency, which counts; four digits are kept. */
const money: Writer = (attribute, value) => fixedPoint(attribute, value, MONEY_DIGITS);

function fixedPoint(attribute: Attribute, value: string, digits: number | undefined): OutValue | OutRefusal {
  const { label } = attribute;
  if (!DECIMAL.test(value)) return refused(`${label} takes a number.`);
  const given = value.split(".")[1]?.length ?? 0;
  if (digits !== undefined && given > digits) {
    return refused(`${label} may have ${digits} digits after the point at most; this has ${given}.`);
  }
  return outOfRange(attribute, value) ?? exact(attribute, value);
}

const double: Writer = (attribute, value) => {
  const number = Number(value);
  if (!Number.isFinite(number)) return refused(`${attribute.label} takes a number.`);
  return outOfRange(attribute, value) ?? plain(attribute, number);
};

const truth: Writer = (attribute, value) => {
  if (value !== "true" && value !== "false") return refused(`${attribute.label} takes true or false.`);
  return plain(attribute, value === "true");
};

const date: Writer = (attribute, value) => {
  const { label } = attribute;
  const wanted = columnTypeOf(attribute) === "date" ? DAY : MOMENT;
  const parts = wanted.exec(value);
  if (parts === null || value < FIRST_DAY) {
    return refused(`${label} takes a date from ${FIRST_DAY} to 9999-12-31.`);
  }
  return plain(attribute, wanted === DAY ? value : `${parts[1] ?? ""}Z`);
};

const choice: Writer = (attribute, value) => {
  const chosen = choiceOf(attribute, value);
  return typeof chosen === "number" ? plain(attribute, chosen) : chosen;
};

function severalChoices(attribute: Attribute, labels: string | readonly string[]): OutValue | OutRefusal {
  const { label } = attribute;
  if (typeof labels === "string") return refused(`${label} takes a list of choices.`);
  const chosen = new Set<number>();
  for (const each of labels) {
    const value = choiceOf(attribute, each);
    if (typeof value !== "number") return value;
    chosen.add(value);
  }
  if (chosen.size > MOST_CHOICES) return refused(`${label} may have ${MOST_CHOICES} choices at most.`);
  return plain(attribute, [...chosen].sort((a, b) => a - b).join(","));
}

/** Value of a choice by its label as we write it, or by its number. */
function choiceOf({ label, choices = [] }: Attribute, name: string): number | OutRefusal {
  const labels = choiceLabels(choices);
  for (const [value, shown] of labels) if (shown === name) return value;
  const number = Number(name);
  if (WHOLE.test(name) && (labels.has(number) || choices.length === 0)) return number;
  const alike = choices.filter((each) => each.label === name).map(({ value }) => labels.get(value) ?? "");
  if (alike.length > 0) return refused(`${label} has several choices of this name: ${alike.join(", ")}.`);
  const few = [...labels.values()].slice(0, FEW_CHOICES).join(", ");
  const more = labels.size > FEW_CHOICES ? ` and ${labels.size - FEW_CHOICES} more` : "";
  return refused(`${label} has no such choice. There is ${few === "" ? "none" : few}${more}.`);
}

const identifier: Writer = (attribute, value) => {
  return GUID.test(value) ? plain(attribute, value) : refused(`${attribute.label} takes an id.`);
};

/** Goes through the navigation property of what it leads to; to clear, any will do, since setting one clears all. */
function reference(attribute: Attribute, id: Cell, said: string | undefined): OutValue | OutRefusal {
  const { label } = attribute;
  const ways = new Map(Object.entries(attribute.navigation ?? {}));
  const targets = [...ways.keys()];
  const [first] = targets;
  if (first === undefined) return refused(`${label} leads nowhere that Tandem could write to.`);
  const target = said ?? (targets.length === 1 || id === null ? first : undefined);
  if (target === undefined) {
    return refused(`${label} may lead to ${targets.join(" or ")}, and nothing says to which.`);
  }
  const navigation = ways.get(target);
  if (navigation === undefined) return refused(`${label} may lead to ${targets.join(" or ")} only.`);
  if (id === null) return { kind: "reference", navigation, target, id };
  if (typeof id !== "string" || !GUID.test(id)) return refused(`${label} takes the id of a record.`);
  return { kind: "reference", navigation, target, id };
}

const WRITERS: Readonly<Record<Exclude<AttributeType, ReferenceType | "MultiSelectPicklist">, Writer>> = {
  String: text,
  Memo: text,
  EntityName: text,
  Integer: integer,
  BigInt: bigInteger,
  Decimal: decimal,
  Money: money,
  Double: double,
  Boolean: truth,
  DateTime: date,
  Picklist: choice,
  State: choice,
  Status: choice,
  Uniqueidentifier: identifier,
};

/** Bounds come from the metadata as doubles; what lies beyond one by less than a double can tell is the service's. */
function outOfRange(
  { label, minValue, maxValue }: Pick<Attribute, "label" | "minValue" | "maxValue">,
  digits: string,
): OutRefusal | null {
  const value = Number(digits);
  if (minValue !== undefined && value < minValue) return refused(`${label} must be ${minValue} or more.`);
  if (maxValue !== undefined && value > maxValue) return refused(`${label} must be ${maxValue} or less.`);
  return null;
}

function plain({ property }: Attribute, value: string | number | boolean | null): OutValue {
  return { kind: "value", property, value };
}

function exact({ property }: Attribute, digits: string): OutValue {
  return { kind: "exact", property, digits };
}

function refused(refusal: string): OutRefusal {
  return { refusal };
}

/** What the service keeps of an amount, whatever the currency (`MoneyAttributeMetadata.MaxSupportedPrecision`). */
const MONEY_DIGITS = 4;
/** The service's bound for choices of one field. */
const MOST_CHOICES = 150;
const FEW_CHOICES = 5;
/** The least date of the service, for every behaviour. */
const FIRST_DAY = "1753-01-01";
const WHOLE = /^-?\d+$/;
const DECIMAL = /^-?\d+(\.\d+)?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?Z?$/;
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
