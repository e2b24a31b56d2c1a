import { badPayload, badQuery, doesNotExist, methodNotAllowed, segmentNotFound } from "./errors.ts";
import { addToCollection, removeFromCollection } from "./collection-writes.ts";
import { collectionNamed } from "./collections.ts";
import type { Collection } from "./collections.ts";
import { propertyNamed } from "./columns.ts";
import type { Answer } from "./message.ts";
import { emptyAnswer, parseQuery } from "./message.ts";
import { navigationOf } from "./navigation.ts";
import { updateRecord } from "./record-writes.ts";
import type { Lookup, WireValue } from "./record.ts";
import { resolveReference } from "./reference.ts";
import type { Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";
import { bodyObject } from "./write-body.ts";
import { demandWritable, writerOf } from "./writer.ts";
import { updateFrom } from "./writes.ts";

/** Answers `PUT` and `DELETE` of a single column: `leads(<id>)/subject`. */
export function writeMember(call: WebCall, table: Table, id: string, name: string): Answer {
  if (table.row(id) === undefined) throw doesNotExist(table.entity.logicalName, id);
  const attribute = propertyNamed(table.entity, name);
  if (attribute.kind === "lookup") throw badQuery(`'${name}' is a lookup; change it through '/$ref'.`);
  switch (call.request.method) {
    case "PUT": {
      const { value } = bodyObject(call, table.entity.entitySetName);
      if (value === undefined) throw badPayload(table.entity.entitySetName, "The member 'value' is missing.");
      updateFrom(call, table, id, { [name]: value });
      return emptyAnswer();
    }
    case "DELETE":
      updateFrom(call, table, id, { [name]: null });
      return emptyAnswer();
    default:
      throw methodNotAllowed(call.request.method);
  }
}

interface ReferenceAddress {
  readonly id: string;
  readonly name: string;
  /** In `collection(childid)/$ref`: the child. */
  readonly child: string | undefined;
}

/** Answers `leads(<id>)/<navigation>/$ref`: sets, adds or removes what a lookup or collection refers to. */
export function writeReference(call: WebCall, table: Table, { id, name, child }: ReferenceAddress): Answer {
  const { entity } = table;
  if (table.row(id) === undefined) throw doesNotExist(entity.logicalName, id);
  const single = navigationOf(entity, name);
  if (single !== undefined) {
    const value = call.request.method === "DELETE" ? null : bodyReference(call, table);
    set(call, table, id, { [single.attribute]: value });
    return emptyAnswer();
  }
  const collection = collectionNamed(call.organization, entity, name);
  if (collection === undefined) throw segmentNotFound(name);
  const holder = { entity: entity.logicalName, id };
  const change =
    call.request.method === "DELETE"
      ? removal(call, collection, holder, child ?? referenceInQuery(call))
      : addition(call, collection, holder, bodyReference(call, table));
  call.organization.transaction(change);
  return emptyAnswer();
}

function removal(call: WebCall, collection: Collection, holder: Lookup, id: string): () => void {
  return () => removeFromCollection(call, collection, holder, id);
}

function addition(call: WebCall, collection: Collection, holder: Lookup, record: Lookup): () => void {
  return () => addToCollection(call, collection, holder, record);
}

function set(call: WebCall, table: Table, id: string, changes: Record<string, WireValue>): void {
  demandWritable(call, table, id, "Write");
  call.organization.transaction(() => updateRecord(writerOf(call), table, id, changes));
}

function bodyReference(call: WebCall, table: Table): Lookup {
  if (call.request.method !== "PUT" && call.request.method !== "POST")
    throw methodNotAllowed(call.request.method);
  const reference = bodyObject(call, table.entity.entitySetName)["@odata.id"];
  if (typeof reference !== "string")
    throw badPayload(table.entity.entitySetName, "The member '@odata.id' is missing.");
  return resolveReference(call, reference);
}

function referenceInQuery(call: WebCall): string {
  const { search } = new URL(call.request.url);
  const reference = parseQuery(search.slice(1)).options.get("$id");
  if (reference === undefined) throw badQuery("The parameter '$id' is missing.");
  return resolveReference(call, reference).id;
}
