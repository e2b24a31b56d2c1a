import { badPayload, badQuery } from "./errors.ts";
import type { ApiError } from "./errors.ts";
import { collectionNamed } from "./collections.ts";
import type { Collection } from "./collections.ts";
import { findProperty } from "./columns.ts";
import { edmType } from "./edm.ts";
import { ExactNumber, isArray, isObject, parseExactly } from "./json-body.ts";
import type { Json, JsonObject } from "./json-body.ts";
import { navigationOf } from "./navigation.ts";
import type { Navigation } from "./navigation.ts";
import type { Lookup, WireValue } from "./record.ts";
import { resolveReference } from "./reference.ts";
import type { Attribute, Entity } from "./schema.ts";
import type { WebCall } from "./web-call.ts";

/** A record to create before the one that holds it, whose lookup it becomes. */
export interface Parent {
  readonly entity: string;
  /** The holder's lookup. */
  readonly attribute: string;
  readonly body: JsonObject;
}

/** A record to create after the one that holds it, in one of its collections. */
export interface Child {
  readonly collection: Collection;
  readonly body: JsonObject;
}

/** An existing record to put into a collection of the holder. */
export interface Bound {
  readonly collection: Collection;
  readonly record: Lookup;
}

/** A write's body, understood. */
export interface WriteBody {
  readonly changes: Record<string, WireValue>;
  /** Records to create first, whose ids the holder's lookups take. */
  readonly parents: readonly Parent[];
  /** Records to create afterwards, pointing to the holder. */
  readonly children: readonly Child[];
  readonly bound: readonly Bound[];
}

/** The JSON object of a request. */
export function bodyObject(call: WebCall, setName: string): JsonObject {
  let value: Json;
  try {
    value = parseExactly(call.request.body);
  } catch {
    throw badPayload(setName, "Microsoft.OData.ODataException: The request body is not valid JSON.");
  }
  if (!isObject(value)) throw badPayload(setName, "Microsoft.OData.ODataException: An object was expected.");
  return value;
}

interface Parts {
  readonly changes: Record<string, WireValue>;
  readonly parents: Parent[];
  readonly children: Child[];
  readonly bound: Bound[];
}

/** Reads the properties, bindings and nested records of a write. */
export function readBody(call: WebCall, entity: Entity, body: JsonObject): WriteBody {
  const parts: Parts = { changes: {}, parents: [], children: [], bound: [] };
  for (const [name, value] of Object.entries(body)) {
    if (name.endsWith("@odata.bind"))
      readBinding(call, entity, parts, { name: name.slice(0, -"@odata.bind".length), value });
    else if (!name.includes("@")) readMember(call, entity, parts, { name, value });
  }
  return parts;
}

interface Member {
  readonly name: string;
  readonly value: Json;
}

function readMember(call: WebCall, entity: Entity, parts: Parts, member: Member): void {
  const { name, value } = member;
  const attribute = findProperty(entity, name);
  if (attribute !== undefined && attribute.property === name) {
    if (attribute.kind === "lookup") throw directLookup(entity);
    parts.changes[attribute.logicalName] = typedValue(entity, attribute, value);
    return;
  }
  const navigation = navigationOf(entity, name);
  if (navigation !== undefined && (value === null || isObject(value))) {
    if (value === null) parts.changes[navigation.attribute] = null;
    else parts.parents.push({ entity: navigation.target, attribute: navigation.attribute, body: value });
    return;
  }
  const collection = collectionNamed(call.organization, entity, name);
  if (collection === undefined || !isArray(value)) throw invalidProperty(entity, name);
  for (const child of value) {
    if (isObject(child)) parts.children.push({ collection, body: child });
  }
}

