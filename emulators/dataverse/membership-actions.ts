import { ActionBody, entityReference } from "./action-body.ts";
import { badPayload, invalidArgument } from "./errors.ts";
import { isArray, isObject } from "./json-body.ts";
import { isLinked, link, unlink } from "./links.ts";
import type { Pair } from "./links.ts";
import { mutualOf } from "./many-to-many.ts";
import type { Mutual } from "./many-to-many.ts";
import type { Answer } from "./message.ts";
import { emptyAnswer, jsonAnswer } from "./message.ts";
import type { Organization } from "./organization.ts";
import { recordBody } from "./record-read.ts";
import type { Lookup } from "./record.ts";
import type { WebCall } from "./web-call.ts";

/** Puts records on a static marketing list; those that are on it already stay as they are. */
export function addListMembers(call: WebCall, list: string): Answer {
  const members = references(call, new ActionBody(call, "AddListMembersList"), "Members");
  putOnList(call, list, members);
  return response(call, "AddListMembersListResponse");
}

/** The same under its older form, which names the list as a parameter. */
export function addListMembersUnbound(call: WebCall): Answer {
  const body = new ActionBody(call, "AddListMembersList");
  const { table, id } = body.record("List");
  if (table.entity.logicalName !== "list") throw invalidArgument("The parameter 'List' names no list.");
  putOnList(call, id, references(call, body, "Members"));
  return emptyAnswer();
}

/** Puts one record on a static marketing list; gives the membership's id. */
export function addListMember(call: WebCall, list: string): Answer {
  const { table, id } = new ActionBody(call, "AddMemberList").record("EntityId");
  const member = { entity: table.entity.logicalName, id };
  putOnList(call, list, [member]);
  const memberships = call.organization.table("listmember");
  const texts = [`"${list}"list`, `"${id}"${member.entity}`];
  return response(call, "AddMemberListResponse", {
    ListMemberId: memberships.find(["listid", "entityid"], texts)[0]?.id,
  });
}

/** Takes a record off a marketing list; one that is not on it changes nothing. */
export function removeListMember(call: WebCall, list: string): Answer {
  const { table, id } = new ActionBody(call, "RemoveMemberList").record("EntityId");
  const mutual = membershipOf(call, table.entity.logicalName);
  call.organization.transaction(() => unlink(call.organization, mutual, { own: list, other: id }));
  return response(call, "RemoveMemberListResponse");
}

/** Adds a marketing list to a campaign; gives the link. */
export function addListToCampaign(call: WebCall, list: string): Answer {
  const { organization } = call;
  const { table, id } = new ActionBody(call, "AddItemCampaign").record("Campaign");
  const mutual = mutualOf(organization, table.entity, "campaignlist_association");
  if (mutual === undefined) throw invalidArgument("The parameter 'Campaign' names no campaign.");
  const links = organization.table(mutual.intersect);
  const made = organization.transaction(() => link(organization, mutual, { own: id, other: list }));
  const row = links.row(made);
  if (row === undefined) throw new Error("The link was not made.");
  return jsonAnswer(recordBody(call, links, row));
}

/** Makes users members of a team; those who are already stay so. */
export function addTeamMembers(call: WebCall, team: string): Answer {
  return eachTeamMember(call, "AddMembersTeam", (mutual, user) => {
    linkOnce(call.organization, mutual, { own: team, other: user });
  });
}

/** Takes users out of a team; those who are not in it change nothing. */
export function removeTeamMembers(call: WebCall, team: string): Answer {
  return eachTeamMember(call, "RemoveMembersTeam", (mutual, user) =>
    unlink(call.organization, mutual, { own: team, other: user }),
  );
}

function eachTeamMember(
  call: WebCall,
  action: string,
  run: (mutual: Mutual, user: string) => unknown,
): Answer {
  const users = references(call, new ActionBody(call, action), "Members");
  const { organization } = call;
  const mutual = mutualOf(organization, organization.table("team").entity, "teammembership_association");
  organization.transaction(() => {
    for (const { entity, id } of users) {
      if (mutual === undefined || entity !== "systemuser")
        throw invalidArgument("Members of a team are users.");
      run(mutual, id);
    }
  });
  return emptyAnswer();
}

/** The relationship between lists and members of an entity. */
function membershipOf({ organization }: WebCall, entity: string): Mutual {
  const mutual = mutualOf(organization, organization.table("list").entity, `list${entity}_association`);
  if (mutual === undefined) throw invalidArgument(`Records of '${entity}' cannot be members of a list.`);
  return mutual;
}

function putOnList(call: WebCall, list: string, members: readonly Lookup[]): void {
  const { organization } = call;
  organization.transaction(() => {
    for (const { entity, id } of members) {
      linkOnce(organization, membershipOf(call, entity), { own: list, other: id });
    }
  });
}

function linkOnce(organization: Organization, mutual: Mutual, pair: Pair): void {
  if (!isLinked(organization, mutual, pair)) link(organization, mutual, pair);
}

/** The records that a collection parameter names by type and id. */
function references(call: WebCall, body: ActionBody, name: string): Lookup[] {
  const members = body.members[name];
  const wrong = () =>
    badPayload(
      name,
      `Microsoft.OData.ODataException: The parameter '${name}' is not a collection of records.`,
    );
  if (!isArray(members)) throw wrong();
  return members.map((member) => {
    if (!isObject(member)) throw wrong();
    const { table, id } = entityReference(call, member, wrong);
    return { entity: table.entity.logicalName, id };
  });
}

function response(call: WebCall, type: string, members: Record<string, unknown> = {}): Answer {
  const context = `${call.api}/$metadata#Microsoft.Dynamics.CRM.${type}`;
  return jsonAnswer(JSON.stringify({ "@odata.context": context, ...members }));
}
