import { afterEach, beforeEach, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

/** Accounts are companies of marketing, one way, and shown on all their people. */

let scene: Scene;
let company: string;
let people: readonly string[];

beforeEach(async () => {
  scene = await openScene({ records: 200 });
  const { store } = scene.emulator;
  company = store.create("account", { name: "Northwind", websiteurl: "https://northwind.example" });
  people = ["Ann", "Bob", "Cat"].map((firstname) =>
    store.create("contact", {
      firstname,
      lastname: "Lee",
      parentcustomerid: { entity: "account", id: company },
    }),
  );
  await scene.sync();
});

afterEach(() => scene.close());

interface Shown {
  readonly company_name: string | null;
  readonly company_website: string | null;
}

async function onPeople(): Promise<readonly Shown[]> {
  const { rows } = await scene.sql.query<Shown>(
    "select company_name, company_website from marketing.people_view where crm_id = any($1)",
    [people],
  );
  expect(rows).toHaveLength(people.length);
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}

test("every account comes, also one without people, and its values are shown on all its people", async () => {
  const { store } = scene.emulator;
  const alone = store.create("account", { name: "Nobody Ltd" });
  await scene.sync();
  const { rows } = await scene.sql.query<{ crm_id: string }>(
    "select crm_id from marketing.companies where not crm_deleted order by crm_id",
  );
  expect(rows.map(({ crm_id }) => crm_id)).toEqual(store.ids("account").toSorted());
  expect(rows.map(({ crm_id }) => crm_id)).toContain(alone);
  expect(await onPeople()).toEqual([
    { company_name: "Northwind", company_website: "https://northwind.example" },
  ]);
  store.update("account", company, { name: "Northwind AG", websiteurl: null });
  await scene.sync();
  expect(await onPeople()).toEqual([{ company_name: "Northwind AG", company_website: null }]);
});

test("the company of a contact follows when the contact changes it, and a lead's own stays", async () => {
  const { store } = scene.emulator;
  const other = store.create("account", { name: "Contoso" });
  store.update("contact", people[0] ?? "", { parentcustomerid: { entity: "account", id: other } });
  store.update("contact", people[1] ?? "", { parentcustomerid: null });
  const lead = store.create("lead", { lastname: "Ray", subject: "x", companyname: "Typed Inc." });
  await scene.sync();
  const { rows } = await scene.sql.query<Shown & { readonly crm_id: string }>(
    "select crm_id, company_name from marketing.people_view where crm_id = any($1)",
    [[...people, lead]],
  );
  const names = new Map(rows.map(({ crm_id, company_name }) => [crm_id, company_name]));
  expect([...people, lead].map((id) => names.get(id))).toEqual(["Contoso", null, "Northwind", "Typed Inc."]);
});

test("what marketing edits of a company, adds or deletes stays here, and the next change overwrites the edit", async () => {
  const { store } = scene.emulator;
  const before = store.get("account", company);
  const accounts = store.count("account");
  await scene.sql.query("update marketing.companies set name = 'Mine', website = 'mine' where crm_id = $1", [
    company,
  ]);
  await scene.sql.query("insert into marketing.companies (name) values ('Of marketing alone')");
  await scene.sync();
  expect(store.get("account", company)).toEqual(before);
  expect(store.count("account")).toBe(accounts);
  expect((await scene.sql.query("select from marketing_sync.pending_changes")).rowCount).toBe(0);
  expect(await onPeople()).toEqual([{ company_name: "Mine", company_website: "mine" }]);

  store.update("account", company, { telephone1: "1" });
  await scene.sync();
  expect(await onPeople()).toEqual([
    { company_name: "Northwind", company_website: "https://northwind.example" },
  ]);
  await scene.sql.query("delete from marketing.companies where crm_id = $1", [company]);
  await scene.sync();
  expect(store.get("account", company)).toBeDefined();
});

test("a change of an account is told once, in the history of each of its people, however many they are", async () => {
  scene.emulator.store.update("account", company, { name: "Northwind AG" });
  await scene.sync();
  const told = await scene.sql.query<{ table_name: string; changes: unknown }>(
    "select table_name, changes from marketing.activities where kind = 'changed' and crm_id = $1",
    [company],
  );
  expect(told.rows).toMatchObject([
    { table_name: "companies", changes: { name: { from: "Northwind", to: "Northwind AG" } } },
  ]);
  const { rows } = await scene.sql.query<{ crm_id: string; name: unknown }>(
    `select p.crm_id, h.changes -> 'name' ->> 'to' as name
       from marketing.people p cross join lateral marketing.history(p.id) h
      where p.crm_id = any($1) and h.kind = 'changed' order by p.crm_id`,
    [people],
  );
  expect(rows).toEqual(people.toSorted().map((crm_id) => ({ crm_id, name: "Northwind AG" })));
});
