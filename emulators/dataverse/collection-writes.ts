import type { Collection } from "./collections.ts";
import { badQuery, doesNotExist } from "./errors.ts";
import { link, unlink } from "./links.ts";
import type { Mutual } from "./many-to-many.ts";
import type { Lookup } from "./record.ts";
import { updateRecord } from "./record-writes.ts";
import type { WebCall } from "./web-call.ts";
import { demandWritable, writerOf } from "./writer.ts";

/** Puts an existing record into a collection of another: its lookup is set, or the two are linked. */
export function addToCollection(call: WebCall, collection: Collection, holder: Lookup, record: Lookup): void {
  if (collection.kind === "many") {
    const children = call.organization.table(record.entity);
    demandWritable(call, children, record.id, "Write");
    updateRecord(writerOf(call), children, record.id, { [collection.attribute]: holder });
    return;
  }
  demandLinkable(call, collection.mutual, record);
  link(call.organization, collection.mutual, { own: holder.id, other: record.id });
}

/** Takes a record out of a collection of another: its lookup is emptied, or the link is removed. */
export function removeFromCollection(
  call: WebCall,
  collection: Collection,
  holder: Lookup,
  id: string,
): void {
  const { entity } = collection.children;
  if (collection.kind === "many") {
    demandWritable(call, collection.children, id, "Write");
    updateRecord(writerOf(call), collection.children, id, { [collection.attribute]: null });
    return;
  }
  demandLinkable(call, collection.mutual, { entity: entity.logicalName, id });
  if (!unlink(call.organization, collection.mutual, { own: holder.id, other: id }))
    throw doesNotExist(collection.mutual.intersect, id);
}

function demandLinkable(call: WebCall, { own, other, name }: Mutual, record: Lookup): void {
  if (record.entity !== other.entity)
    throw badQuery(
      `The navigation property '${name}' leads to '${other.entity}', not to '${record.entity}'.`,
    );
  const { access, caller, organization } = call;
  access.demand(caller, organization.table(own.entity).entity, "Append");
  access.demand(caller, organization.table(other.entity).entity, "AppendTo");
}
