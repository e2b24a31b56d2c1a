import { keyParts, keyText, segments } from "./address.ts";
import { encode } from "./codec.ts";
import { findProperty, isPrincipal } from "./columns.ts";
import { ApiError, badQuery, doesNotExist, segmentNotFound } from "./errors.ts";
import { parseGuid } from "./random.ts";
import type { Lookup, WireValue } from "./record.ts";
import { rowByKey } from "./record-writes.ts";
import type { Attribute } from "./schema.ts";
import type { Row, Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";

/** What stands in the parentheses behind an entity set: a primary id, or an alternate key. */
export type RecordKey =
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "alternate"; readonly text: string; readonly values: ReadonlyMap<Attribute, WireValue> };

/** Characters that make the service fail to find an alternate key in a URL. */
const UNUSABLE = /[/<>*%&:\\?+]/;

/** Reads a key; refuses one that is neither an id nor a defined alternate key. */
export function parseKey(table: Table, text: string): RecordKey {
  const { entity } = table;
  const parts = keyParts(text);
  const alone = parts.size === 1 ? [...parts][0] : undefined;
  // Users and teams are keyed by what they inherit from `principal`.
  const keyName = isPrincipal(entity) ? "ownerid" : entity.primaryIdAttribute;
  if (alone !== undefined && (alone[0] === "" || alone[0] === keyName)) {
    const id = parseGuid(keyText(alone[1]));
    if (id !== undefined) return { kind: "id", id };
    throw badQuery(`Unrecognized 'Edm.Guid' literal '${alone[1]}' in '${entity.entitySetName}(${text})'.`);
  }
  const values = new Map<Attribute, WireValue>();
  for (const [name, value] of parts) {
    const attribute = findProperty(entity, name);
    if (attribute === undefined) throw keyNotDefined(table);
    values.set(attribute, keyValue(attribute, keyText(value)));
  }
  const names = new Set([...values.keys()].map(({ logicalName }) => logicalName));
  const defined = entity.keys.some(
    ({ keyAttributes }) =>
      keyAttributes.length === names.size && keyAttributes.every((name) => names.has(name)),
  );
  if (!defined) throw keyNotDefined(table);
  if ([...parts.values()].some((value) => UNUSABLE.test(keyText(value)))) {
    throw badQuery(
      `The key value in '${entity.entitySetName}(${text})' contains a character that cannot be used in a key.`,
    );
  }
  return { kind: "alternate", text, values };
}

function keyNotDefined(table: Table): ApiError {
  return new ApiError(
    400,
    "0x80060890",
    `The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.${table.entity.logicalName}'. Ensure that the names and number of key properties match the declared key properties for the resource 'Microsoft.Dynamics.CRM.${table.entity.logicalName}'.`,
  );
}

function keyValue(attribute: Attribute, text: string): WireValue {
  if (attribute.kind === "lookup") return { entity: attribute.targets?.[0] ?? "", id: text };
  if (attribute.kind === "boolean") return text === "true";
  return attribute.kind === "double" ? Number(text) : text;
}

/** The row that a key addresses, or undefined. */
export function rowAt(table: Table, key: RecordKey): Row | undefined {
  if (key.kind === "id") return table.row(key.id);
  const names = [...key.values.keys()].map(({ logicalName }) => logicalName);
  return rowByKey(
    table,
    names,
    [...key.values].map(([attribute, value]) => encode(attribute, value)),
  );
}

/** The refusal for a key that addresses nothing. */
export function nothingAt(table: Table, key: RecordKey): ApiError {
  if (key.kind === "id") return doesNotExist(table.entity.logicalName, key.id);
  const message = `A record with the specified key values does not exist in ${table.entity.logicalName} entity`;
  return new ApiError(404, "0x80060891", message);
}

/** The record that a reference names: `accounts(<id>)`, with or without slash, absolute, or by alternate key. */
export function resolveReference(call: WebCall, reference: string): Lookup {
  const relative = reference.startsWith(call.api)
    ? reference.slice(call.api.length)
    : reference.replace(/^https?:\/\/[^/]+.*?\/api\/data\/v[\d.]+/, "");
  const [segment] = segments(relative);
  const entity = segment && call.organization.entityBySet(segment.name);
  if (segment?.key === undefined || entity === undefined) throw segmentNotFound(segment?.name ?? reference);
  const table = call.organization.table(entity.logicalName);
  const key = parseKey(table, segment.key);
  const row = rowAt(table, key);
  if (row === undefined) throw nothingAt(table, key);
  return { entity: entity.logicalName, id: row.id };
}
