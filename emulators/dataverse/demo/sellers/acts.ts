import type { Lookup } from "../../record.ts";
import { amount, hundredths } from "../amounts.ts";
import { company } from "../company.ts";
import { identity } from "../identity.ts";
import { DAY, day } from "../moments.ts";
import { dealName } from "../notes.ts";
import { firm } from "../records/account.ts";
import { named } from "../records/contact.ts";
import { prospect } from "../records/lead.ts";
import type { Draft } from "../shape.ts";
import { editOf } from "./edits.ts";
import { open, operation, textOf } from "./operation.ts";
import type { Desk, Open, Operation } from "./operation.ts";

/** What a seller does in one go: operations in order, or none when the chosen record does not lend itself to it. */
export type Act = (desk: Desk) => readonly Operation[];

const EDITED = [
  [42, "contact"],
  [34, "lead"],
  [12, "opportunity"],
  [8, "account"],
  [4, "new_productinterest"],
] as const;

/** Changes a record. */
const edit: Act = (desk) => {
  const target = open(desk, desk.random.weighted(EDITED));
  const chosen = target === undefined ? undefined : editOf(desk, target.entity);
  if (target === undefined || chosen === undefined) return [];
  return change(desk, target, chosen(desk, target));
};

/** An update, unless nothing is left to write: not every organization has every column. */
function change(desk: Desk, target: Open, changes: Draft): readonly Operation[] {
  const update = operation(desk, "update", { ...target, record: changes });
  return Object.keys(update.record).length === 0 ? [] : [update];
}

/** Enters a new lead. */
export const enterLead: Act = (desk) => {
  const { random, shapes } = desk;
  const shape = shapes.get("lead");
  const who = identity(
    random,
    random.maybe(0.9, () => company(random, null)),
  );
  return shape === undefined ? [] : [creation(desk, "lead", prospect(shape, random, who))];
};

/** Enters a new contact, most often at a firm that is there. */
const enterContact: Act = (desk) => {
  const { random } = desk;
  const employer = desk.live.pick("account", random.fraction());
  const who = identity(
    random,
    random.maybe(0.9, () => company(random, null)),
  );
  const draft: Draft = {
    ...named(who),
    ...who.address,
    jobtitle: who.jobTitle,
    emailaddress1: who.email,
    telephone1: who.phone,
    mobilephone: who.mobile,
    parentcustomerid: employer === undefined ? null : { entity: "account", id: employer },
  };
  return [creation(desk, "contact", draft)];
};

/** Enters a new account. */
const enterAccount: Act = (desk) => {
  const shape = desk.shapes.get("account");
  return shape === undefined
    ? []
    : [creation(desk, "account", firm(shape, desk.random, company(desk.random, null)))];
};

/** Opens a deal with an account. */
const openDeal: Act = (desk) => {
  const account = open(desk, "account");
  if (account === undefined) return [];
  return [
    creation(
      desk,
      "opportunity",
      deal(desk, textOf(account.record, "name"), { entity: "account", id: account.id }),
    ),
  ];
};

function deal(desk: Desk, customerName: string, customer: Lookup): Draft {
  const { random, now } = desk;
  return {
    name: dealName(random, customerName, new Date(now).getUTCFullYear()),
    customerid: customer,
    estimatedvalue: amount(hundredths(random, 400, 900_000)),
    estimatedclosedate: day(now + random.whole(20, 200) * DAY),
    closeprobability: 10,
    salesstage: 0,
    stepname: "1-Qualify",
  };
}

/** Hands a record to another user or to a team. */
const assign: Act = (desk) => {
  const { random } = desk;
  const target = open(desk, random.pick(["contact", "lead", "lead", "account", "opportunity"]));
  const owner = newOwner(desk);
  if (target === undefined || owner === undefined) return [];
  return [operation(desk, "assign", { ...target, record: { ownerid: owner } })];
};

const ACCESS_TEAM = 1;

/** A team, but none for access only, or a user who works here. */
function newOwner(desk: Desk): Lookup | undefined {
  if (desk.random.chance(0.3)) {
    const team = open(desk, "team");
    if (team !== undefined && team.record["teamtype"] !== ACCESS_TEAM) return { entity: "team", id: team.id };
  }
  const user = open(desk, "systemuser");
  if (user === undefined || user.record["isdisabled"] === true) return undefined;
  return { entity: "systemuser", id: user.id };
}

