import { QUOTED_GUID } from "./codec.ts";
import { fixed } from "./decimal.ts";
import type { Organization } from "./organization.ts";
import type { Attribute } from "./schema.ts";

/**
 * The text that people see for a stored value: labels of choices, names behind lookups, numbers and dates in the format
 * of an English organization in UTC. Undefined for columns whose text says nothing more than their value.
 */
export function formattedValue(
  organization: Organization,
  attribute: Attribute,
  stored: string,
): string | undefined {
  switch (attribute.kind) {
    case "lookup":
      return lookupName(organization, stored);
    case "choice":
    case "choices":
      return labels(attribute, stored.replaceAll('"', ""));
    case "boolean":
      return booleanLabel(attribute, stored === "true");
    case "integer":
    case "bigint":
    case "decimal":
    case "double":
      return grouped(stored);
    case "money":
      return `$${grouped(fixed(stored, attribute.precision ?? 2) ?? stored)}`;
    case "date":
      return dateText(stored.slice(1, -1));
    case "datetime":
      return momentText(attribute, stored.slice(1, -1));
    default:
      return undefined;
  }
}

function lookupName(organization: Organization, stored: string): string | undefined {
  const target = organization.findTable(stored.slice(QUOTED_GUID));
  const row = target?.row(stored.slice(1, QUOTED_GUID - 1));
  const name = target?.entity.primaryNameAttribute;
  const text = row === undefined || name == null ? undefined : target?.text(row, name);
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
