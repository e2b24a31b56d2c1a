import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { text } from "../../emulators/dataverse/demo/definitions.ts";
import { App } from "../../src/app/tandem.ts";
import { readSettings } from "../../src/config/settings.ts";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

/** Who has which part in an opportunity, as marketing sees it, against the real connector. */

let scene: Scene;
let company: string;
let ann: string;
let bob: string;

beforeEach(async () => {
  scene = await openScene({ records: 200 });
  const { store } = scene.emulator;
  company = store.create("account", { name: "Northwind" });
  ann = store.create("contact", {
    firstname: "Ann",
    lastname: "Lee",
    parentcustomerid: { entity: "account", id: company },
  });
  bob = store.create("contact", { firstname: "Bob", lastname: "Ray" });
});

afterEach(() => scene.close());

const contact = (id: string) => ({ entity: "contact", id });
const account = (id: string) => ({ entity: "account", id });

function deal(values: Parameters<Scene["emulator"]["store"]["create"]>[1]): string {
  return scene.emulator.store.create("opportunity", { name: "Pumps", ...values });
}

/** `source: person @ company (role)`, in order. */
async function roles(opportunity: string): Promise<readonly string[]> {
  const { rows } = await scene.sql.query<Record<string, string | null>>(
    `select r.source, p.first_name, c.name, r.role, r.person_crm_id, p.crm_id
       from marketing.opportunity_roles r
       left join marketing.people p on p.id = r.person_id
       left join marketing.companies c on c.id = r.company_id
      where r.opportunity_crm_id = $1`,
    [opportunity],
  );
  expect(rows.filter(({ person_crm_id, crm_id }) => person_crm_id !== crm_id)).toEqual([]);
  return rows
    .map((row) => {
      const of = row["name"] === null ? "" : ` @ ${row["name"] ?? ""}`;
      const role = row["role"] === null ? "" : ` (${row["role"] ?? ""})`;
      return `${row["source"] ?? ""}: ${row["first_name"] ?? "-"}${of}${role}`;
    })
    .toSorted();
}

async function shown(opportunity: string): Promise<Record<string, unknown>> {
  const { rows } = await scene.sql.query<Record<string, unknown>>(
    "select * from marketing.opportunities_view where crm_id = $1",
    [opportunity],
  );
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
}

describe("the potential customer", () => {
  test("who is a contact has a role, and the company is that of the contact", async () => {
    const [withCompany, without] = [deal({ customerid: contact(ann) }), deal({ customerid: contact(bob) })];
    await scene.sync();
    expect(await roles(withCompany)).toEqual(["customer: Ann @ Northwind"]);
    expect(await shown(withCompany)).toMatchObject({ company_name: "Northwind", customer_name: "Ann Lee" });
    expect(await roles(without)).toEqual(["customer: Bob"]);
    expect(await shown(without)).toMatchObject({ company_name: null, customer_name: "Bob Ray" });
  });

  test("that is an account is the company, and nobody has a role", async () => {
    const id = deal({ customerid: account(company) });
    await scene.sync();
    expect(await roles(id)).toEqual(["customer: - @ Northwind"]);
    expect(await shown(id)).toMatchObject({ company_name: "Northwind", customer_name: "Northwind" });
  });

  test("beside a primary contact and company is as Dynamics has stored it", async () => {
    const id = deal({
      customerid: account(company),
      parentcontactid: contact(bob),
      parentaccountid: account(company),
    });
    await scene.sync();
    expect(await roles(id)).toEqual([
      "customer: - @ Northwind",
      "primary-company: - @ Northwind",
      "primary-contact: Bob",
    ]);
    expect(await shown(id)).toMatchObject({ company_name: "Northwind", primary_contact_name: "Bob Ray" });
    scene.emulator.store.update("opportunity", id, { parentcontactid: contact(ann), parentaccountid: null });
    await scene.sync();
    expect(await roles(id)).toEqual(["customer: - @ Northwind", "primary-contact: Ann @ Northwind"]);
  });
});

