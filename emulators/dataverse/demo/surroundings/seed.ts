import type { Emulator } from "../../emulator.ts";
import { link } from "../../links.ts";
import { mutualOf } from "../../many-to-many.ts";
import type { Mutual } from "../../many-to-many.ts";
import { campaignLists, campaignRecords, listMembers, listRecords } from "./campaigns.ts";
import { EVENT_ENTITIES, eventRecords, sponsorships } from "./events.ts";
import { People } from "./people.ts";
import { connectionRoles, connections, teamMembers } from "./roles.ts";

/**
 * Adds what surrounds the people of a demo organization: events they register for, with venues and sponsors; campaigns
 * with marketing lists and their members; who has a part in an opportunity, and who is in which team. About one more record
 * for every four. The same seed gives the same records.
 *
 * @returns how many records were added, links between records not counted.
 */
export function seedSurroundings(emulator: Emulator, seed: number): number {
  const { organization, schema, store } = emulator;
  for (const definition of EVENT_ENTITIES) schema.define(definition);
  const people = new People(emulator, seed);
  let added = 0;
  for (const [entity, records] of eventRecords(people)) added += store.insertMany(entity, records);
  added += store.insertMany("campaign", campaignRecords(people));
  added += store.insertMany("list", listRecords(people));
  added += store.insertMany("connectionrole", connectionRoles(people));
  added += store.insertMany("connection", connections(people));
  const sponsor = mutual(emulator, "new_event", "new_event_account_sponsor");
  for (const [own, other] of sponsorships(people)) link(organization, sponsor, { own, other });
  const crew = mutual(emulator, "team", "teammembership_association");
  for (const [own, other] of teamMembers(people)) link(organization, crew, { own, other });
  const campaignList = mutual(emulator, "campaign", "campaignlist_association");
  for (const [own, other] of campaignLists(people)) link(organization, campaignList, { own, other });
  for (const { list, kind, members } of listMembers(people)) {
    const membership = mutual(emulator, "list", `list${kind}_association`);
    for (const member of members) link(organization, membership, { own: list, other: member });
  }
  return added;
}

function mutual({ organization }: Emulator, entity: string, name: string): Mutual {
  const found = mutualOf(organization, organization.table(entity).entity, name);
  if (found === undefined) throw new Error(`${entity} has no relationship ${name}.`);
  return found;
}
