import { boundAction, unboundAction } from "./actions.ts";
import { answerBatch } from "./batch.ts";
import { answerMultiple } from "./multiple.ts";
import { segments } from "./address.ts";
import type { Segment } from "./address.ts";
import { metadataDocument } from "./csdl/document.ts";
import { badQuery, methodNotAllowed, noResource, segmentNotFound } from "./errors.ts";
import { readCount, readEntitySet } from "./entity-set.ts";
import {
  retrievePrincipalAccess,
  retrieveTotalRecordCount,
  retrieveUserPrivileges,
  whoAmI,
} from "./functions.ts";
import { initializeFrom } from "./initialize-from.ts";
import type { Answer } from "./message.ts";
import { messageFilters } from "./message-filters.ts";
import { jsonAnswer } from "./message.ts";
import { staleMetadata } from "./metadata-cache.ts";
import { demandShapeOptions } from "./metadata-query.ts";
import { entityDefinitions, globalOptionSets } from "./metadata.ts";
import { parseGuid } from "./random.ts";
import { relationshipDefinitions } from "./relationship-definitions.ts";
import { readMember } from "./member-reads.ts";
import { readable, readRecord } from "./record-read.ts";
import { nothingAt, parseKey, rowAt } from "./reference.ts";
import { writeMember, writeReference } from "./members.ts";
import { postRecord, writeRecord } from "./writes.ts";
import type { Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";

/** Answers one signed-in call below the API's base address; refusals are thrown as {@link ApiError}. */
export function answerCall(call: WebCall): Answer {
  const path = segments(call.path);
  const [first, ...rest] = path;
  if (first === undefined) return serviceDocument(call);
  const own = reserved(call, first, path);
  if (own !== undefined) return own;
  const entity = call.organization.entityBySet(first.name);
  if (entity === undefined) throw segmentNotFound(first.name);
  const table = call.organization.table(entity.logicalName);
  return first.key === undefined ? setAnswer(call, table, rest) : recordAnswer(call, table, first.key, rest);
}

/** Addresses that describe the schema. */
const METADATA: Readonly<Record<string, (call: WebCall, path: readonly Segment[]) => Answer>> = {
  EntityDefinitions: entityDefinitions,
  GlobalOptionSetDefinitions: globalOptionSets,
  RelationshipDefinitions: relationshipDefinitions,
  $metadata: metadataDocument,
};

/** Paths that are no entity sets. */
function reserved(call: WebCall, first: Segment, path: readonly Segment[]): Answer | undefined {
  const metadata = Object.hasOwn(METADATA, first.name) ? METADATA[first.name] : undefined;
  if (metadata !== undefined) {
    demandShapeOptions(call.query.options);
    return staleMetadata(call, () => metadata(call, path));
  }
  switch (first.name) {
    case "WhoAmI":
      if (call.request.method !== "GET") throw noResource(call.request.url);
      return whoAmI(call);
    case "RetrieveTotalRecordCount":
      return retrieveTotalRecordCount(call, first.key ?? "");
    case "InitializeFrom":
      return initializeFrom(call, first.key ?? "");
    case "sdkmessagefilters":
      return messageFilters(call);
    case "$batch":
      if (call.request.method !== "POST") throw methodNotAllowed(call.request.method);
      return answerBatch(call, answerCall);
    default:
      return unboundAction(call, first.name);
  }
}

function serviceDocument(call: WebCall): Answer {
  const value = Array.from(call.organization.entities(), ({ entitySetName }) => ({
    name: entitySetName,
    kind: "EntitySet",
    url: entitySetName,
  }));
  return jsonAnswer(JSON.stringify({ "@odata.context": `${call.api}/$metadata`, value }));
}

function setAnswer(call: WebCall, table: Table, rest: readonly Segment[]): Answer {
  const [next, beyond] = rest;
  if (beyond !== undefined) throw segmentNotFound(beyond.name);
  if (call.request.method === "POST") {
    if (next === undefined) return postRecord(call, table);
    if (next.name.startsWith(NAMESPACE))
      return answerMultiple(call, table, next.name.slice(NAMESPACE.length));
  }
  if (call.request.method !== "GET") throw methodNotAllowed(call.request.method);
  if (next === undefined) return readEntitySet(call, table);
  if (next.name === "$count") return readCount(call, table);
  throw segmentNotFound(next.name);
}

const NAMESPACE = "Microsoft.Dynamics.CRM.";

function recordAnswer(call: WebCall, table: Table, keyText: string, rest: readonly Segment[]): Answer {
  const [member, next, beyond] = rest;
  if (beyond !== undefined) throw segmentNotFound(beyond.name);
  const reading = call.request.method === "GET";
  if (member === undefined && !reading) return writeRecord(call, table, keyText);
  const key = parseKey(table, keyText);
  const addressed = rowAt(table, key);
  if (addressed === undefined) throw nothingAt(table, key);
  if (member === undefined) return readRecord(call, table, readable(call, table, addressed.id));
  if (member.name.startsWith(NAMESPACE)) return boundAnswer(call, table, addressed.id, member);
  if (!reading) return memberWrite(call, table, { id: addressed.id, member, next });
  return readMember(call, table, readable(call, table, addressed.id), {
    name: member.name,
    next: next?.name,
  });
}

interface MemberAddress {
  readonly id: string;
  readonly member: Segment;
  readonly next: Segment | undefined;
}

function memberWrite(call: WebCall, table: Table, { id, member, next }: MemberAddress): Answer {
  if (next === undefined) {
    // The short name of a bound action.
    if (call.request.method === "POST") throw badQuery("Request message has unresolved parameters");
    return writeMember(call, table, id, member.name);
  }
  if (next.name !== "$ref") throw segmentNotFound(next.name);
  const child = member.key === undefined ? undefined : parseGuid(member.key);
  return writeReference(call, table, { id, name: member.name, child });
}

/** Functions and actions bound to a record. */
function boundAnswer(call: WebCall, table: Table, id: string, member: Segment): Answer {
  const name = member.name.slice(NAMESPACE.length);
  if (table.entity.logicalName === "systemuser") {
    if (name === "RetrieveUserPrivileges") return retrieveUserPrivileges(call, id);
    if (name === "RetrievePrincipalAccess") return retrievePrincipalAccess(call, id, member.key ?? "");
  }
  return boundAction(call, table, { id, name });
}
