import { CURRENCIES } from "../amounts.ts";
import { slug } from "../culture.ts";
import { CULTURES } from "../cultures/all.ts";
import { between, DAY, instant } from "../moments.ts";
import { person } from "../person.ts";
import { at } from "../random.ts";
import type { Random } from "../random.ts";
import type { Draft } from "../shape.ts";
import { FIXED, FOUNDED, FROZEN_AT } from "../world.ts";
import { status } from "./writer.ts";
import type { Writer } from "./writer.ts";

const DOMAIN = "halden-forge.example";
const UNITS = ["Halden Forge", "Halden Forge Europe", "Halden Forge Asia-Pacific"];

/** Business units: one root with two below it. */
export const businessUnit: Writer = (world, shape, index) =>
  shape.fit({
    businessunitid: world.id("businessunit", index),
    name: at(UNITS, index),
    divisionname: index === 0 ? null : "Sales",
    parentbusinessunitid: index === 0 ? null : world.lookup("businessunit", 0),
    emailaddress: index === 0 ? `office@${DOMAIN}` : null,
    websiteurl: `https://www.${DOMAIN}`,
    isdisabled: false,
    ...founded(0),
  });

/** Currencies: the base currency first. */
export const transactionCurrency: Writer = (world, shape, index) => {
  const currency = at(CURRENCIES, index);
  return shape.fit({
    transactioncurrencyid: world.id("transactioncurrency", index),
    currencyname: currency.name,
    currencyprecision: 2,
    currencysymbol: currency.symbol,
    exchangerate: currency.rate,
    isocurrencycode: currency.code,
    ...founded(1),
    ...status(shape, world.random("transactioncurrency", index), 0),
  });
};

const JOBS = [
  "Account Executive",
  "Sales Development",
  "Sales Manager",
  "Inside Sales",
  "Customer Success",
  "VP Sales",
];
const DISABLED_EVERY = 7;

/** Users: the first is an application user, every seventh has left and is disabled. */
export const systemUser: Writer = (world, shape, index) => {
  const random = world.random("systemuser", index);
  const born = between(random, FOUNDED, FROZEN_AT - 200 * DAY);
  return shape.fit({
    systemuserid: world.id("systemuser", index),
    businessunitid: world.unit(index % FIXED.units),
    ...(index === 0 ? application(random) : employee(random, index)),
    parentsystemuserid: index > 3 ? world.user(random.whole(1, 3)) : null,
    azureactivedirectoryobjectid: random.guid(),
    transactioncurrencyid: random.maybe(0.5, () => world.currency(random.whole(0, FIXED.currencies - 1))),
    ...USUAL_USER,
    createdon: instant(born),
    modifiedon: instant(between(random, born, FROZEN_AT)),
  });
};

const USUAL_USER: Draft = {
  caltype: 0,
  invitestatuscode: 4,
  preferredaddresscode: 1,
  preferredemailcode: 1,
  preferredphonecode: 1,
  emailrouteraccessapproval: 1,
  incomingemaildeliverymethod: 2,
  outgoingemaildeliverymethod: 2,
  displayinserviceviews: true,
  setupuser: false,
  issyncwithdirectory: true,
};

function application(random: Random): Draft {
  return {
    firstname: "#",
    lastname: "Data Import",
    domainname: `import@${DOMAIN}`,
    internalemailaddress: `import@${DOMAIN}`,
    applicationid: random.guid(),
    accessmode: 4,
    isdisabled: false,
    islicensed: false,
    isintegrationuser: true,
  };
}

function employee(random: Random, index: number): Draft {
  const culture = random.weighted(CULTURES);
  const { first, middle, last, spelled } = person(random, culture);
  const address = `${slug(spelled.join(" ")).replaceAll("-", ".")}${index}@${DOMAIN}`;
  return {
    firstname: first,
    middlename: middle,
    lastname: last,
    domainname: address,
    internalemailaddress: address,
    jobtitle: random.pick(JOBS),
    address1_telephone1: random.maybe(0.8, () => random.pattern(random.pick(culture.phones))),
    mobilephone: random.maybe(0.6, () => random.pattern(random.pick(culture.mobiles))),
    accessmode: 0,
    isdisabled: index % DISABLED_EVERY === 0,
    islicensed: index % DISABLED_EVERY !== 0,
    isintegrationuser: false,
  };
}

const TEAMS = [...UNITS, "Key Accounts", "Lead Desk", "Größtkunden & Öffentliche Hand"];
const GROUP_TEAM = 3;

/** Teams: the default team of each business unit, two of the demo's own and one that stands for a security group. */
export const team: Writer = (world, shape, index) => {
  const random = world.random("team", index);
  const isGroup = index === GROUP_TEAM;
  return shape.fit({
    teamid: world.id("team", index),
    name: at(TEAMS, index),
    teamtype: isGroup ? 2 : 0,
    membershiptype: isGroup ? 0 : null,
    azureactivedirectoryobjectid: isGroup ? random.guid() : null,
    isdefault: index < UNITS.length,
    systemmanaged: index < UNITS.length,
    emailaddress: index < UNITS.length ? null : `team${index}@${DOMAIN}`,
    description: index < UNITS.length ? "Default team of the business unit." : null,
    administratorid: world.user(random.whole(1, 3)),
    businessunitid: world.unit(index % FIXED.units),
    ...founded(2 + index),
  });
};

/** Records that came with the organization or shortly after. */
function founded(days: number): Draft {
  const moment = instant(FOUNDED + days * DAY);
  return { createdon: moment, modifiedon: moment };
}