function readBinding(call: WebCall, entity: Entity, parts: Parts, { name, value }: Member): void {
  const navigation = navigationOf(entity, name);
  if (navigation !== undefined && value === null) {
    parts.changes[navigation.attribute] = null;
    return;
  }
  if (navigation !== undefined && typeof value === "string") {
    parts.changes[navigation.attribute] = target(call, navigation, value);
    return;
  }
  const collection = collectionNamed(call.organization, entity, name);
  if (collection === undefined || !isArray(value)) throw undeclared(entity, name);
  for (const reference of value) {
    if (typeof reference !== "string") throw undeclared(entity, name);
    parts.bound.push({ collection, record: resolveReference(call, reference) });
  }
}

function target(call: WebCall, navigation: Navigation, reference: string): Lookup {
  const lookup = resolveReference(call, reference);
  if (
    lookup.entity === navigation.target ||
    (navigation.target === "owner" && ["systemuser", "team"].includes(lookup.entity))
  ) {
    return lookup;
  }
  throw badQuery(
    `The navigation property '${navigation.name}' leads to '${navigation.target}', not to '${lookup.entity}'.`,
  );
}

function undeclared(entity: Entity, name: string): ApiError {
  return badPayload(
    entity.entitySetName,
    `Microsoft.OData.ODataException: An undeclared property '${name}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.`,
  );
}

function invalidProperty(entity: Entity, name: string): ApiError {
  const type = `Microsoft.Dynamics.CRM.${entity.logicalName}`;
  return badPayload(
    entity.entitySetName,
    `Microsoft.Crm.CrmException: Invalid property '${name}' was found in entity '${type}'. ---> Microsoft.OData.ODataException: The property '${name}' does not exist on type '${type}'. Make sure to only use property names that are defined by the type.`,
  );
}

function directLookup(entity: Entity): ApiError {
  return badPayload(
    entity.entitySetName,
    "Microsoft.OData.ODataException: CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.",
  );
}

const WHOLE = /^-?\d+$/;
const DIGITS = /^-?\d+(?:\.\d+)?$/;

/** The value for a column, or the refusal of a literal of the wrong JSON type. */
function typedValue(entity: Entity, attribute: Attribute, value: Json): WireValue {
  if (value === null) return null;
  const converted = converters[attribute.kind]?.(value);
  if (converted !== undefined) return converted;
  const literal = value instanceof ExactNumber ? value.text : String(typeof value === "object" ? "…" : value);
  throw badPayload(
    entity.entitySetName,
    `Microsoft.OData.ODataException: Cannot convert the literal '${literal}' to the expected type '${edmType(attribute)}'. ---> System.FormatException: Input string was not in a correct format.`,
  );
}

type Converter = (value: Exclude<Json, null>) => WireValue | undefined;

const asText: Converter = (value) => (typeof value === "string" ? value : undefined);
/** The digits of a number; text that holds one is converted, as .NET's OData library does it. */
function asDigits(value: Json): string | undefined {
  if (value instanceof ExactNumber) return value.text;
  const text = typeof value === "string" ? value.trim() : "";
  return DIGITS.test(text) ? text : undefined;
}

function asWholeDigits(value: Json): string | undefined {
  const text = asDigits(value);
  return text !== undefined && WHOLE.test(text) ? text : undefined;
}

function asNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

const asWhole: Converter = (value) => asNumber(asWholeDigits(value));

const asBoolean: Converter = (value) => {
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" ? value.trim().toLowerCase() : "";
  return text === "true" || text === "false" ? text === "true" : undefined;
};

const converters: Readonly<Record<string, Converter>> = {
  text: asText,
  choices: asText,
  image: asText,
  guid: asText,
  datetime: asText,
  date: (value) =>
    typeof value === "string" && (value === "" || /^\d{4}-\d\d-\d\d$/.test(value)) ? value : undefined,
  integer: asWhole,
  choice: asWhole,
  bigint: asWholeDigits,
  decimal: asDigits,
  money: asDigits,
  double: (value) => asNumber(asDigits(value)),
  boolean: asBoolean,
};