/** Changes the state of a record, or the reason within it. */
const changeState: Act = (desk) => {
  const target = open(desk, desk.random.pick(["lead", "lead", "opportunity", "contact", "account"]));
  return target === undefined ? [] : change(desk, target, stateChange(desk, target));
};

function stateChange(desk: Desk, target: Open): Draft {
  const state = target.record["statecode"] ?? 0;
  if (target.entity === "lead") return leadStateChange(desk, state);
  if (target.entity === "opportunity") return state === 0 ? closing(desk, target) : {};
  return pair(desk, target.entity, state === 0 ? 1 : 0);
}

const DISQUALIFIED = 2;

/** Open leads are contacted or disqualified, disqualified ones are reopened, qualified ones stay. */
function leadStateChange(desk: Desk, state: unknown): Draft {
  if (state === 0) return pair(desk, "lead", desk.random.chance(0.5) ? 0 : DISQUALIFIED);
  return state === DISQUALIFIED ? pair(desk, "lead", 0) : {};
}

/** Won with its amount, lost, or on hold. */
function closing(desk: Desk, { record }: Open): Draft {
  const { random, now } = desk;
  if (random.chance(0.3)) return pair(desk, "opportunity", 0);
  const won = random.chance(0.6);
  return {
    ...pair(desk, "opportunity", won ? 1 : 2),
    closeprobability: won ? 100 : 0,
    actualvalue: won ? textOf(record, "estimatedvalue") || "0.0000" : "0.0000",
    actualclosedate: day(now),
  };
}

/** A state with one of its reasons. */
function pair({ random, shapes }: Desk, entity: string, state: number): Draft {
  return { statecode: state, statuscode: shapes.get(entity)?.status(random, state) ?? null };
}

const SHARED = (
  "salutation firstname middlename lastname jobtitle emailaddress1 telephone1 mobilephone fax address1_line1 " +
  "address1_line2 address1_city address1_stateorprovince address1_postalcode address1_country donotemail " +
  "donotbulkemail donotphone donotfax donotpostalmail donotsendmm new_synctomkto"
).split(" ");

/** Qualifies an open lead: an account where a firm is named, a contact with its values, most often a deal. */
const qualify: Act = (desk) => {
  const lead = open(desk, "lead");
  if (lead === undefined || (lead.record["statecode"] ?? 0) !== 0) return [];
  const origin = { originatingleadid: { entity: "lead", id: lead.id } };
  const firmName = textOf(lead.record, "companyname");
  const account = firmName === "" ? undefined : creation(desk, "account", { name: firmName, ...origin });
  const shared = Object.fromEntries(SHARED.map((name) => [name, lead.record[name] ?? null]));
  const employer = account === undefined ? null : { entity: "account", id: account.id };
  const contact = creation(desk, "contact", { ...shared, parentcustomerid: employer, ...origin });
  const person = { entity: "contact", id: contact.id };
  const changes = { ...pair(desk, "lead", 1), parentcontactid: person, parentaccountid: employer };
  const partners = { parentcontactid: person, parentaccountid: employer, ...origin };
  const made = desk.random.chance(0.7)
    ? [
        creation(desk, "opportunity", {
          ...deal(desk, firmName || "private", employer ?? person),
          ...partners,
        }),
      ]
    : [];
  const qualified = operation(desk, "update", { ...lead, record: changes });
  return [...(account === undefined ? [] : [account]), contact, ...made, qualified];
};

/** Deletes a record; never an account, which would take its contacts along. */
const remove: Act = (desk) => {
  const target = open(
    desk,
    desk.random.pick(["lead", "lead", "contact", "new_productinterest", "opportunity"]),
  );
  return target === undefined ? [] : [operation(desk, "delete", { ...target, record: {} })];
};

function creation(desk: Desk, entity: string, draft: Draft): Operation {
  const id = desk.random.guid();
  const key = desk.shapes.get(entity)?.primaryId ?? `${entity}id`;
  const owned = desk.by === undefined ? {} : { ownerid: { entity: "systemuser", id: desk.by } };
  return operation(desk, "create", { entity, id, record: { [key]: id, ...draft, ...owned } });
}

/** How often sellers do what: mostly they edit, seldom they delete. */
export const ACTS: readonly (readonly [weight: number, act: Act])[] = [
  [62, edit],
  [8, enterLead],
  [4, enterContact],
  [1, enterAccount],
  [2, openDeal],
  [8, assign],
  [9, changeState],
  [4, qualify],
  [2, remove],
];
