import type { WireRecord } from "../../record.ts";
import { amount } from "../amounts.ts";
import { DAY, instant } from "../moments.ts";
import { at } from "../random.ts";
import { FROZEN_AT } from "../world.ts";
import type { People } from "./people.ts";

const CAMPAIGNS = [
  "Spring Catalogue",
  "Cold Chain Road Show",
  "Winback 2026",
  "Größere Lager, kleinere Kosten",
  "Trade Fair Follow-up",
  "Partner Breakfasts",
  "Price List, Autumn",
  "Old Customers' Day",
] as const;

/** Every eighth campaign has been closed. */
const CLOSED = 7;

const LISTS = [
  ["Catalogue readers", "contact"],
  ["Road show guests", "contact"],
  ["Gone quiet", "contact"],
  ["Trade fair leads", "lead"],
  ["Web enquiries", "lead"],
] as const;

const MEMBER_OF = { contact: 2, lead: 4 } as const;

export function campaignRecords(people: People): readonly WireRecord[] {
  return CAMPAIGNS.map((name, index) => {
    const random = people.random("campaign", index);
    const begins = FROZEN_AT + random.whole(-300, 60) * DAY;
    const isClosed = index % CAMPAIGNS.length === CLOSED;
    return {
      campaignid: people.id("campaign", index),
      name,
      codename: `CMP-${String(1001 + index)}`,
      typecode: random.whole(1, 5),
      istemplate: false,
      proposedstart: instant(begins),
      proposedend: instant(begins + 45 * DAY),
      budgetedcost: amount(random.whole(5, 400) * 100_000),
      expectedresponse: random.whole(1, 30),
      statecode: isClosed ? 1 : 0,
      statuscode: isClosed ? 6 : random.whole(0, 3),
      ownerid: people.owner(random),
      createdon: instant(begins - 30 * DAY),
      modifiedon: instant(begins - 20 * DAY),
    };
  });
}

/** Static marketing lists of contacts and of leads, as sellers make them. */
export function listRecords(people: People): readonly WireRecord[] {
  return LISTS.map(([name, kind], index) => {
    const born = instant(FROZEN_AT - (200 - index) * DAY);
    return {
      listid: people.id("list", index),
      listname: name,
      type: false,
      createdfromcode: MEMBER_OF[kind],
      membertype: MEMBER_OF[kind],
      purpose: "Campaigns of the year",
      ownerid: people.owner(people.random("list", index)),
      createdon: born,
      modifiedon: born,
    };
  });
}

/** Which list serves which campaign: each list one or two of them. */
export function campaignLists(people: People): readonly (readonly [campaign: string, list: string])[] {
  return LISTS.flatMap((_, index) => {
    const list = people.id("list", index);
    const campaigns = [index, index + LISTS.length].filter((number) => number < CAMPAIGNS.length);
    return campaigns.map((number) => [people.id("campaign", number), list] as const);
  });
}

/** Members of each list, each once: of every hundred people of its kind about two. */
export function listMembers(people: People): readonly {
  readonly list: string;
  readonly kind: "contact" | "lead";
  readonly members: readonly string[];
}[] {
  return LISTS.map(([, kind], index) => {
    const random = people.random("member", index);
    const all = kind === "contact" ? people.contacts : people.leads;
    const members = new Set(
      Array.from({ length: Math.ceil(all.length / 50) }, () => at(all, random.whole(0, all.length - 1))),
    );
    return { list: people.id("list", index), kind, members: [...members] };
  });
}
