import { amount, decimal, hundredths } from "../amounts.ts";
import { between, DAY, day, instant } from "../moments.ts";
import { longNote, note } from "../notes.ts";
import { at } from "../random.ts";
import type { Random } from "../random.ts";
import type { Draft } from "../shape.ts";
import { PRODUCTS } from "../words.ts";
import { FROZEN_AT } from "../world.ts";
import type { World } from "../world.ts";
import { history, owner, status } from "./writer.ts";
import type { Edge, Writer } from "./writer.ts";

/** Product interests: of a contact or of a lead, every column type in use, every sixth record an edge case. */
export const interest: Writer = (world, shape, index) => {
  const random = world.random("new_productinterest", index);
  const subject = subjectOf(world, random);
  const product = random.pick(PRODUCTS);
  const draft: Draft = {
    new_productinterestid: world.id("new_productinterest", index),
    new_name: `${product} ${index + 1}`,
    ...subject.lookups,
    new_remarks: random.maybe(0.5, () => note(random)),
    new_attendees: random.maybe(0.7, () => random.whole(1, 40)),
    new_externalnumber: random.maybe(
      0.8,
      () => `${random.whole(10_000, 91_999)}${random.pattern("##############")}`,
    ),
    new_ratio: random.maybe(0.8, () =>
      decimal(BigInt(random.whole(-2_000_000_000, 2_000_000_000)) * 37n, 10),
    ),
    new_fit: random.maybe(0.6, () => random.whole(0, 10_000_000) / 100_000),
    new_budget: random.maybe(0.6, () => amount(hundredths(random, 100, 90_000))),
    transactioncurrencyid: world.currency(random.whole(0, 2)),
    new_confirmed: random.maybe(0.9, () => random.chance(0.4)),
    new_preferreddate: random.maybe(0.5, () => day(FROZEN_AT + random.whole(-60, 90) * DAY)),
    new_nextcallon: random.maybe(0.6, () => instant(FROZEN_AT + random.whole(-86_400, 864_000) * 1000)),
    new_demoat: random.maybe(0.4, () => instant(FROZEN_AT + random.whole(1, 90) * DAY - 9 * 3_600_000)),
    new_stage: random.maybe(0.9, () => shape.choice(random, "new_stage")),
    new_products: random.maybe(0.8, () => shape.choices(random, "new_products")),
    ...status(shape, random, random.chance(0.1) ? 1 : 0),
    ownerid: owner(world, random),
    ...history(world, random, between(random, subject.born, FROZEN_AT)),
  };
  const edge = index % 6 === 5 ? at(EDGES, Math.floor(index / 6) % EDGES.length) : null;
  return shape.fit(
    edge === null ? draft : edge({ ...draft, transactioncurrencyid: world.currency(0) }, shape, random),
  );
};

function subjectOf(world: World, random: Random): { lookups: Draft; born: number } {
  const contact = random.whole(0, world.counts.contacts - 1);
  const lead = random.whole(0, world.counts.leads - 1);
  const kind = random.fraction();
  const ofContact = { new_contactid: world.lookup("contact", contact) };
  const ofLead = { new_leadid: world.lookup("lead", lead) };
  if (kind < 0.55) return { lookups: ofContact, born: world.contactBorn(contact) };
  if (kind < 0.95) return { lookups: ofLead, born: world.leadBorn(lead) };
  return {
    lookups: { ...ofContact, ...ofLead },
    born: Math.max(world.contactBorn(contact), world.leadBorn(lead)),
  };
}

/** The ends of every range: numbers past 2^53, decimals of 21 digits, the largest amounts, the first and last days. */
const EDGES: readonly Edge[] = [
  (draft) => ({ ...draft, new_externalnumber: "9007199254740993", new_ratio: "99999999999.9999999999" }),
  (draft) => ({ ...draft, new_externalnumber: "9223372036854775807", new_ratio: "-99999999999.9999999999" }),
  (draft) => ({ ...draft, new_externalnumber: "-9223372036854775808", new_ratio: "0.0000000001" }),
  (draft) => ({ ...draft, new_externalnumber: "0", new_ratio: "0.0000000000", new_attendees: 0, new_fit: 0 }),
  (draft) => ({ ...draft, new_budget: "922337203685477.0000", new_attendees: 2_147_483_647 }),
  (draft) => ({ ...draft, new_budget: "-922337203685477.0000", new_attendees: -2_147_483_648 }),
  (draft) => ({ ...draft, new_budget: "-0.0001", new_fit: -99_999.12345 }),
  (draft) => ({ ...draft, new_preferreddate: "1753-01-01", new_nextcallon: "1753-01-01T00:00:00Z" }),
  (draft) => ({ ...draft, new_preferreddate: "2024-02-29", new_demoat: "9999-12-30T23:59:59Z" }),
  (draft) => ({ ...draft, new_products: PRODUCTS.map((_, place) => place + 1).join(",") }),
  (draft, shape, random) => ({ ...draft, new_remarks: longNote(random, shape.maxLength("new_remarks")) }),
];
