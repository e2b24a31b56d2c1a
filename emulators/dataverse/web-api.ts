import { keyText, segments } from "./address.ts";
import type { Segment } from "./address.ts";
import { badQuery, methodNotAllowed, segmentNotFound } from "./errors.ts";
import { readCount, readEntitySet } from "./entity-set.ts";
import {
  retrievePrincipalAccess,
  retrieveTotalRecordCount,
  retrieveUserPrivileges,
  whoAmI,
} from "./functions.ts";
import type { Answer } from "./message.ts";
import { jsonAnswer } from "./message.ts";
import { entityDefinitions, globalOptionSets } from "./metadata.ts";
import { parseGuid } from "./random.ts";
import { readable, readMember, readRecord } from "./record-read.ts";
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

/** Paths that are no entity sets. */
function reserved(call: WebCall, first: Segment, path: readonly Segment[]): Answer | undefined {
  switch (first.name) {
    case "WhoAmI":
      return call.request.method === "GET" ? whoAmI(call) : undefined;
    case "RetrieveTotalRecordCount":
      return retrieveTotalRecordCount(call, first.key ?? "");
    case "EntityDefinitions":
      return entityDefinitions(call, path);
    case "GlobalOptionSetDefinitions":
      return globalOptionSets(call, path);
    default:
      return undefined;
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
  if (call.request.method !== "GET") throw methodNotAllowed(call.request.method);
  if (next === undefined) return readEntitySet(call, table);
  if (next.name === "$count") return readCount(call, table);
  throw segmentNotFound(next.name);
}

function recordAnswer(call: WebCall, table: Table, key: string, rest: readonly Segment[]): Answer {
  const id = parseGuid(keyText(key.replace(/^\w+=/, "")));
  if (id === undefined) throw badQuery(`'${key}' is not a valid key for '${table.entity.entitySetName}'.`);
  const [member, beyond] = rest;
  if (member !== undefined && table.entity.logicalName === "systemuser") {
    const bound = member.name.replace("Microsoft.Dynamics.CRM.", "");
    if (bound === "RetrieveUserPrivileges") return retrieveUserPrivileges(call, id);
    if (bound === "RetrievePrincipalAccess") return retrievePrincipalAccess(call, id, member.key ?? "");
  }
  if (call.request.method !== "GET") throw methodNotAllowed(call.request.method);
  const row = readable(call, table, id);
  if (member === undefined) return readRecord(call, table, row);
  if (beyond !== undefined) throw segmentNotFound(beyond.name);
  return readMember(call, table, row, member.name);
}
