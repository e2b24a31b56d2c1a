import { addToCollection } from "./collection-writes.ts";
import type { Collection } from "./collections.ts";
import { ApiError, badQuery, duplicateId, methodNotAllowed, noGenericWrites } from "./errors.ts";
import { manyToMany } from "./many-to-many.ts";
import type { Answer } from "./message.ts";
import { emptyAnswer, jsonAnswer, preferenceApplied, without } from "./message.ts";
import { etagOf, recordBody } from "./record-read.ts";
import { deleteRecord } from "./record-deletes.ts";
import { createRecord, updateRecord } from "./record-writes.ts";
import type { Lookup, WireRecord, WireValue } from "./record.ts";
import { nothingAt, parseKey, rowAt } from "./reference.ts";
import type { RecordKey } from "./reference.ts";
import type { Entity } from "./schema.ts";
import type { Row, Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";
import { demandWritable, writerOf } from "./writer.ts";
import { demandNoDuplicates } from "./duplicates.ts";
import { bodyObject, readBody } from "./write-body.ts";
import type { JsonObject } from "./json-body.ts";

/** Answers `POST leads`. */
export function postRecord(call: WebCall, table: Table): Answer {
  const body = bodyObject(call, table.entity.entitySetName);
  const row = call.organization.transaction(() => createFrom(call, table, body));
  return written(call, table, row, { status: 201, address: addressOf(call, table, row.id) });
}

export function addressOf(call: WebCall, table: Table, id: string): string {
  return `${call.api}/${table.entity.entitySetName}(${id})`;
}

/** Creates the record of a body with everything nested in it; gives its row. */
export function createFrom(call: WebCall, table: Table, body: JsonObject, extra: WireRecord = {}): Row {
  const { entity } = table;
  demandNoLink(call, entity, "Create");
  call.access.demand(call.caller, entity, "Create");
  const { changes, parents, children, bound } = readBody(call, entity, body);
  Object.assign(changes, { ...extra, ...changes });
  for (const parent of parents) {
    const other = call.organization.table(parent.entity);
    changes[parent.attribute] = { entity: parent.entity, id: createFrom(call, other, parent.body).id };
  }
  demandOwnerCanRead(call, table, changes["ownerid"]);
  demandNoDuplicates(call, table, changes);
  const row = createRecord(writerOf(call), table, changes);
  const self = { entity: entity.logicalName, id: row.id };
  for (const { collection, body: nested } of children) createChild(call, collection, self, nested);
  for (const { collection, record } of bound) addToCollection(call, collection, self, record);
  return row;
}

function createChild(call: WebCall, collection: Collection, holder: Lookup, body: JsonObject): void {
  const { children } = collection;
  if (collection.kind === "many") {
    createFrom(call, children, body, { [collection.attribute]: holder });
    return;
  }
  const { id } = createFrom(call, children, body);
  addToCollection(call, collection, holder, { entity: children.entity.logicalName, id });
}

/** The links of N:N relationships are written through the records that they tie together, never by themselves. */
function demandNoLink(
  { organization }: WebCall,
  { logicalName, isIntersect }: Entity,
  message: string,
): void {
  const serves = [...manyToMany(organization).values()].some(
    ({ intersectEntityName: name }) => name === logicalName,
  );
  if (isIntersect || serves) throw noGenericWrites(logicalName, message);
}

/** Updates a row from a body, when the caller may. */
export function updateFrom(call: WebCall, table: Table, id: string, body: JsonObject): Row {
  demandNoLink(call, table.entity, "Update");
  const { changes, parents, children, bound } = readBody(call, table.entity, body);
  if (parents.length + children.length + bound.length > 0) {
    throw badQuery("Nested records are not supported in an update.");
  }
  demandWritable(call, table, id, "Write");
  if (changes["ownerid"] !== undefined) call.access.demand(call.caller, table.entity, "Assign");
  demandOwnerCanRead(call, table, changes["ownerid"]);
  demandNoDuplicates(call, table, { ...recordOf(table, id), ...changes }, id);
  return updateRecord(writerOf(call), table, id, changes);
}

function recordOf(table: Table, id: string): WireRecord {
  const row = table.row(id);
  return row === undefined ? {} : table.record(row);
}

/** A new owner must be enabled, and able to read what is given to them. */
function demandOwnerCanRead(call: WebCall, table: Table, owner: WireValue | undefined): void {
  if (typeof owner !== "object" || owner === null || owner.entity !== "systemuser") return;
  const users = call.organization.table("systemuser");
  const row = users.row(owner.id);
  if (row !== undefined && users.text(row, "isdisabled") === "true") {
    const message = "The specified user is either disabled or is not a member of any business unit.";
    throw new ApiError(403, "0x80040225", message);
  }
  if (call.access.depth(owner.id, table.entity.logicalName, "Read") !== "none") return;
  throw new ApiError(403, "0x80040231", "Target user or team does not hold required privileges.");
}

/** What an upsert or update found and did, for its answer. */
interface Written {
  /** 201 for a create, 200 for an update: shown only with a representation. */
  readonly status: 200 | 201;
  readonly address: string;
}

function written(call: WebCall, table: Table, row: Row, { status, address }: Written): Answer {
  if (!call.prefer.representation) {
    const { locationHeader, entityIdOnUpdate } = call.settings;
    const named = status === 201 || entityIdOnUpdate;
    return emptyAnswer({
      ...(named && locationHeader ? { Location: address } : {}),
      ...(named ? { "OData-EntityId": address } : {}),
    });
  }
  const applied = preferenceApplied(call.prefer, ["return=representation"]);
  const shown = status === 200 ? withoutExpand(call) : call;
  return jsonAnswer(recordBody(shown, table, row), { ETag: etagOf(row), ...applied }, status);
}

/** The answer to an update never expands. */
function withoutExpand(call: WebCall): WebCall {
  const options = new Map([...call.query.options].filter(([name]) => name !== "$expand"));
  return { ...call, query: { pieces: without(call.query, ["$expand"]), options } };
}

/** Answers `PATCH`, `PUT` and `DELETE` of a record by key, with their preconditions. */
export function writeRecord(call: WebCall, table: Table, keyText: string): Answer {
  const key = parseKey(table, keyText);
  switch (call.request.method) {
    case "PATCH":
      return patch(call, table, key);
    case "DELETE":
      return remove(call, table, key);
    default:
      throw methodNotAllowed(call.request.method);
  }
}

function condition(call: WebCall, name: "if-match" | "if-none-match"): string | undefined {
  const value = call.request.headers[name];
  // Clients send the text "null" to keep caches from answering.
  return value === "null" ? undefined : value;
}

function demandVersion(call: WebCall, row: Row): void {
  const wanted = condition(call, "if-match");
  if (wanted === undefined || wanted === "*" || wanted === etagOf(row)) return;
  throw new ApiError(
    412,
    "0x80060882",
    "The version of the existing record doesn't match the RowVersion property provided.",
  );
}

function patch(call: WebCall, table: Table, key: RecordKey): Answer {
  const row = rowAt(table, key);
  const body = bodyObject(call, table.entity.entitySetName);
  if (row === undefined) {
    if (condition(call, "if-match") !== undefined) throw nothingAt(table, key);
    const created = call.organization.transaction(() =>
      createFrom(call, table, upsertBody(table, key, body), keyRecord(key)),
    );
    return written(call, table, created, { status: 201, address: keyAddress(call, table, key) });
  }
  if (condition(call, "if-none-match") === "*") throw duplicateId();
  demandVersion(call, row);
  const updated = call.organization.transaction(() =>
    updateFrom(call, table, row.id, withoutKeys(key, body)),
  );
  return written(call, table, updated, { status: 200, address: keyAddress(call, table, key) });
}

/** An upsert by alternate key answers with the key, not with the id. */
function keyAddress(call: WebCall, table: Table, key: RecordKey): string {
  return addressOf(call, table, key.kind === "id" ? key.id : key.text);
}

/** The columns that a key gives to a record created by it; the body's own values come before them. */
export function keyRecord(key: RecordKey): WireRecord {
  if (key.kind === "id") return {};
  return Object.fromEntries([...key.values].map(([attribute, value]) => [attribute.logicalName, value]));
}

export function upsertBody(table: Table, key: RecordKey, body: JsonObject): JsonObject {
  return key.kind === "id" ? { ...body, [table.entity.primaryIdAttribute]: key.id } : body;
}

/** Columns of the key in the body of an update are dropped. */
export function withoutKeys(key: RecordKey, body: JsonObject): JsonObject {
  if (key.kind === "id") return body;
  const names = new Set([...key.values.keys()].map(({ property }) => property));
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.has(name)));
}

function remove(call: WebCall, table: Table, key: RecordKey): Answer {
  const row = rowAt(table, key);
  if (row === undefined) throw nothingAt(table, key);
  demandNoLink(call, table.entity, "Delete");
  demandWritable(call, table, row.id, "Delete");
  demandVersion(call, row);
  call.organization.transaction(() => deleteRecord(writerOf(call), table, row.id));
  return emptyAnswer();
}
