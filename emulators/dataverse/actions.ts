import { ActionBody } from "./action-body.ts";
import { timeText } from "./codec.ts";
import { badPayload, doesNotExist, segmentNotFound } from "./errors.ts";
import { isArray, isObject } from "./json-body.ts";
import { mergeRecords } from "./merge-records.ts";
import type { Answer } from "./message.ts";
import { emptyAnswer, jsonAnswer } from "./message.ts";
import { qualifyLead } from "./qualify-lead.ts";
import type { Lookup } from "./record.ts";
import { deleteRecord } from "./record-deletes.ts";
import { createRecord, updateRecord } from "./record-writes.ts";
import { grantAccess, modifyAccess, revokeAccess } from "./sharing.ts";
import type { Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";
import { createFrom, writerOf } from "./writes.ts";

type Action = (call: WebCall) => Answer;

const UNBOUND: Readonly<Record<string, Action>> = {
  WinOpportunity: (call) => closeOpportunity(call, "WinOpportunity", 1),
  LoseOpportunity: (call) => closeOpportunity(call, "LoseOpportunity", 2),
  Merge: mergeRecords,
  GrantAccess: grantAccess,
  ModifyAccess: modifyAccess,
  RevokeAccess: revokeAccess,
};

/** The answer of an unbound action, or undefined when there is none of that name. */
export function unboundAction(call: WebCall, name: string): Answer | undefined {
  if (call.request.method !== "POST" || !Object.hasOwn(UNBOUND, name)) return undefined;
  return UNBOUND[name]?.(call);
}

/** Answers an action bound to a record: `leads(<id>)/Microsoft.Dynamics.CRM.QualifyLead`. */
export function boundAction(call: WebCall, table: Table, { id, name }: { id: string; name: string }): Answer {
  const address = `${table.entity.logicalName}.${name}`;
  if (call.request.method === "POST") {
    if (address === "lead.QualifyLead") return qualifyLead(call, id);
    if (address === "list.AddListMembersList") return addListMembers(call, id);
    if (address === "list.RemoveMemberList") return removeListMember(call, id);
  }
  throw segmentNotFound(`Microsoft.Dynamics.CRM.${name}`);
}

/** Wins or loses an opportunity and keeps its closing activity. */
function closeOpportunity(call: WebCall, action: string, statecode: number): Answer {
  const body = new ActionBody(call, action);
  const status = body.whole("Status");
  const close = body.object("OpportunityClose");
  call.organization.transaction(() => {
    const closes = call.organization.table("opportunityclose");
    const row = createFrom(call, closes, close);
    const id = closes.text(row, "opportunityid")?.slice(1, 37);
    if (id === undefined)
      throw badPayload("opportunitycloses", "Microsoft.Crm.CrmException: The opportunity is missing.");
    const opportunities = call.organization.table("opportunity");
    const given = closes.record(row);
    const { actualrevenue: revenue, actualend: end } = given;
    updateRecord(writerOf(call), opportunities, id, {
      statecode,
      statuscode: status,
      actualclosedate: (typeof end === "string" ? end : timeText(call.organization.clock())).slice(0, 10),
      ...(revenue === undefined ? {} : { actualvalue: revenue }),
    });
  });
  return emptyAnswer();
}

/** Puts records on a static marketing list; those that are on it already stay as they are. */
function addListMembers(call: WebCall, list: string): Answer {
  const members = new ActionBody(call, "AddListMembersList").members["Members"];
  if (!isArray(members))
    throw badPayload("lists", "Microsoft.OData.ODataException: The parameter 'Members' is missing.");
  const table = call.organization.table("listmember");
  call.organization.transaction(() => {
    for (const member of members) {
      const found = isObject(member) ? memberReference(call, member) : undefined;
      if (found === undefined)
        throw badPayload("lists", "Microsoft.OData.ODataException: A member names no record.");
      if (memberRow(table, list, found) !== undefined) continue;
      const record = { listid: { entity: "list", id: list }, entityid: found };
      createRecord(writerOf(call), table, record);
    }
  });
  return jsonAnswer(
    JSON.stringify({
      "@odata.context": `${call.api}/$metadata#Microsoft.Dynamics.CRM.AddListMembersListResponse`,
    }),
  );
}

/** A member is given as account, contact or lead, by type and id. */
function memberReference(call: WebCall, member: Readonly<Record<string, unknown>>): Lookup | undefined {
  for (const entity of ["account", "contact", "lead"]) {
    const id = member[`${entity}id`];
    if (typeof id !== "string") continue;
    if (call.organization.table(entity).row(id.toLowerCase()) === undefined) throw doesNotExist(entity, id);
    return { entity, id: id.toLowerCase() };
  }
  return undefined;
}

function memberRow(table: Table, list: string, member: Lookup): string | undefined {
  const texts = [`"${list}"list`, `"${member.id}"${member.entity}`];
  return table.find(["listid", "entityid"], texts)[0]?.id;
}

function removeListMember(call: WebCall, list: string): Answer {
  const member = memberReference(call, new ActionBody(call, "RemoveMemberList").object("EntityId"));
  const table = call.organization.table("listmember");
  const id = member === undefined ? undefined : memberRow(table, list, member);
  if (id !== undefined) call.organization.transaction(() => deleteRecord(writerOf(call), table, id));
  return jsonAnswer(
    JSON.stringify({
      "@odata.context": `${call.api}/$metadata#Microsoft.Dynamics.CRM.RemoveMemberListResponse`,
    }),
  );
}
