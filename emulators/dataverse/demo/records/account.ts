import { amount, CURRENCIES, hundredths } from "../amounts.ts";
import type { Company } from "../company.ts";
import { address } from "../identity.ts";
import { longNote, note } from "../notes.ts";
import { at } from "../random.ts";
import type { Random } from "../random.ts";
import type { Draft, Shape } from "../shape.ts";
import type { World } from "../world.ts";
import { history, owner, status, withEdge } from "./writer.ts";
import type { Edge, Writer } from "./writer.ts";

/** Accounts, in groups up to three levels deep, with their first contact as primary contact. */
export const account: Writer = (world, shape, index) => {
  const random = world.random("account", index);
  const born = world.accountBorn(index);
  const lead = world.leadOfContact(index);
  const draft: Draft = {
    accountid: world.id("account", index),
    ...firm(shape, random, world.company(index)),
    ...figures(world, shape, random, world.company(index)),
    accountnumber: random.maybe(0.8, () => `A-${String(index + 1).padStart(6, "0")}`),
    parentaccountid: parent(world, index),
    primarycontactid: random.maybe(0.85, () => world.lookup("contact", index)),
    originatingleadid: lead === null ? null : world.lookup("lead", lead),
    description: random.maybe(0.3, () => note(random)),
    ...status(shape, random, random.chance(0.04) ? 1 : 0),
    ownerid: owner(world, world.random("owner", index)),
    ...history(world, random, born),
  };
  return shape.fit(withEdge(EDGES, index)(draft, shape, random));
};

function parent(world: World, index: number) {
  const number = world.parentAccount(index);
  return number === null ? null : world.lookup("account", number);
}

/** What a firm says about itself. */
export function firm(shape: Shape, random: Random, company: Company): Draft {
  return {
    name: company.name,
    websiteurl: random.maybe(0.7, () => `https://www.${company.domain}`),
    emailaddress1: random.maybe(0.6, () => `info@${company.domain}`),
    telephone1: random.maybe(0.85, () => random.pattern(random.pick(company.culture.phones))),
    fax: random.maybe(0.15, () => random.pattern(random.pick(company.culture.phones))),
    ...address(random, company.culture, company.town),
    industrycode: random.maybe(0.8, () => shape.choice(random, "industrycode")),
    businesstypecode: random.maybe(0.3, () => shape.choice(random, "businesstypecode")),
    customertypecode: random.maybe(0.6, () => shape.choice(random, "customertypecode")),
    ownershipcode: random.maybe(0.4, () => shape.choice(random, "ownershipcode")),
    accountcategorycode: random.maybe(0.3, () => shape.choice(random, "accountcategorycode")),
    preferredcontactmethodcode: shape.choice(random, "preferredcontactmethodcode"),
    sic: random.maybe(0.5, () => random.pattern("####")),
  };
}

function figures(world: World, shape: Shape, random: Random, company: Company): Draft {
  const listed = random.chance(0.05);
  return {
    transactioncurrencyid: world.currency(world.currencyIndex(company.culture.currency)),
    revenue: random.maybe(0.65, () => amount(hundredths(random, 40_000, 900_000_000))),
    creditlimit: random.maybe(0.4, () => amount(random.whole(1, 500) * 100_000)),
    marketcap: listed ? amount(hundredths(random, 5_000_000, 20_000_000_000)) : null,
    sharesoutstanding: listed ? random.whole(1_000_000, 1_000_000_000) : null,
    tickersymbol: listed ? random.pattern("@@@") : null,
    stockexchange: listed ? random.pick(["XETRA", "NYSE", "LSE"]) : null,
    numberofemployees: random.maybe(0.7, () => Math.ceil(1 + random.fraction() ** 4 * 40_000)),
    creditonhold: random.chance(0.03),
    paymenttermscode: random.maybe(0.5, () => shape.choice(random, "paymenttermscode")),
    donotemail: random.chance(0.02),
    donotbulkemail: random.chance(0.05),
    donotphone: random.chance(0.02),
  };
}

const EDGES: readonly Edge[] = [
  (draft, shape, random) => ({ ...draft, description: longNote(random, shape.maxLength("description")) }),
  (draft, shape) => ({ ...draft, name: "Ä".repeat(shape.maxLength("name")) }),
  (draft) => ({ ...draft, revenue: "0.0000", numberofemployees: 0, creditlimit: "0.0100" }),
  (draft, shape) => ({
    ...draft,
    revenue: `${shape.attribute("revenue")?.maxValue ?? 1}.0000`,
    numberofemployees: shape.attribute("numberofemployees")?.maxValue ?? 1,
  }),
  (draft) => ({ ...draft, name: `${at(CURRENCIES, 1).symbol}mart "Quote" \\ Back\\slash & Söhne <Ltd>` }),
];
