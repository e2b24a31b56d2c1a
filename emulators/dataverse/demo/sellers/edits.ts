import type { WireRecord } from "../../record.ts";
import { amount, hundredths } from "../amounts.ts";
import { latin } from "../culture.ts";
import { CULTURES } from "../cultures/all.ts";
import { address } from "../identity.ts";
import { DAY, day, instant } from "../moments.ts";
import { topic } from "../notes.ts";
import { jobTitle } from "../person.ts";
import type { Draft } from "../shape.ts";
import { DEPARTMENTS, MAILBOXES, REMARKS } from "../words.ts";
import { textOf } from "./operation.ts";
import type { Desk, Open } from "./operation.ts";

/** Changes one thing about a record, as a person at a form does. An empty draft when it does not fit the record. */
export type Edit = (desk: Desk, target: Open) => Draft;

type Weighted = readonly (readonly [weight: number, edit: Edit])[];

/** An edit of an entity, chosen by how often people make it; undefined for entities that sellers do not edit. */
export function editOf(desk: Desk, entity: string): Edit | undefined {
  const edits = EDITS[entity];
  return edits === undefined ? undefined : desk.random.weighted(edits);
}

const phone: Edit = ({ random }, { entity }) => {
  const culture = random.weighted(CULTURES);
  return entity === "account" || random.chance(0.5)
    ? { telephone1: random.pattern(random.pick(culture.phones)) }
    : { mobilephone: random.pattern(random.pick(culture.mobiles)) };
};

const job: Edit = ({ random }, { entity }) => {
  const department = entity === "contact" ? { department: random.pick(DEPARTMENTS) } : {};
  return { jobtitle: jobTitle(random), ...department };
};

const move: Edit = ({ random }) => {
  const culture = random.weighted(CULTURES);
  return address(random, culture, random.pick(culture.towns));
};

/** An address made from the name, at the host of the old one. */
const mail: Edit = ({ random }, { record }) => {
  const host = textOf(record, "emailaddress1").split("@")[1] ?? random.pick(MAILBOXES);
  const names = [textOf(record, "firstname"), textOf(record, "lastname")].map((name) =>
    latin(name).replaceAll(/[' -]/gu, ""),
  );
  const local = names.filter((name) => name !== "").join(".") || "person";
  return { emailaddress1: `${local.slice(0, 30)}${random.whole(1, 99)}@${host}` };
};

const remark = (column: string): Edit => {
  return ({ random, shapes }, { entity, record }) => {
    const longer = [textOf(record, column), random.pick(REMARKS)].filter((text) => text !== "").join("\n");
    const fits = longer.length <= (shapes.get(entity)?.maxLength(column) ?? 0);
    return { [column]: fits ? longer : random.pick(REMARKS) };
  };
};

const WISHES = ["donotemail", "donotbulkemail", "donotphone", "donotfax", "donotpostalmail", "donotsendmm"];

const wish: Edit = ({ random }, { record }) => {
  const name = random.pick(WISHES);
  return { [name]: record[name] !== true };
};

const OPTIONAL = [
  "fax",
  "middlename",
  "address1_line2",
  "telephone2",
  "salutation",
  "description",
  "jobtitle",
];

/** Empties a column; one that is filled, where there is any. */
const clear: Edit = ({ random }, { record }) => {
  const filled = OPTIONAL.filter((name) => textOf(record, name) !== "");
  return filled.length === 0 ? {} : { [random.pick(filled)]: null };
};

const rename: Edit = ({ random }) => ({ lastname: random.pick(random.weighted(CULTURES).families).text });

const excluded: Edit = ({ random }) => ({ new_synctomkto: random.chance(0.7) });

/** Moves a contact to another firm. */
const changeFirm: Edit = ({ random, live }) => {
  const id = live.pick("account", random.fraction());
  return id === undefined ? {} : { parentcustomerid: { entity: "account", id } };
};

const chooseOne = (...columns: readonly string[]): Edit => {
  return ({ random, shapes }, { entity }) => {
    const column = random.pick(columns);
    return { [column]: shapes.get(entity)?.choice(random, column) ?? null };
  };
};

const money = (column: string): Edit => {
  return ({ random }) => ({ [column]: amount(hundredths(random, 400, 900_000)) });
};

const staff: Edit = ({ random }) => ({ numberofemployees: random.whole(1, 20_000) });

const primary: Edit = ({ random, live }) => {
  const id = live.pick("contact", random.fraction());
  return id === undefined ? {} : { primarycontactid: { entity: "contact", id } };
};

const isOpen = (record: WireRecord): boolean => (record["statecode"] ?? 0) === 0;

/** Closed deals are left alone: the service refuses most changes of them. */
const whileOpen = (edit: Edit): Edit => {
  return (desk, target) => (isOpen(target.record) ? edit(desk, target) : {});
};

const STEPS = ["1-Qualify", "2-Develop", "3-Propose", "4-Close"];

const advance: Edit = ({ random }) => {
  const stage = random.whole(0, STEPS.length - 1);
  return { salesstage: stage, stepname: STEPS[stage] ?? null, closeprobability: 10 + stage * 25 };
};

const postpone: Edit = ({ random, now }) => ({ estimatedclosedate: day(now + random.whole(5, 200) * DAY) });

const bigNumber: Edit = ({ random }) => ({
  new_externalnumber: `${random.whole(10_000, 91_999)}${random.pattern("##############")}`,
});

const products: Edit = ({ random, shapes }, { entity }) => ({
  new_products: shapes.get(entity)?.choices(random, "new_products") ?? null,
});

const callLater: Edit = ({ random, now }) => ({ new_nextcallon: instant(now + random.whole(1, 30) * DAY) });

const EDITS: Readonly<Record<string, Weighted>> = {
  contact: [
    [20, phone],
    [14, job],
    [9, move],
    [14, mail],
    [14, remark("description")],
    [8, wish],
    [6, clear],
    [3, rename],
    [4, excluded],
    [5, changeFirm],
    [3, chooseOne("preferredcontactmethodcode", "accountrolecode")],
  ],
  lead: [
    [18, phone],
    [8, job],
    [7, move],
    [12, mail],
    [16, remark("description")],
    [8, wish],
    [5, clear],
    [2, rename],
    [4, excluded],
    [12, chooseOne("leadqualitycode", "leadsourcecode", "purchasetimeframe")],
    [4, ({ random }) => ({ subject: topic(random) })],
    [4, money("budgetamount")],
  ],
  account: [
    [25, phone],
    [20, move],
    [15, money("revenue")],
    [15, staff],
    [10, chooseOne("industrycode", "customertypecode")],
    [10, remark("description")],
    [5, primary],
  ],
  opportunity: [
    [35, whileOpen(money("estimatedvalue"))],
    [30, whileOpen(advance)],
    [20, whileOpen(postpone)],
    [15, whileOpen(remark("description"))],
  ],
  new_productinterest: [
    [25, money("new_budget")],
    [25, products],
    [20, callLater],
    [15, remark("new_remarks")],
    [15, bigNumber],
  ],
};
