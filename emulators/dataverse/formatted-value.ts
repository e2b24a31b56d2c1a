import { QUOTED_GUID } from "./codec.ts";
import { fixed } from "./decimal.ts";
import type { Organization } from "./organization.ts";
import type { Attribute, Kind } from "./schema.ts";

/**
 * The text that people see for a stored value: labels of choices, names behind lookups, numbers and dates in the format
 * of an English organization in UTC. Undefined for columns whose text says nothing more than their value.
 */
export function formattedValue(
  organization: Organization,
  attribute: Attribute,
  stored: string,
): string | undefined {
  return FORMATS[attribute.kind]?.(stored, attribute, organization);
}

type Format = (stored: string, attribute: Attribute, organization: Organization) => string | undefined;

const FORMATS: Readonly<Partial<Record<Kind, Format>>> = {
  lookup: (stored, _, organization) => lookupName(organization, stored),
  choice: (stored, attribute) => labels(attribute, stored),
  choices: (stored, attribute) => labels(attribute, stored.slice(1, -1)),
  boolean: (stored, attribute) => booleanLabel(attribute, stored === "true"),
  integer: grouped,
  bigint: grouped,
  decimal: grouped,
  double: grouped,
  money: (stored, attribute) => `$${grouped(fixed(stored, attribute.precision ?? 2) ?? stored)}`,
  date: (stored) => dateText(stored.slice(1, -1)),
  datetime: (stored, attribute) => momentText(attribute, stored.slice(1, -1)),
};

function lookupName(organization: Organization, stored: string): string | undefined {
  const target = organization.findTable(stored.slice(QUOTED_GUID));
  const row = target?.row(stored.slice(1, QUOTED_GUID - 1));
  const name = target?.entity.primaryNameAttribute ?? undefined;
  const text = row === undefined || name === undefined ? undefined : target?.text(row, name);
  return text === undefined ? undefined : (JSON.parse(text) as string);
}

function labels(attribute: Attribute, values: string): string {
  const options = attribute.optionSet?.options ?? [];
  return values
    .split(",")
    .map((value) => options.find((option) => String(option.value) === value)?.label ?? value)
    .join("; ");
}

function booleanLabel(attribute: Attribute, value: boolean): string {
  const option = attribute.optionSet?.options.find((candidate) => candidate.value === Number(value));
  return option?.label ?? (value ? "Yes" : "No");
}

function grouped(number: string): string {
  const [whole = "", fraction] = number.split(".");
  const separated = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? separated : `${separated}.${fraction}`;
}

function dateText(date: string): string {
  const [year, month, day] = date.split("-").map(Number);
  return `${month}/${day}/${year}`;
}

function momentText(attribute: Attribute, moment: string): string {
  const date = dateText(moment.slice(0, 10));
  if (attribute.format === "DateOnly") return date;
  const hour = Number(moment.slice(11, 13));
  return `${date} ${hour % 12 === 0 ? 12 : hour % 12}:${moment.slice(14, 16)} ${hour < 12 ? "AM" : "PM"}`;
}
