import { fixed } from "./decimal.ts";
import type { WireValue } from "./record.ts";
import type { Attribute, Kind } from "./schema.ts";

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

function digits(value: WireValue, attribute: Attribute): string | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  return fixed(String(value), decimalPlaces(attribute));
}

function dateOnly(value: WireValue): string | undefined {
  if (typeof value !== "string" || !CANONICAL_DATE.test(value.slice(0, 10))) return undefined;
  return `"${value.slice(0, 10)}"`;
}

function moment(value: WireValue): string | undefined {
  if (typeof value !== "string") return undefined;
  if (CANONICAL_TIME.test(value)) return `"${value}"`;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(value) || CANONICAL_DATE.test(value) ? value : `${value}Z`;
  const milliseconds = Date.parse(zoned);
  return Number.isNaN(milliseconds) ? undefined : `"${timeText(milliseconds)}"`;
}

function choicesText(value: string): string {
  const values = value.split(",").map((part) => Number(part.trim()));
  return `"${values.sort((a, b) => a - b).join(",")}"`;
}

type Encoder = (value: Exclude<WireValue, null>, attribute: Attribute) => string | undefined;

const wholeNumber: Encoder = (value) =>
  typeof value !== "object" && WHOLE.test(String(value)) ? String(value) : undefined;
const quoted: Encoder = (value) => (typeof value === "string" ? JSON.stringify(value) : undefined);

/** Some tables keep an owner as a plain id. */
function uniqueIdentifier(value: Exclude<WireValue, null>): string | undefined {
  const id = typeof value === "object" ? value.id : value;
  return typeof id === "string" ? `"${id.toLowerCase()}"` : undefined;
}

/** The text of a value by kind of column; undefined for a value of the wrong type. */
const ENCODERS: Readonly<Record<Kind, Encoder>> = {
  text: quoted,
  image: quoted,
  guid: uniqueIdentifier,
  lookup: (value) => (typeof value === "object" ? `"${value.id.toLowerCase()}"${value.entity}` : undefined),
  integer: wholeNumber,
  choice: wholeNumber,
  bigint: wholeNumber,
  double: (value) => (typeof value === "number" && Number.isFinite(value) ? String(value) : undefined),
  boolean: (value) => (typeof value === "boolean" ? String(value) : undefined),
  choices: (value) => (typeof value === "string" ? choicesText(value) : undefined),
  decimal: digits,
  money: digits,
  datetime: moment,
  date: dateOnly,
  none: () => undefined,
};

/** The stored text of a value; undefined for empty (null or ""). Throws TypeError for a value of the wrong type. */
export function encode(attribute: Attribute, value: WireValue): string | undefined {
  if (value === null || value === "") return undefined;
  const text = ENCODERS[attribute.kind](value, attribute);
  if (text === undefined) {
    const type = attribute.attributeTypeName;
    throw new TypeError(`${JSON.stringify(value)} is no value for ${attribute.logicalName} (${type}).`);
  }
  return text;
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
