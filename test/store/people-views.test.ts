import { expect, test } from "vitest";
import type { Attribute } from "../../src/core/organization.ts";
import { switchFields } from "../../src/store/fields.ts";
import type { World } from "../engine/world.ts";
import { openWorld } from "../engine/world.ts";
import { attribute, entity, guid } from "../support/entity.ts";

/** The views that lead from rows to people: exact, quick for one row, and in nobody's way. */

function refersTo(name: string, ...targets: readonly string[]): Attribute {
  return attribute(name, "Lookup", { targets });
}

const CONTACT = entity("contact", [attribute("lastname", "String"), refersTo("new_seatid", "new_seat")]);
const SEAT = entity("new_seat", [attribute("new_name", "String"), refersTo("new_tableid", "new_table")]);
const TABLE = entity("new_table", [attribute("new_name", "String"), refersTo("new_hostid", "contact")]);

/** Two contacts on two seats of one table that the first of them hosts. */
async function seated(): Promise<World> {
  const world = await openWorld(CONTACT, SEAT, TABLE);
  const { source } = world;
  source.put("new_table", 30, { new_name: "Round", _new_hostid_value: guid(1) });
  for (const at of [1, 2]) {
    source.put("new_seat", 20 + at, { new_name: `Seat ${at}`, _new_tableid_value: guid(30) });
    source.put("contact", at, { lastname: `Guest ${at}`, _new_seatid_value: guid(20 + at) });
  }
  await world.cycle();
  await switchOn(world, "new_seatid");
  return world;
}

async function switchOn(world: World, name: string): Promise<void> {
  await world.tables.prepare("people", [{ name: "new_seat_crm_id", type: "uuid" }]);
  await world.rows("update fields set enabled = true, unfilled = true where attribute = $1", [name]);
  await world.rows("update entities set backfill = true where name = 'contact'");
  world.restart();
  await world.cycle();
  await world.cycle();
}

const peopleOf = (world: World, table: string): Promise<object[]> =>
  world.rows(
    `select p.last_name, v.path, v.steps from marketing.${table}_people v
       join marketing.people p on p.id = v.person_id order by v.steps, p.last_name`,
  );

test("each row, person and path is there once, in both directions of a lookup", async () => {
  const world = await seated();
  const direct = "contact ← new_table [new_hostid]";
  const along = "contact → new_seat [new_seatid] → new_table [new_tableid]";
  expect(await peopleOf(world, "custom_new_table")).toEqual([
    { last_name: "Guest 1", path: direct, steps: 1 },
    { last_name: "Guest 1", path: along, steps: 2 },
    { last_name: "Guest 2", path: along, steps: 2 },
  ]);
});

test("what Dynamics deleted leads nowhere", async () => {
  const world = await seated();
  world.source.remove("new_seat", 22);
  await world.cycle();
  expect(await peopleOf(world, "custom_new_seat")).not.toContainEqual(
    expect.objectContaining({ last_name: "Guest 2", steps: 1 }),
  );
  world.source.remove("new_table", 30);
  await world.cycle();
  expect(await peopleOf(world, "custom_new_table")).toEqual([]);
});

test("the planner looks into the view: asking for one path reads only what lies on it", async () => {
  const world = await seated();
  const plan = await world.rows<{ "QUERY PLAN": string }>(
    `explain select * from marketing.custom_new_table_people where path = 'contact ← new_table [new_hostid]'`,
  );
  const text = plan.map((line) => line["QUERY PLAN"]).join("\n");
  expect(text).toContain("custom_new_table");
  expect(text).not.toContain("custom_new_seat");
  expect(text).not.toContain("Function Scan");
});

test("columns and tables that lead to people can be dropped, and are made anew", async () => {
  const world = await seated();
  await world.rows("alter table marketing.custom_new_table drop column new_host_crm_id");
  await world.rows("drop table marketing.custom_new_seat");
  world.restart();
  await world.cycle();
  await world.cycle();
  expect(await peopleOf(world, "custom_new_table")).toContainEqual(expect.objectContaining({ steps: 1 }));
});

test.each([
  "create table %s (mine text)",
  "create view %s as select 1 as mine",
  "create domain %s as text",
  "create type %s as enum ('mine')",
])("what people have made under a view's name keeps it: %s", async (make) => {
  const world = await seated();
  const lease = await world.store.claim(world.lease.connectionId);
  await world.rows("drop view marketing.custom_new_seat_people");
  await world.rows(make.replace("%s", "marketing.custom_new_seat_people"));
  expect(await world.store.leadToPeople(lease)).toMatchObject([{ view: "custom_new_seat_people" }]);
  const ours = await world.rows(
    "select from pg_attribute where attrelid = to_regclass('marketing.custom_new_seat_people') and attname = 'path'",
  );
  expect(ours).toEqual([]);
});

test("a second look makes nothing anew", async () => {
  const world = await seated();
  const made = (): Promise<object[]> =>
    world.rows("select proname, xmin::text from pg_proc where proname like 'custom_%' order by 1");
  const before = await made();
  expect(before).toHaveLength(2);
  const lease = await world.store.claim(world.lease.connectionId);
  expect(await world.store.leadToPeople(lease)).toEqual([]);
  expect(await made()).toEqual(before);
});

test("a lookup that is switched off leads nowhere from the next cycle on, and back when it is on again", async () => {
  const world = await seated();
  const steps = async (): Promise<unknown[]> =>
    (await world.rows<{ steps: number }>("select distinct steps from marketing.custom_new_table_people")).map(
      (row) => row.steps,
    );
  expect((await steps()).length).toBe(2);
  await switchFields(world.database.pool, { entity: "new_seat", on: [], off: ["new_tableid"] });
  await world.cycle();
  expect(await steps()).toEqual([1]);
  await switchFields(world.database.pool, { entity: "new_seat", on: ["new_tableid"], off: [] });
  await world.cycle();
  expect((await steps()).length).toBe(2);
});
