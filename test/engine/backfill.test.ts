import { expect, test } from "vitest";
import { SyncError } from "../../src/core/errors.ts";
import { switchFields } from "../../src/store/fields.ts";
import { guid } from "../support/entity.ts";
import type { World } from "./world.ts";
import { CONTACT, ORDER, openWorld } from "./world.ts";

/** Orders 1 to 6, copied while `new_count` was off, which is switched on now. */
async function switchedOn(): Promise<World> {
  const world = await openWorld(ORDER);
  await world.cycle();
  const { pool } = world.database;
  await switchFields(pool, { entity: "new_order", on: [], off: ["new_count"] });
  for (let id = 1; id <= 6; id += 1) world.source.put("new_order", id, { new_name: `N${id}`, new_count: id });
  await world.cycle();
  await switchFields(pool, { entity: "new_order", on: ["new_count"], off: [] });
  return world;
}

async function orders(world: World): Promise<unknown[]> {
  const rows = await world.table<{ new_name: string; new_count: number | null; crm_deleted: boolean }>(
    "custom_new_order",
  );
  return rows.map(({ new_name, new_count, crm_deleted }) => [
    new_name,
    new_count,
    ...(crm_deleted ? ["deleted"] : []),
  ]);
}

const FILLED = [1, 2, 3, 4, 5, 6].map((id) => [`N${id}`, id]);

test("a field that is switched on is filled for every record", async () => {
  const world = await switchedOn();
  expect((await orders(world))[0]).toEqual(["N1", null]);
  expect(await world.cycle()).toMatchObject({ outcome: "done", whole: true });
  expect(await orders(world)).toEqual(FILLED);
  await world.cycle();
  expect(await world.stored("new_order")).toMatchObject({
    backfill: false,
    refill: false,
    backfillPosition: null,
  });
  expect(await world.cycle()).toMatchObject({ whole: false, counts: { updated: 0, unchanged: 0 } });
});

test("what changes, comes and goes during a backfill arrives with the new field", async () => {
  const world = await switchedOn();
  world.source.before = ({ phase, from }) => {
    if (phase !== "snapshot" || from === null) return;
    world.source.before = () => undefined;
    world.source.put("new_order", 1, { new_count: 100 });
    world.source.put("new_order", 6, { new_count: 600 });
    world.source.put("new_order", 7, { new_name: "N7", new_count: 700 });
    world.source.remove("new_order", 5);
  };
  await world.cycle();
  await world.cycle();
  expect(await orders(world)).toEqual([
    ["N1", 100],
    ...FILLED.slice(1, 4),
    ["N5", null, "deleted"],
    ["N6", 600],
    ["N7", 700],
  ]);
});

test("changes that are read while the backfill goes on are read once more with the new field", async () => {
  const world = await switchedOn();
  let pages = 0;
  world.source.before = ({ phase }) => {
    // Time enough for the changes to be read again after every page of the backfill.
    world.clock.now += 2_000;
    if (phase === "snapshot") pages += 1;
    if (phase === "snapshot" && pages === 2) world.source.put("new_order", 1, { new_count: 100 });
    // Before the last page of the backfill, so that a look at the changes after it would find something.
    if (phase === "snapshot" && pages === 3) world.source.put("new_order", 2, { new_name: "M2" });
  };
  await world.cycle();
  world.source.before = () => undefined;
  await world.cycle();
  expect(await orders(world)).toEqual([["N1", 100], ["M2", 2], ...FILLED.slice(2)]);
});

test("a backfill goes on where it stood after a crash, and the feed before it as well", async () => {
  const world = await switchedOn();
  world.source.before = ({ phase, from }) => {
    if (phase === "snapshot" && from?.endsWith("|6") === true && from.includes("004|"))
      throw new Error("crashed");
  };
  await expect(world.cycle()).rejects.toThrow("crashed");
  const { backfillPosition } = await world.stored("new_order");
  expect(backfillPosition).toContain("004|");
  world.source.before = () => undefined;
  world.restart();
  const read = world.source.reads.length;
  await world.cycle();
  expect(world.source.reads.slice(read).filter(({ phase }) => phase === "snapshot")).toHaveLength(1);
  expect(await orders(world)).toEqual(FILLED);
});

test("a history lost during a backfill is compared, and the field is filled all the same", async () => {
  const world = await switchedOn();
  world.source.remove("new_order", 3);
  world.source.loseHistory("new_order");
  await world.cycle();
  await world.cycle();
  await world.cycle();
  const rows = await orders(world);
  expect(rows.filter((_, at) => at !== 2)).toEqual(FILLED.filter((_, at) => at !== 2));
  expect(rows[2]).toContain("deleted");
  expect(await world.stored("new_order")).toMatchObject({ backfill: false, compare: null });
});

