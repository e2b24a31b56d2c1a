import type { Lookup, WireRecord } from "../../record.ts";
import { between, DAY, instant } from "../moments.ts";
import { FROZEN_AT } from "../world.ts";
import type { People } from "./people.ts";

const STAKEHOLDER = 1000;

const ROLES = ["Stakeholder", "Champion", "Decision Maker", "Economic Buyer", "Opponent"] as const;

/** Which parts people play in the sale of something. */
export function connectionRoles(people: People): readonly WireRecord[] {
  const founded = instant(FROZEN_AT - 900 * DAY);
  return ROLES.map((name, index) => ({
    connectionroleid: people.id("role", index),
    name,
    category: STAKEHOLDER,
    createdon: founded,
    modifiedon: founded,
  }));
}

/** Stakeholders of two opportunities of three, up to three of each: every connection twice, as the service keeps it. */
export function connections(people: People): readonly WireRecord[] {
  return people.opportunities.flatMap((opportunity, index) => {
    const random = people.random("connection", index);
    const among = random.chance(1 / 3) ? 0 : random.whole(1, 3);
    const contacts = new Set(Array.from({ length: among }, () => random.pick(people.contacts)));
    return [...contacts].flatMap((contact, place) => {
      const born = instant(between(random, FROZEN_AT - 300 * DAY, FROZEN_AT));
      const role = { entity: "connectionrole", id: people.id("role", random.whole(0, ROLES.length - 1)) };
      const common = { ownerid: people.owner(random), createdon: born, modifiedon: born };
      const number = 2 * (4 * index + place);
      const [own, other] = [people.id("connection", number), people.id("connection", number + 1)];
      const [deal, person]: [Lookup, Lookup] = [
        { entity: "opportunity", id: opportunity },
        { entity: "contact", id: contact },
      ];
      return [
        {
          ...common,
          connectionid: own,
          relatedconnectionid: { entity: "connection", id: other },
          ismaster: true,
          record1id: deal,
          record2id: person,
          record2roleid: role,
        },
        {
          ...common,
          connectionid: other,
          relatedconnectionid: { entity: "connection", id: own },
          ismaster: false,
          record1id: person,
          record2id: deal,
          record1roleid: role,
        },
      ];
    });
  });
}

/** Members of each team: a few users, each once, disabled ones among them. */
export function teamMembers(people: People): readonly (readonly [team: string, user: string])[] {
  return people.teams.flatMap((team, index) => {
    const random = people.random("crew", index);
    const users = new Set(Array.from({ length: random.whole(3, 8) }, () => random.pick(people.users)));
    return [...users].map((user) => [team, user] as const);
  });
}
