import { amount, hundredths } from "../amounts.ts";
import { between, DAY, day } from "../moments.ts";
import { dealName, longNote, note } from "../notes.ts";
import { at } from "../random.ts";
import type { Random } from "../random.ts";
import type { Draft, Shape } from "../shape.ts";
import { FROZEN_AT } from "../world.ts";
import type { World } from "../world.ts";
import { history, owner, status, withEdge } from "./writer.ts";
import type { Edge, Writer } from "./writer.ts";

const OPEN = 0;
const WON = 1;
const LOST = 2;

/** Stages of the sales process; the stage's number is also the choice `salesstage`. */
const STAGES = ["1-Qualify", "2-Develop", "3-Propose", "4-Close"];

/** Who a deal is with. */
interface Deal {
  readonly lead: number | null;
  readonly account: number | null;
  readonly contact: number | null;
  readonly born: number;
}

/** Opportunities: with an account or a contact, many from a qualified lead; open, won and lost. */
export const opportunity: Writer = (world, shape, index) => {
  const random = world.random("opportunity", index);
  const deal = dealOf(world, random, index);
  const account = deal.account === null ? null : world.lookup("account", deal.account);
  const contact = deal.contact === null ? null : world.lookup("contact", deal.contact);
  const firm = deal.account === null ? null : world.company(deal.account);
  const draft: Draft = {
    opportunityid: world.id("opportunity", index),
    name: dealName(random, firm?.name ?? "private", new Date(deal.born).getUTCFullYear()),
    customerid: account ?? contact,
    parentaccountid: account,
    parentcontactid: contact,
    originatingleadid: deal.lead === null ? null : world.lookup("lead", deal.lead),
    transactioncurrencyid: world.currency(world.currencyIndex(firm?.culture.currency ?? "USD")),
    description: random.maybe(0.4, () => note(random)),
    isrevenuesystemcalculated: false,
    ...progress(shape, random, deal.born),
    ...judgement(shape, random),
    ownerid: owner(world, deal.account === null ? random : world.random("owner", deal.account)),
    ...history(world, random, deal.born),
  };
  return shape.fit(withEdge(EDGES, index)(draft, shape, random));
};

function dealOf(world: World, random: Random, index: number): Deal {
  const lead = world.leadOfOpportunity(index);
  const fromLead = lead === null ? null : world.contactOfLead(lead);
  if (lead !== null && fromLead !== null)
    return { lead, ...partners(world, fromLead), born: world.leadQualified(lead) };
  if (random.chance(0.15)) {
    const contact = random.whole(0, world.counts.contacts - 1);
    return {
      lead: null,
      ...partners(world, contact),
      born: between(random, world.contactBorn(contact), FROZEN_AT),
    };
  }
  const account = random.whole(0, world.counts.accounts - 1);
  const contact = random.chance(0.6) ? account : null;
  const earliest = contact === null ? world.accountBorn(account) : world.contactBorn(account);
  return { lead: null, account, contact, born: between(random, earliest, FROZEN_AT) };
}

function partners(world: World, contact: number) {
  const membership = world.membership(contact);
  return { contact, account: membership.kind === "account" ? membership.account : null };
}

/** State, stage, dates and amounts, in keeping with each other. Too young a deal is still open. */
function progress(shape: Shape, random: Random, born: number): Draft {
  const state = born > FROZEN_AT - 20 * DAY ? OPEN : random.weighted(OUTCOMES);
  const stage = state === OPEN ? random.whole(0, 3) : 3;
  const estimated = hundredths(random, 400, 900_000);
  const due = born + random.whole(20, 200) * DAY;
  const closed = between(random, born + DAY, Math.min(due + 30 * DAY, FROZEN_AT));
  return {
    ...status(shape, random, state),
    salesstage: stage,
    stepname: at(STAGES, stage),
    closeprobability: at([at([10, 25, 50, 80], stage), 100, 0], state),
    estimatedvalue: amount(estimated),
    estimatedclosedate: day(due),
    actualvalue: at(
      [null, amount(Math.round(estimated * (0.85 + random.whole(0, 25) / 100))), "0.0000"],
      state,
    ),
    actualclosedate: state === OPEN ? null : day(closed),
    budgetamount: random.maybe(0.4, () => amount(hundredths(random, 400, 900_000))),
  };
}

const OUTCOMES: readonly (readonly [number, number])[] = [
  [45, OPEN],
  [32, WON],
  [23, LOST],
];

function judgement(shape: Shape, random: Random): Draft {
  return {
    opportunityratingcode: shape.choice(random, "opportunityratingcode"),
    need: random.maybe(0.3, () => shape.choice(random, "need")),
    budgetstatus: random.maybe(0.3, () => shape.choice(random, "budgetstatus")),
    purchasetimeframe: random.maybe(0.3, () => shape.choice(random, "purchasetimeframe")),
    decisionmaker: random.chance(0.4),
    customerneed: random.maybe(0.2, () => note(random)),
    currentsituation: random.maybe(0.1, () => note(random)),
    discountpercentage: random.maybe(0.15, () => `${random.whole(0, 40)}.${random.pattern("##")}`),
    discountamount: random.maybe(0.1, () => amount(hundredths(random, 10, 5000))),
    captureproposalfeedback: random.chance(0.1),
    presentproposal: random.chance(0.4),
    sendthankyounote: random.chance(0.1),
  };
}

const EDGES: readonly Edge[] = [
  (draft, shape, random) => ({ ...draft, description: longNote(random, shape.maxLength("description")) }),
  (draft) => ({ ...draft, estimatedvalue: "-1250.5000" }),
  (draft, shape) => ({
    ...draft,
    estimatedvalue: `${shape.attribute("estimatedvalue")?.maxValue ?? 1}.0000`,
  }),
  (draft) => ({ ...draft, estimatedvalue: "0.0000", discountpercentage: "100.00" }),
  (draft, shape) => ({ ...draft, name: "Ω".repeat(shape.maxLength("name")) }),
];