describe("a stakeholder", () => {
  const connectionRole = (name: string) => scene.emulator.store.create("connectionrole", { name });

  function connect(from: { entity: string; id: string }, to: { entity: string; id: string }, role: string) {
    return scene.emulator.store.create("connection", {
      record1id: from,
      record2id: to,
      record2roleid: { entity: "connectionrole", id: role },
    });
  }

  test("has one role with its name, although Dynamics keeps a connection twice", async () => {
    const id = deal({ customerid: account(company) });
    const [champion, payer] = [connectionRole("Champion"), connectionRole("Payer")];
    const opportunity = { entity: "opportunity", id };
    connect(opportunity, contact(ann), champion);
    connect(opportunity, contact(bob), champion);
    connect(opportunity, contact(bob), payer);
    connect(opportunity, account(company), payer);
    await scene.sync();
    expect(scene.emulator.store.count("connection")).toBe(8);
    expect(await roles(id)).toEqual([
      "connection: - @ Northwind (Payer)",
      "connection: Ann @ Northwind (Champion)",
      "connection: Bob (Champion)",
      "connection: Bob (Payer)",
      "customer: - @ Northwind",
    ]);
  });

  test("who was connected from the contact's side is the same", async () => {
    const id = deal({});
    const owner = connectionRole("Champion");
    scene.emulator.store.create("connection", {
      record1id: contact(ann),
      record1roleid: { entity: "connectionrole", id: owner },
      record2id: { entity: "opportunity", id },
    });
    await scene.sync();
    expect(await roles(id)).toEqual(["connection: Ann @ Northwind (Champion)"]);
  });

  test("of whom only the contact's end is there has the role all the same, once", async () => {
    const id = deal({});
    const common = {
      relatedconnectionid: { entity: "connection", id: "00000000-0000-4000-8000-0000000000c1" },
    };
    scene.emulator.store.insertMany("connection", [
      { ...common, record1id: contact(ann), record2id: { entity: "opportunity", id } },
    ]);
    await scene.sync();
    expect(await roles(id)).toEqual(["connection: Ann @ Northwind"]);
  });

  test("who is a lead has a role as well", async () => {
    const id = deal({});
    const lead = scene.emulator.store.create("lead", { firstname: "Cat", lastname: "Moss", subject: "x" });
    connect({ entity: "opportunity", id }, { entity: "lead", id: lead }, connectionRole("Champion"));
    await scene.sync();
    expect(await roles(id)).toEqual(["connection: Cat (Champion)"]);
  });

  test("who was connected as a lead keeps the role as the contact that the lead became", async () => {
    const { store } = scene.emulator;
    const id = deal({});
    const lead = store.create("lead", { firstname: "Cat", lastname: "Moss", subject: "x" });
    connect({ entity: "opportunity", id }, { entity: "lead", id: lead }, connectionRole("Champion"));
    await scene.sync();
    const { rows } = await scene.sql.query<{ id: string }>(
      "select id from marketing.people where crm_id = $1",
      [lead],
    );
    const born = store.create("contact", {
      firstname: "Cat",
      lastname: "Moss",
      originatingleadid: { entity: "lead", id: lead },
    });
    store.update("lead", lead, { statecode: 1, parentcontactid: contact(born) });
    await scene.sync();
    expect(await roles(id)).toEqual(["connection: Cat (Champion)"]);
    const found = await scene.sql.query(
      "select person_crm_id from marketing.opportunity_roles where person_id = $1",
      [rows[0]?.id],
    );
    expect(found.rows).toEqual([{ person_crm_id: born }]);
  });

  test("is followed through changes of the role, its name, its end and its delete", async () => {
    const { store } = scene.emulator;
    const id = deal({});
    const champion = connectionRole("Champion");
    const opportunity = { entity: "opportunity", id };
    const [first, second] = [
      connect(opportunity, contact(ann), champion),
      connect(opportunity, contact(bob), champion),
    ];
    await scene.sync();
    const payer = connectionRole("Payer");
    store.update("connection", first, { record2roleid: { entity: "connectionrole", id: payer } });
    store.update("connectionrole", champion, { name: "Sponsor" });
    await scene.sync();
    expect(await roles(id)).toEqual(["connection: Ann @ Northwind (Payer)", "connection: Bob (Sponsor)"]);
    store.update("connection", second, { statecode: 1 });
    await scene.sync();
    expect(await roles(id)).toEqual(["connection: Ann @ Northwind (Payer)"]);
    store.remove("connection", first);
    store.update("connection", second, { statecode: 0 });
    await scene.sync();
    expect(await roles(id)).toEqual(["connection: Bob (Sponsor)"]);
    store.remove("opportunity", id);
    await scene.sync();
    expect(await roles(id)).toEqual([]);
  });

  test("who may not be read is a trouble of connections alone", async () => {
    const id = deal({ customerid: contact(ann) });
    connect({ entity: "opportunity", id }, contact(bob), connectionRole("Champion"));
    const { access, organization } = scene.emulator;
    const { applicationUser } = organization.standard;
    access.set(applicationUser, "connection", "Read", "none");
    expect(await scene.sync()).toMatchObject({ complete: false });
    const { connections } = await scene.status();
    const troubled = connections[0]?.entities.filter(({ trouble }) => trouble !== null);
    expect(troubled).toMatchObject([{ entity: "connection", trouble: { code: "permission_missing" } }]);
    expect(await roles(id)).toEqual(["customer: Ann @ Northwind"]);
    access.set(applicationUser, "connection", "Read", "global");
    expect(await scene.sync()).toMatchObject({ complete: true });
    expect(await roles(id)).toEqual(["connection: Bob (Champion)", "customer: Ann @ Northwind"]);
  });
});

