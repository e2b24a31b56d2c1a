import { amount, hundredths } from "../amounts.ts";
import { identityOfContact } from "../identity.ts";
import type { Identity } from "../identity.ts";
import { marketingColumns } from "../marketing-columns.ts";
import { between, day, instant } from "../moments.ts";
import { longNote, note } from "../notes.ts";
import type { Random } from "../random.ts";
import type { Draft, Shape } from "../shape.ts";
import { DEPARTMENTS } from "../words.ts";
import type { Membership, World } from "../world.ts";
import { history, owner, status, wishes, withEdge } from "./writer.ts";
import type { Edge, Writer } from "./writer.ts";

/** Contacts: most belong to an account, some to another contact, some to nobody; some were leads. */
export const contact: Writer = (world, shape, index) => {
  const random = world.random("contact", index);
  const born = world.contactBorn(index);
  const membership = world.membership(index);
  const lead = world.leadOfContact(index);
  const who = identityOfContact(world, index);
  const draft: Draft = {
    contactid: world.id("contact", index),
    ...named(who),
    ...reachable(random, who),
    ...who.address,
    ...circumstances(world, shape, random, who),
    parentcustomerid: customer(world, membership),
    originatingleadid: lead === null ? null : world.lookup("lead", lead),
    description: random.maybe(0.25, () => note(random)),
    ...wishes(random),
    ...marketingColumns(random, born),
    ...status(shape, random, random.chance(0.06) ? 1 : 0),
    ownerid: contactOwner(world, random, membership),
    ...history(world, random, born),
  };
  return shape.fit(withEdge(EDGES, index)(draft, shape, random));
};

/** What a person is called; leads have these columns too. */
export function named({ person }: Identity): Draft {
  const { salutation, first, middle, last } = person;
  return { salutation, firstname: first, middlename: middle, lastname: last };
}

function reachable(random: Random, who: Identity): Draft {
  const private2 = random.chance(0.06);
  return {
    jobtitle: who.jobTitle,
    department: who.company === null ? null : random.maybe(0.4, () => random.pick(DEPARTMENTS)),
    emailaddress1: who.email,
    emailaddress2: private2 ? `${who.person.spelled.join(".").replaceAll("'", "")}@mail.example` : null,
    telephone1: who.phone,
    telephone2: random.maybe(0.1, () => random.pattern(random.pick(who.culture.phones))),
    mobilephone: who.mobile,
    fax: who.fax,
    websiteurl: random.maybe(0.03, () => `https://${who.person.spelled[1].replaceAll("'", "")}.example/~me`),
    assistantname: random.maybe(0.03, () => random.pick(who.culture.women).text),
    assistantphone: random.maybe(0.03, () => random.pattern(random.pick(who.culture.phones))),
    address1_name: random.maybe(0.05, () => "Office"),
    address1_addresstypecode: random.maybe(0.4, () => random.whole(1, 3)),
  };
}

function circumstances(world: World, shape: Shape, random: Random, who: Identity): Draft {
  return {
    gendercode: random.maybe(0.35, () => (who.person.woman ? 2 : 1)),
    familystatuscode: random.maybe(0.15, () => shape.choice(random, "familystatuscode")),
    birthdate: random.maybe(0.2, () => day(between(random, Date.UTC(1948, 0, 1), Date.UTC(2004, 0, 1)))),
    anniversary: random.maybe(0.05, () => day(between(random, Date.UTC(1975, 0, 1), Date.UTC(2025, 0, 1)))),
    numberofchildren: random.maybe(0.08, () => random.whole(0, 5)),
    accountrolecode: random.maybe(0.3, () => shape.choice(random, "accountrolecode")),
    leadsourcecode: shape.choice(random, "leadsourcecode"),
    preferredcontactmethodcode: shape.choice(random, "preferredcontactmethodcode"),
    preferredappointmentdaycode: random.maybe(0.1, () => shape.choice(random, "preferredappointmentdaycode")),
    paymenttermscode: random.maybe(0.1, () => shape.choice(random, "paymenttermscode")),
    transactioncurrencyid: world.currency(world.currencyIndex(who.culture.currency)),
    creditlimit: random.maybe(0.1, () => amount(random.whole(1, 100) * 100_000)),
    annualincome: random.maybe(0.06, () => amount(hundredths(random, 18_000, 400_000))),
    lastusedincampaign: random.maybe(0.2, () =>
      instant(Date.UTC(2026, random.whole(0, 9), random.whole(1, 28))),
    ),
    creditonhold: random.chance(0.02),
  };
}

function customer(world: World, membership: Membership) {
  if (membership.kind === "none") return null;
  return membership.kind === "account"
    ? world.lookup("account", membership.account)
    : world.lookup("contact", membership.contact);
}

/** Mostly the owner of the account. */
function contactOwner(world: World, random: Random, membership: Membership) {
  const inherits = membership.kind === "account" && random.chance(0.85);
  return owner(world, inherits ? world.random("owner", membership.account) : random);
}

const LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Ñandú-O'Čapek-Ώ";

const EDGES: readonly Edge[] = [
  (draft, shape, random) => ({ ...draft, description: longNote(random, shape.maxLength("description")) }),
  (draft, shape) => ({
    ...draft,
    firstname: LONG_NAME.padEnd(shape.maxLength("firstname"), "é"),
    lastname: LONG_NAME.padStart(shape.maxLength("lastname"), "Đ"),
  }),
  // The 51st letter would fall into the middle of a pair.
  (draft, shape) => ({ ...draft, jobtitle: `x${"🚀".repeat(shape.maxLength("jobtitle"))}` }),
  (draft, shape) => ({ ...draft, creditlimit: `${shape.attribute("creditlimit")?.maxValue ?? 1}.0000` }),
  (draft) => ({
    ...draft,
    annualincome: "0.0000",
    numberofchildren: 0,
    address1_latitude: 0,
    address1_longitude: -180,
  }),
  (draft) => ({ ...draft, birthdate: "1753-01-01", anniversary: "2024-02-29" }),
  (draft) => ({ ...draft, emailaddress1: `${"a".repeat(80)}@${"b".repeat(11)}.example` }),
  sparse,
];

const KEPT = (
  "contactid parentcustomerid originatingleadid ownerid statecode statuscode " +
  "createdon createdby modifiedon modifiedby"
).split(" ");

/** As little as the form lets through: a last name; and what it belongs to. */
function sparse(draft: Draft): Draft {
  return { ...Object.fromEntries(KEPT.map((name) => [name, draft[name] ?? null])), lastname: "?" };
}