test("a trouble of the feed is not cleared by the backfill beside it", async () => {
  const world = await switchedOn();
  world.source.before = ({ phase }) => {
    if (phase === "changes") throw new SyncError("unavailable", "503");
  };
  await world.store.setTrouble(
    await world.store.claim(world.lease.connectionId),
    await world.stored("new_order"),
    {
      code: "unavailable",
      message: "503",
    },
  );
  world.restart();
  expect(await world.cycle()).toMatchObject({ troubles: [{ code: "unavailable" }] });
  expect(await world.entityStatus("new_order")).toMatchObject({ trouble: { code: "unavailable" } });
  expect(await orders(world)).toEqual(FILLED);
});

test("a record that was deleted meanwhile is not brought back by a page that was fetched before", async () => {
  const world = await switchedOn();
  const fetched = world.source.records("new_order").get(guid(3));
  world.source.remove("new_order", 3);
  world.source.before = ({ phase }) => {
    if (phase !== "snapshot") return;
    world.source.before = () => undefined;
    world.source.interject("new_order", { upserts: fetched === undefined ? [] : [fetched] });
  };
  await world.cycle();
  await world.cycle();
  expect((await orders(world))[2]).toEqual(["N3", null, "deleted"]);
});

test("a backfill waits for a compare pass: neither moves the other's position", async () => {
  const world = await switchedOn();
  // Half of the backfill is done when the history is lost.
  world.source.before = ({ phase, from }) => {
    if (phase === "snapshot" && from?.includes("004|") === true) throw new Error("crashed");
  };
  await expect(world.cycle()).rejects.toThrow("crashed");
  world.source.before = () => undefined;
  world.restart();
  world.source.remove("new_order", 3);
  world.source.loseHistory("new_order");
  expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { deleted: 1 } });
  expect(await world.stored("new_order")).toMatchObject({ compare: null, backfill: true });
  world.source.put("new_order", 1, { new_count: 100 });
  await world.cycle();
  await world.cycle();
  const rows = await orders(world);
  expect([rows[0], rows[1], rows[5]]).toEqual([["N1", 100], FILLED[1], FILLED[5]]);
  expect(await world.stored("new_order")).toMatchObject({ backfill: false, compare: null });
});

test("a field that is switched off in the middle of a long first read is not written any more", async () => {
  const world = await openWorld(ORDER);
  for (let id = 1; id <= 6; id += 1) world.source.put("new_order", id, { new_name: `N${id}`, new_count: id });
  const { pool } = world.database;
  world.source.before = async ({ number }) => {
    if (number === 1) await switchFields(pool, { entity: "new_order", on: [], off: ["new_count"] });
  };
  expect(await world.cycle()).toMatchObject({ outcome: "done" });
  const counts = (await world.table<{ new_count: number | null }>("custom_new_order")).map(
    (row) => row.new_count,
  );
  // The page that was being read in that moment still had it.
  expect(counts).toEqual([1, 2, 3, 4, null, null]);
  expect(world.source.reads).toHaveLength(3);
});

test("a field that is switched on while another one is filled is filled along with it, from the beginning", async () => {
  const world = await switchedOn();
  const { pool } = world.database;
  await switchFields(pool, { entity: "new_order", on: [], off: ["new_stage"] });
  for (let id = 1; id <= 6; id += 1) world.source.put("new_order", id, { new_stage: 1 });
  let pages = 0;
  world.source.before = async ({ phase }) => {
    if (phase === "snapshot") pages += 1;
    if (pages === 2) await switchFields(pool, { entity: "new_order", on: ["new_stage"], off: [] });
  };
  await world.cycle();
  expect(pages).toBe(5);
  const rows = await world.table<{ new_stage: string; new_count: number }>("custom_new_order");
  expect(rows.map((row) => [row.new_stage, row.new_count])).toEqual(
    [1, 2, 3, 4, 5, 6].map((id) => ["Open", id]),
  );
  expect(await world.stored("new_order")).toMatchObject({ backfill: false });
});

test("a field that is switched off while edits are pushed is pushed no more", async () => {
  const world = await openWorld(CONTACT);
  for (let id = 1; id <= 4; id += 1) world.source.put("contact", id, { firstname: "F", lastname: "L" });
  await world.cycle();
  await world.rows("update marketing.people set first_name = 'Ours', last_name = 'Ours'");
  world.faults = {
    afterSettle: async () => {
      world.faults = {};
      await switchFields(world.database.pool, { entity: "contact", on: [], off: ["lastname"] });
    },
  };
  await world.cycle({ pushSize: 2 });
  const last = [...world.source.records("contact").values()].map(({ fields }) => fields["lastname"]);
  expect(last).toEqual(["Ours", "Ours", "L", "L"]);
});
