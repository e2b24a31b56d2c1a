import { fixed } from "./decimal.ts";
import type { Lookup, WireValue } from "./record.ts";
import type { Attribute } from "./schema.ts";

/**
 * Each stored value is the JSON text that the wire shows, so that a page is served by concatenation. A lookup is the
 * quoted id with the target's logical name behind it: `"60c4e274-…"account`.
 */

/** Length of a quoted GUID: where the target's name begins in the text of a lookup. */
export const QUOTED_GUID = 38;

const WHOLE = /^-?\d+$/;
const CANONICAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const CANONICAL_DATE = /^\d{4}-\d\d-\d\d$/;

/** Milliseconds as the wire shows a moment: UTC, to the second. */
export function timeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** Decimals keep their column's precision, money always shows four places. */
export function decimalPlaces(attribute: Attribute): number {
  if (attribute.kind === "money") return 4;
  return attribute.precision ?? (attribute.logicalName === "exchangerate" ? 10 : 2);
}

function isLookup(value: WireValue): value is Lookup {
  return typeof value === "object" && value !== null;
}

function badValue(attribute: Attribute, value: WireValue): Error {
  return new TypeError(
    `${JSON.stringify(value)} is no value for ${attribute.logicalName} (${attribute.attributeTypeName}).`,
  );
}

function digits(attribute: Attribute, value: WireValue): string {
  const exact =
    typeof value === "number" || typeof value === "string"
      ? fixed(String(value), decimalPlaces(attribute))
      : undefined;
  if (exact === undefined) throw badValue(attribute, value);
  return exact;
}

function moment(attribute: Attribute, value: WireValue): string {
  if (typeof value !== "string") throw badValue(attribute, value);
  if (attribute.kind === "date") {
    if (!CANONICAL_DATE.test(value.slice(0, 10))) throw badValue(attribute, value);
    return `"${value.slice(0, 10)}"`;
  }
  if (CANONICAL_TIME.test(value)) return `"${value}"`;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(value) || CANONICAL_DATE.test(value) ? value : `${value}Z`;
  const milliseconds = Date.parse(zoned);
  if (Number.isNaN(milliseconds)) throw badValue(attribute, value);
  return `"${timeText(milliseconds)}"`;
}

function choicesText(value: string): string {
  const values = value.split(",").map((part) => Number(part.trim()));
  return `"${values.sort((a, b) => a - b).join(",")}"`;
}

/** The stored text of a value; undefined for empty (null or ""). Throws TypeError for a value of the wrong type. */
export function encode(attribute: Attribute, value: WireValue): string | undefined {
  if (value === null || value === "") return undefined;
  switch (attribute.kind) {
    case "text":
    case "image":
      if (typeof value === "string") return JSON.stringify(value);
      break;
    case "guid":
      if (typeof value === "string") return `"${value.toLowerCase()}"`;
      break;
    case "lookup":
      if (isLookup(value)) return `"${value.id.toLowerCase()}"${value.entity}`;
      break;
    case "integer":
    case "choice":
    case "bigint":
      if (WHOLE.test(String(value))) return String(value);
      break;
    case "double":
      if (typeof value === "number" && Number.isFinite(value)) return String(value);
      break;
    case "boolean":
      if (typeof value === "boolean") return String(value);
      break;
    case "choices":
      if (typeof value === "string") return choicesText(value);
      break;
    case "decimal":
    case "money":
      return digits(attribute, value);
    case "datetime":
    case "date":
      return moment(attribute, value);
    case "none":
      break;
  }
  throw badValue(attribute, value);
}

/** The value behind a stored text. */
export function decode(attribute: Attribute, stored: string): WireValue {
  switch (attribute.kind) {
    case "lookup":
      return { entity: stored.slice(QUOTED_GUID), id: stored.slice(1, QUOTED_GUID - 1) };
    case "integer":
    case "choice":
    case "double":
      return Number(stored);
    case "boolean":
      return stored === "true";
    case "bigint":
    case "decimal":
    case "money":
      return stored;
    default:
      return JSON.parse(stored) as string;
  }
}

/** What the wire shows for a stored text: the same, but for lookups, whose target's name stays inside. */
export function onWire(attribute: Attribute, stored: string): string {
  return attribute.kind === "lookup" ? stored.slice(0, QUOTED_GUID) : stored;
}
