/** What comes from Dynamics only: companies, opportunities, users, and what Dynamics alone decides of a person. */
import { expect, test } from "vitest";
import { attribute, entity, guid } from "../support/entity.ts";
import { edit, pendingChanges } from "./edits.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const ACCOUNT = entity("account", [
  attribute("name", "String"),
  attribute("industrycode", "Picklist", { choices: [{ value: 1, label: "Consulting" }] }),
]);

const CONTACT = entity("contact", [
  attribute("lastname", "String"),
  attribute("parentcustomerid", "Customer", { targets: ["account", "contact"] }),
  attribute("createdon", "DateTime", { dateBehavior: "UserLocal" }),
]);

const OPPORTUNITY = entity("opportunity", [attribute("name", "String")]);
const USER = entity("systemuser", [attribute("fullname", "String")]);
const TEAM = entity("team", [attribute("name", "String")]);

async function firm(): Promise<World> {
  const world = await openWorld(USER, TEAM, ACCOUNT, CONTACT, OPPORTUNITY);
  world.source.put("account", 1, { name: "Ours", industrycode: 1 });
  world.source.put("account", 2, { name: "Without anybody" });
  for (const id of [11, 12]) {
    world.source.put("contact", id, {
      lastname: `P${id}`,
      _parentcustomerid_value: guid(1),
      "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
      createdon: "2020-01-01T00:00:00Z",
    });
  }
  await world.cycle();
  await world.cycle();
  return world;
}

test("an account without a contact arrives", async () => {
  const world = await firm();
  expect(await world.table("companies")).toMatchObject([{ name: "Ours" }, { name: "Without anybody" }]);
});

test("an account's values are there for each of its people", async () => {
  const world = await firm();
  const people = await world.rows(
    `select p.last_name, c.name, c.industry
       from marketing.people p join marketing.companies c on c.crm_id = p.company_crm_id order by p.crm_id`,
  );
  expect(people).toEqual([
    { last_name: "P11", name: "Ours", industry: "Consulting" },
    { last_name: "P12", name: "Ours", industry: "Consulting" },
  ]);
});

test("an edit of an account stays in marketing, until the account changes in Dynamics", async () => {
  const world = await firm();
  await world.rows("update marketing.companies set name = 'Edited' where crm_id = $1", [guid(1)]);
  await world.cycle();
  expect(world.sink.asked).toEqual([]);
  expect(await world.table("companies")).toMatchObject([{ name: "Edited" }, {}]);
  world.source.put("account", 1, { name: "Theirs" });
  await world.cycle();
  expect(await world.table("companies")).toMatchObject([{ name: "Theirs" }, {}]);
  expect(world.sink.asked).toEqual([]);
});

test("nothing but people is ever made in Dynamics", async () => {
  const world = await firm();
  await world.rows(
    `with c as (insert into marketing.companies (name) values ('New')),
          u as (insert into marketing.users (full_name) values ('New')),
          t as (insert into marketing.teams (name) values ('New'))
     insert into marketing.opportunities (name) values ('New')`,
  );
  await world.rows("insert into marketing.people (last_name) values ('Not asked for')");
  await world.cycle();
  await world.cycle();
  expect(world.sink.asked).toEqual([]);
  expect(world.source.records("account").size).toBe(2);
});

test("what Dynamics alone decides of a person is not pushed", async () => {
  const world = await firm();
  await edit(world, 11, { crm_created_at: "2021-01-01T00:00:00Z", company_crm_id: guid(2) });
  expect(await pendingChanges(world)).toEqual([]);
  await world.cycle();
  expect(world.sink.asked).toEqual([]);
});
