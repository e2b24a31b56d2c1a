import { ActionBody } from "./action-body.ts";
import { timeText } from "./codec.ts";
import { badPayload, segmentNotFound } from "./errors.ts";
import {
  addListMember,
  addListMembers,
  addListMembersUnbound,
  addListToCampaign,
  addTeamMembers,
  removeListMember,
  removeTeamMembers,
} from "./membership-actions.ts";
import { mergeRecords } from "./merge-records.ts";
import type { Answer } from "./message.ts";
import { emptyAnswer } from "./message.ts";
import { qualifyLead } from "./qualify-lead.ts";
import { updateRecord } from "./record-writes.ts";
import { grantAccess, modifyAccess, revokeAccess } from "./sharing.ts";
import type { Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";
import { writerOf } from "./writer.ts";
import { createFrom } from "./writes.ts";

type Action = (call: WebCall) => Answer;

const UNBOUND: Readonly<Record<string, Action>> = {
  WinOpportunity: (call) => closeOpportunity(call, "WinOpportunity", 1),
  LoseOpportunity: (call) => closeOpportunity(call, "LoseOpportunity", 2),
  Merge: mergeRecords,
  GrantAccess: grantAccess,
  ModifyAccess: modifyAccess,
  RevokeAccess: revokeAccess,
  AddListMembersList: addListMembersUnbound,
};

/** Actions of marketing lists, teams and campaigns, by the entity that they are bound to. */
const MEMBERSHIP: Readonly<Record<string, (call: WebCall, id: string) => Answer>> = {
  "list.AddListMembersList": addListMembers,
  "list.AddMemberList": addListMember,
  "list.RemoveMemberList": removeListMember,
  "list.AddItemCampaign": addListToCampaign,
  "team.AddMembersTeam": addTeamMembers,
  "team.RemoveMembersTeam": removeTeamMembers,
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
    const membership = Object.hasOwn(MEMBERSHIP, address) ? MEMBERSHIP[address] : undefined;
    if (membership !== undefined) return membership(call, id);
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