test("an opportunity keeps its amounts with their currency, and says whether it is open, won or lost", async () => {
  const { store } = scene.emulator;
  const [open, won, lost] = [1, 2, 3].map(() =>
    deal({ customerid: contact(ann), estimatedvalue: "1234.5", isrevenuesystemcalculated: false }),
  );
  await scene.sync();
  store.update("opportunity", won ?? "", {
    statecode: 1,
    statuscode: 3,
    actualvalue: "1200",
    actualclosedate: "2026-11-01",
  });
  store.update("opportunity", lost ?? "", { statecode: 2, statuscode: 4 });
  await scene.sync();
  expect(await shown(open ?? "")).toMatchObject({
    outcome: "open",
    estimated_value: "1234.5000",
    currency: "USD",
  });
  expect(await shown(won ?? "")).toMatchObject({ outcome: "won", actual_value: "1200.0000", stage: "Won" });
  expect(await shown(lost ?? "")).toMatchObject({ outcome: "lost", stage: "Lost" });
  const options = ["Offen", "Gewonnen", "Verloren"].map((label, value) => ({ value, label }));
  scene.emulator.schema.relabel("opportunity", "statecode", { options });
  await scene.restart();
  await scene.sync();
  expect(await shown(won ?? "")).toMatchObject({ outcome: "won", stage: "Gewonnen" });
});

test("who has a part in an opportunity is one join away, from either side, by an index", async () => {
  const id = deal({ customerid: contact(ann), parentcontactid: contact(bob) });
  await scene.sync();
  const { rows } = await scene.sql.query(
    `select p.last_name, r.source from marketing.opportunities o
       join marketing.opportunity_roles r on r.opportunity_id = o.id
       join marketing.people p on p.id = r.person_id
      where o.crm_id = $1 order by 1`,
    [id],
  );
  expect(rows).toEqual([
    { last_name: "Lee", source: "customer" },
    { last_name: "Ray", source: "primary-contact" },
  ]);
  await scene.sql.query("set enable_seqscan = off");
  for (const side of ["opportunity_id", "person_id", "company_id"]) {
    const plan = await scene.sql.query<{ "QUERY PLAN": string }>(
      `explain select * from marketing.opportunity_roles where ${side} = 1`,
    );
    const steps = plan.rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect.soft(steps, side).not.toMatch(/Seq Scan|Function Scan/);
  }
});

test("custom fields of an opportunity can be switched on, and are in its view", async () => {
  const { schema, store } = scene.emulator;
  schema.addAttribute("opportunity", text("new_Region", "Region", 100));
  const id = deal({ new_region: "North" });
  await scene.sync();
  const { rows } = await scene.sql.query<{ name: string }>(
    "select column_name as name from marketing_sync.fields where attribute = 'new_region' and not enabled",
  );
  expect(rows).toEqual([{ name: "new_region" }]);
  const settings = readSettings({ TANDEM_DATABASE_URL: scene.databaseUrl, TANDEM_LOG: "silent" });
  const switches = { entity: "opportunity", on: ["new_region"], off: [] };
  await new App("test", () => settings).fields(switches, new AbortController().signal);
  await scene.sync();
  expect(await shown(id)).toMatchObject({ new_region: "North" });
  store.update("opportunity", id, { new_region: "South" });
  await scene.sync();
  expect(await shown(id)).toMatchObject({ new_region: "South" });
});
