import { amount, hundredths } from "../amounts.ts";
import { identityOfLead } from "../identity.ts";
import type { Identity } from "../identity.ts";
import { marketingColumns } from "../marketing-columns.ts";
import { DAY, day, instant } from "../moments.ts";
import { longNote, note, topic } from "../notes.ts";
import type { Random } from "../random.ts";
import type { Draft, Shape } from "../shape.ts";
import type { World } from "../world.ts";
import { named } from "./contact.ts";
import { history, owner, status, wishes, withEdge } from "./writer.ts";
import type { Edge, Writer } from "./writer.ts";

const OPEN = 0;
const QUALIFIED = 1;
const DISQUALIFIED = 2;

/** Leads: every fifth is qualified and points to what it became; of the others, a quarter is disqualified. */
export const lead: Writer = (world, shape, index) => {
  const random = world.random("lead", index);
  const contact = world.contactOfLead(index);
  const born = world.leadBorn(index);
  const changed = contact === null ? born : world.leadQualified(index);
  const who = identityOfLead(world, index);
  const draft: Draft = {
    leadid: world.id("lead", index),
    ...prospect(shape, random, who),
    ...circumstances(world, shape, random, who),
    ...(contact === null ? {} : outcome(world, contact)),
    ...marketingColumns(random, born),
    ...status(shape, random, state(random, contact)),
    ownerid: owner(world, random),
    ...history(world, random, born, changed),
  };
  return shape.fit(withEdge(EDGES, index)(draft, shape, random));
};

function state(random: Random, contact: number | null): number {
  if (contact !== null) return QUALIFIED;
  return random.chance(0.25) ? DISQUALIFIED : OPEN;
}

/** The contact and account that qualification made. */
function outcome(world: World, contact: number): Draft {
  const membership = world.membership(contact);
  const account = membership.kind === "account" ? world.lookup("account", membership.account) : null;
  return { parentcontactid: world.lookup("contact", contact), parentaccountid: account };
}

/** What is known of a lead when it comes in. */
export function prospect(shape: Shape, random: Random, who: Identity): Draft {
  return {
    subject: topic(random),
    ...named(who),
    companyname: who.company?.name ?? null,
    jobtitle: who.jobTitle,
    emailaddress1: who.email,
    telephone1: who.phone,
    telephone2: random.maybe(0.06, () => random.pattern(random.pick(who.culture.phones))),
    mobilephone: who.mobile,
    fax: who.fax,
    websiteurl: who.company === null ? null : random.maybe(0.4, () => `www.${who.company?.domain ?? ""}`),
    ...who.address,
    leadsourcecode: random.maybe(0.85, () => shape.choice(random, "leadsourcecode")),
    leadqualitycode: shape.choice(random, "leadqualitycode"),
    industrycode: random.maybe(0.55, () => shape.choice(random, "industrycode")),
    description: random.maybe(0.35, () => note(random)),
    ...wishes(random),
  };
}

function circumstances(world: World, shape: Shape, random: Random, who: Identity): Draft {
  return {
    preferredcontactmethodcode: shape.choice(random, "preferredcontactmethodcode"),
    numberofemployees: random.maybe(0.4, () => Math.ceil(1 + random.fraction() ** 4 * 20_000)),
    transactioncurrencyid: world.currency(world.currencyIndex(who.culture.currency)),
    revenue: random.maybe(0.4, () => amount(hundredths(random, 40_000, 300_000_000))),
    budgetamount: random.maybe(0.25, () => amount(hundredths(random, 500, 250_000))),
    estimatedamount: random.maybe(0.25, () => amount(hundredths(random, 500, 250_000))),
    estimatedclosedate: random.maybe(0.3, () => day(Date.UTC(2026, 8, 1) + random.whole(0, 300) * DAY)),
    estimatedvalue: random.maybe(0.1, () => random.whole(0, 10_000_000) / 100),
    sic: random.maybe(0.2, () => random.pattern("####")),
    need: random.maybe(0.2, () => shape.choice(random, "need")),
    budgetstatus: random.maybe(0.2, () => shape.choice(random, "budgetstatus")),
    purchasetimeframe: random.maybe(0.25, () => shape.choice(random, "purchasetimeframe")),
    purchaseprocess: random.maybe(0.15, () => shape.choice(random, "purchaseprocess")),
    decisionmaker: random.chance(0.3),
    confirminterest: random.chance(0.2),
    evaluatefit: random.chance(0.2),
    schedulefollowup_prospect: random.maybe(0.15, () => instant(Date.UTC(2026, 10, random.whole(1, 30), 8))),
  };
}

const EDGES: readonly Edge[] = [
  (draft, shape, random) => ({ ...draft, description: longNote(random, shape.maxLength("description")) }),
  (draft, shape) => ({ ...draft, subject: "→".repeat(shape.maxLength("subject")) }),
  (draft) => ({
    ...draft,
    revenue: "0.0000",
    budgetamount: "0.0100",
    numberofemployees: 0,
    estimatedvalue: 0,
  }),
  (draft, shape) => ({ ...draft, revenue: `${shape.attribute("revenue")?.maxValue ?? 1}.0000` }),
  (draft) => ({ ...draft, firstname: null, emailaddress1: null, telephone1: null, companyname: null }),
  (draft) => ({ ...draft, mobilephone: "+1 (555) 010-0199 x1" }),
  (draft, shape) => ({ ...draft, companyname: "株".repeat(shape.maxLength("companyname")) }),
];
