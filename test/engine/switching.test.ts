import { expect, test } from "vitest";
import { SyncError } from "../../src/core/errors.ts";
import { switchEntities } from "../../src/store/entity-switches.ts";
import type { World } from "./world.ts";
import { CONTACT, LEAD, ORDER, openWorld } from "./world.ts";

/** Entities are switched while others are being read: nothing waits, and nothing that was read is read again. */

const BOTH = { entities: ["contact"] };

async function openedWorld(): Promise<World> {
  const world = await openWorld(CONTACT, LEAD, ORDER);
  for (let id = 1; id <= 9; id += 1) world.source.put("contact", id, { firstname: `No ${id}` });
  world.source.put("new_order", 1, { new_name: "First" });
  return world;
}

async function switched(world: World, on: readonly string[], off: readonly string[]): Promise<void> {
  await switchEntities(world.database.pool, { on, off });
  world.clock.now += world.settings.livePollMs;
}

test("an entity that is switched on in the middle of a long first read begins at once", async () => {
  const world = await openedWorld();
  world.source.before = async ({ number }) => {
    if (number === 2) await switched(world, ["new_order"], []);
  };
  const first = await world.cycle(BOTH);
  expect(first.outcome).toBe("stopped");
  expect(await world.entityStatus("contact")).toMatchObject({ state: "copying", read: 6 });

  expect((await world.cycle(BOTH)).outcome).toBe("done");
  expect(await world.table("custom_new_order")).toMatchObject([{ new_name: "First" }]);
  expect(await world.table("people")).toHaveLength(9);
  const places = world.source.reads.filter(({ entity }) => entity === "contact").map(({ from }) => from);
  expect(new Set(places).size).toBe(places.length);
});

test("an entity that is switched off in the middle of its first read stops with the page in hand", async () => {
  const world = await openedWorld();
  world.source.before = async ({ number }) => {
    if (number === 2) await switched(world, [], ["new_order"]);
  };
  for (let id = 2; id <= 9; id += 1) world.source.put("new_order", id, { new_name: `No ${id}` });
  const named = { entities: ["new_order", "contact"] };
  expect((await world.cycle(named)).outcome).toBe("stopped");
  const kept = (await world.table("custom_new_order")).length;
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(9);
  expect((await world.cycle(named)).outcome).toBe("done");
  expect(await world.table("custom_new_order")).toHaveLength(kept);
  expect((await world.status()).entities.map(({ entity }) => entity)).toEqual(["contact"]);

  await switched(world, ["new_order"], []);
  await world.cycle(named);
  expect(await world.table("custom_new_order")).toHaveLength(9);
});

test("a switch holds for a worker that starts later, whatever it was told to read", async () => {
  const world = await openedWorld();
  await world.cycle({ entities: ["contact", "new_order"] });
  await switched(world, [], ["new_order"]);
  world.restart();
  world.source.put("new_order", 2, { new_name: "Second" });
  await world.cycle({ entities: ["contact", "new_order"] });
  expect(await world.table("custom_new_order")).toHaveLength(1);
});

test("when the map cannot be read, everything else flows, and the list says why", async () => {
  const world = await openedWorld();
  world.source.mapFault = new SyncError("permission_missing", "The metadata may not be read.");
  expect((await world.cycle(BOTH)).outcome).toBe("done");
  expect(await world.rows("select trouble, read_at from entity_maps")).toEqual([
    { trouble: "The metadata may not be read.", read_at: null },
  ]);
});

test("an entity that is switched off while a compare pass is owed keeps what it knows of its records", async () => {
  const world = await openedWorld();
  const named = { entities: ["contact", "new_order"] };
  world.source.put("new_order", 2, { new_name: "Second" });
  await world.cycle(named);
  await world.store.beginCompare(
    await world.store.claim(world.lease.connectionId),
    await world.stored("new_order"),
  );
  await switched(world, [], ["new_order"]);
  await world.cycle(named);
  world.source.remove("new_order", 1);
  world.source.put("new_order", 2, { new_name: "Changed" });
  await switched(world, ["new_order"], []);
  expect((await world.cycle(named)).outcome).toBe("done");
  expect(await world.table("custom_new_order")).toMatchObject([
    { new_name: "First", crm_deleted: true },
    { new_name: "Changed", crm_deleted: false },
  ]);
  expect(await world.entityStatus("new_order")).toMatchObject({ parked: 0 });
});

test("an entity has its table, though the view of another would be called as it", async () => {
  const world = await openWorld(CONTACT, ORDER, { ...ORDER, name: "new_order_people" });
  world.source.put("new_order_people", 1, { new_name: "Ada" });
  await world.cycle({ entities: ["contact", "new_order"] });
  await switched(world, ["new_order", "new_order_people"], []);
  expect((await world.cycle(BOTH)).outcome).toBe("done");
  expect(await world.table("custom_new_order_people_entity")).toMatchObject([{ new_name: "Ada" }]);
  expect(await world.rows("select person_id from marketing.custom_new_order_people")).toEqual([]);
});

test("an entity whose table cannot be made, since a view has its name, is set aside alone", async () => {
  const world = await openedWorld();
  await world.rows("create view marketing.custom_new_order as select 1 as mine");
  await switched(world, ["new_order"], []);
  expect((await world.cycle(BOTH)).outcome).toBe("partial");
  expect(await world.table("people")).toHaveLength(9);
  expect(await world.entityStatus("new_order")).toMatchObject({ trouble: { code: "table_refused" } });
  await world.rows("drop view marketing.custom_new_order");
  expect((await world.cycle(BOTH)).outcome).toBe("done");
  expect(await world.table("custom_new_order")).toHaveLength(1);
});
