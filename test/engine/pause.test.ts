import { expect, test } from "vitest";
import { pause, resume } from "../../src/store/pauses.ts";
import type { World } from "./world.ts";
import { CONTACT, LEAD, ORDER, openWorld } from "./world.ts";

/** Orders and contacts, three pages each. */
async function filled(): Promise<World> {
  const world = await openWorld(ORDER, CONTACT, LEAD);
  for (let id = 1; id <= 6; id += 1) {
    world.source.put("new_order", id, { new_name: `N${id}`, new_count: id });
    world.source.put("contact", id, { firstname: `F${id}` });
  }
  return world;
}

function pagesOf(world: World, entity: string): number {
  return world.source.reads.filter((read) => read.entity === entity).length;
}

function place(world: World, ...entities: readonly string[]) {
  return { connectionId: world.lease.connectionId, entities };
}

test("a cycle under way takes no further turn of an entity that is paused; the others are read to their end", async () => {
  const world = await filled();
  const { pool } = world.database;
  world.source.before = async ({ entity, number }) => {
    if (entity === "new_order" && number > 0) return;
    if (entity === "new_order") await pause(pool, place(world, "new_order"), "ada");
  };
  const report = await world.cycle();
  expect(report).toMatchObject({ outcome: "done", troubles: [] });
  expect(pagesOf(world, "new_order")).toBe(1);
  expect(pagesOf(world, "contact")).toBe(3);
  expect(await world.table("custom_new_order")).toHaveLength(2);
  expect(await world.entityStatus("new_order")).toMatchObject({ state: "paused", paused: { by: "ada" } });

  await resume(pool, place(world, "new_order"));
  await world.cycle();
  expect(await world.table("custom_new_order")).toHaveLength(6);
  expect(pagesOf(world, "new_order")).toBe(3);
});

test("a cycle under way ends when its connection is paused, and goes on where it stood", async () => {
  const world = await filled();
  const { pool } = world.database;
  world.source.before = async ({ entity }) => {
    if (entity === "contact") await pause(pool, place(world), "ada");
  };
  await expect(world.cycle()).rejects.toMatchObject({ code: "paused" });
  expect(await world.status()).toMatchObject({
    state: "paused",
    paused: { by: "ada" },
    trouble: null,
    nextCycleAt: null,
    lastCycle: { outcome: "stopped" },
  });
  expect(pagesOf(world, "contact")).toBe(1);

  world.source.before = () => undefined;
  await resume(pool, place(world));
  await world.cycle();
  expect(await world.table("people")).toHaveLength(6);
  expect(pagesOf(world, "contact")).toBe(3);
});

test("edits of a paused entity wait, and are captured; the others travel", async () => {
  const world = await filled();
  const { pool } = world.database;
  world.source.put("lead", 11, { firstname: "L" });
  await world.cycle();
  await pause(pool, place(world, "contact"), "ada");
  await world.rows("update marketing.people set first_name = 'Edited'");
  await world.cycle();
  expect(world.sink.writes.map(({ id }) => id)).toEqual([world.source.records("lead").keys().next().value]);
  expect(await world.entityStatus("contact")).toMatchObject({ pending: { waiting: 6 } });

  await resume(pool, place(world, "contact"));
  await world.cycle();
  expect(await world.entityStatus("contact")).toMatchObject({ pending: { waiting: 0 } });
  expect(world.sink.writes).toHaveLength(7);
});

test("nobody is made while leads or contacts rest, and the request is kept", async () => {
  const world = await openWorld(CONTACT, LEAD);
  const { pool } = world.database;
  await world.cycle();
  await pause(pool, place(world, "lead"), "ada");
  await world.rows("insert into marketing.people (first_name) values ('New')");
  await world.rows("select marketing.sync_person(id, 'lead') from marketing.people");
  await world.cycle();
  expect(await world.rows("select state from sync_requests")).toEqual([{ state: "queued" }]);
});

test("that the newest record of a paused entity is gone is no sign of a restore: its feed was not read", async () => {
  const world = await filled();
  await world.cycle();
  await pause(world.database.pool, place(world, "contact"), "ada");
  world.source.remove("contact", 6);
  world.source.remove("contact", 5);
  await world.cycle({ checkHistory: true });
  expect(await world.stored("contact")).toMatchObject({ compare: null });
});

test("who paused first stays, and a name that is not known pauses nothing", async () => {
  const world = await filled();
  const { pool } = world.database;
  await world.cycle();
  await pause(pool, place(world, "contact"), "ada");
  await pause(pool, place(world, "contact"), "bob");
  expect(await world.entityStatus("contact")).toMatchObject({ paused: { by: "ada" } });
  const strange = pause(pool, place(world, "lead", "leed"), "ada");
  await expect(strange).rejects.toThrow("There is no entity leed here. Entities: new_order, contact, lead.");
  expect(await world.entityStatus("lead")).toMatchObject({ paused: null });
});
