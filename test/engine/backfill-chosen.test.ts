import { expect, test } from "vitest";
import { askBackfill } from "../../src/app/field-switches.ts";
import type { Backfill, BackfillWish } from "../../src/core/backfill.ts";
import { SyncError } from "../../src/core/errors.ts";
import { cancelBackfill, listBackfills } from "../../src/store/backfills.ts";
import { switchFields } from "../../src/store/fields.ts";
import { pause, resume } from "../../src/store/pauses.ts";
import { attribute, entity, guid } from "../support/entity.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const THING = entity("new_thing", [
  attribute("new_name", "String"),
  attribute("new_count", "Integer"),
  attribute("createdon", "DateTime"),
  attribute("modifiedon", "DateTime"),
]);

const PERSON = entity("contact", [
  attribute("firstname", "String"),
  attribute("lastname", "String"),
  attribute("createdon", "DateTime"),
]);

/** Things 1 to 6, made on the first six days of the year, whose rows have drifted away in both columns. */
async function drifted(): Promise<World> {
  const world = await openWorld(THING, PERSON);
  for (let id = 1; id <= 6; id += 1) {
    const at = `2026-01-0${id}T08:00:00Z`;
    world.source.put("new_thing", id, { new_name: `N${id}`, new_count: id, createdon: at, modifiedon: at });
  }
  await world.cycle();
  await world.rows("update marketing.custom_new_thing set new_name = 'drifted', new_count = null");
  return world;
}

function wish(facts: Partial<BackfillWish> = {}): BackfillWish {
  return { entity: "new_thing", attributes: ["new_count"], conditions: {}, records: null, ...facts };
}

async function counts(world: World): Promise<(number | null)[]> {
  const rows = await world.table<{ new_count: number | null }>("custom_new_thing");
  return rows.map(({ new_count }) => new_count);
}

async function names(world: World): Promise<string[]> {
  const rows = await world.table<{ new_name: string }>("custom_new_thing");
  return [...new Set(rows.map(({ new_name }) => new_name))];
}

async function only(world: World): Promise<Backfill> {
  const all = await listBackfills(world.database.pool);
  const [one] = all;
  if (one === undefined || all.length > 1) throw new Error(`${all.length} backfills`);
  return one;
}

test("a field that is on is filled again, of every record, and nothing else of them is touched", async () => {
  const world = await drifted();
  const { backfills } = await askBackfill(world.database, wish(), "ada");
  expect(backfills).toMatchObject([{ way: "filter", state: "queued", read: 0, requestedBy: "ada" }]);
  await world.cycle();
  expect(await counts(world)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await names(world)).toEqual(["drifted"]);
  const done = await only(world);
  expect(done).toMatchObject({ state: "done", read: 6, outcome: null, secondsLeft: null });
  expect(done.finishedAt).not.toBeNull();
});

test("nulls are carried as well", async () => {
  const world = await drifted();
  world.source.put("new_thing", 3, { new_count: null });
  await world.cycle();
  await world.rows("update marketing.custom_new_thing set new_count = 99");
  await askBackfill(world.database, wish(), "ada");
  await world.cycle();
  expect(await counts(world)).toEqual([1, 2, null, 4, 5, 6]);
});

test.each<[string, Partial<BackfillWish>, (number | null)[]]>([
  ["made from a day on", { conditions: { created: { from: "2026-01-05T00:00:00Z" } } }, [5, 6]],
  [
    "changed within a span",
    { conditions: { changed: { from: "2026-01-02T00:00:00Z", before: "2026-01-04T00:00:00Z" } } },
    [2, 3],
  ],
  ["that meet a filter", { conditions: { where: "new_count in (4, 6) and new_name is not blank" } }, [4, 6]],
  ["named by row and by id", { records: ["1", guid(6)] }, [1, 6]],
])("only records %s are filled", async (_, facts, expected) => {
  const world = await drifted();
  await askBackfill(world.database, wish(facts), "ada");
  await world.cycle();
  expect((await counts(world)).filter((count) => count !== null)).toEqual(expected);
  expect(await only(world)).toMatchObject({ state: "done" });
});

test("names that are nobody's are told, and a list of nobody is refused", async () => {
  const world = await drifted();
  const some = await askBackfill(world.database, wish({ records: ["1", "4711", guid(70)] }), "ada");
  expect(some.unknown.count).toBe(2);
  expect(new Set(some.unknown.first)).toEqual(new Set(["4711", guid(70)]));
  expect(some.backfills).toMatchObject([{ way: "ids", expected: 1 }]);
  const none = askBackfill(world.database, wish({ records: ["4711"] }), "ada");
  await expect(none).rejects.toThrow("None of them is a record here: 4711.");
  expect(await listBackfills(world.database.pool)).toHaveLength(1);
});

test("changes come first: a record that changes meanwhile is told by its feed, and is not lost", async () => {
  const world = await drifted();
  await askBackfill(world.database, wish(), "ada");
  let pages = 0;
  world.source.beforeChoice = () => {
    // Time enough for the changes to be read again after every page.
    world.clock.now += 2_000;
    pages += 1;
    // Read by the backfill in its new version before the feed has told it.
    if (pages === 2) world.source.put("new_thing", 3, { new_name: "Changed", new_count: 300 });
  };
  await world.cycle();
  const rows = await world.table<{ new_name: string; new_count: number }>("custom_new_thing");
  expect(rows[2]).toMatchObject({ new_name: "Changed", new_count: 300 });
  expect(await counts(world)).toEqual([1, 2, 300, 4, 5, 6]);
});

test("a value that was read before the feed told a newer one does not come after it", async () => {
  const world = await drifted();
  await askBackfill(world.database, wish(), "ada");
  const { source } = world;
  const choose = source.choose.bind(source);
  world.source.choose = async (request) => {
    const page = await choose(request);
    if (request.from === null) {
      // The feed tells it while this page is on its way.
      world.source.put("new_thing", 1, { new_count: 100 });
      await world.store.applyRecords(
        { connectionId: world.lease.connectionId, epoch: await epochOf(world) },
        {
          entity: await world.stored("new_thing"),
          lane: "live",
          columns: [{ name: "new_count", type: "integer" }],
          policies: new Map(),
          plan: {
            creates: [],
            updates: [{ id: guid(1), version: "9999", cells: ["100"] }],
            deletes: [],
            life: { adopts: [], moved: [], follows: [], exits: [], moves: [], heirs: new Map() },
            parked: [],
            unchanged: 0,
          },
          filterExit: "freeze",
        },
      );
    }
    return page;
  };
  await world.cycle();
  expect((await counts(world))[0]).toBe(100);
});

async function epochOf(world: World): Promise<string> {
  const [row] = await world.rows<{ epoch: string }>("select epoch from connections");
  return row?.epoch ?? "";
}

test("an edit that waits is not overwritten, and travels afterwards", async () => {
  const world = await openWorld(PERSON);
  for (let id = 1; id <= 3; id += 1) world.source.put("contact", id, { firstname: `F${id}`, lastname: "L" });
  await world.cycle();
  await world.rows("update marketing.people set first_name = 'Ours' where crm_id = $1", [guid(2)]);
  await world.rows(
    "update pending_changes set retry_at = now() + interval '1 hour', parked = '{\"code\": \"x\"}'",
  );
  await askBackfill(world.database, wish({ entity: "contact", attributes: ["firstname"] }), "ada");
  await world.cycle();
  const first = (await world.table<{ first_name: string }>("people")).map(({ first_name }) => first_name);
  expect(first).toEqual(["F1", "Ours", "F3"]);
  await world.rows("update pending_changes set retry_at = null, parked = null");
  await world.cycle();
  expect(world.source.records("contact").get(guid(2))?.fields).toMatchObject({
    firstname: "Ours",
    lastname: "L",
  });
});

test("goes on where it stood after a crash", async () => {
  const world = await drifted();
  await askBackfill(world.database, wish(), "ada");
  world.source.beforeChoice = ({ from }) => {
    if (from === guid(4)) throw new Error("crashed");
  };
  await expect(world.cycle()).rejects.toThrow("crashed");
  expect(await counts(world)).toEqual([1, 2, 3, 4, null, null]);
  expect(await only(world)).toMatchObject({ state: "running", read: 4 });
  world.restart();
  const from: (string | null)[] = [];
  world.source.beforeChoice = (request) => void from.push(request.from);
  await world.cycle();
  expect(from).toEqual([guid(4)]);
  expect(await counts(world)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await only(world)).toMatchObject({ state: "done", read: 6 });
});

test("several wait for each other; of an entity that is paused they let others pass", async () => {
  const world = await drifted();
  world.source.put("contact", 1, { firstname: "F" });
  await world.cycle();
  await askBackfill(world.database, wish(), "ada");
  await askBackfill(world.database, wish({ entity: "contact", attributes: ["firstname"] }), "ada");
  const place = { connectionId: world.lease.connectionId, entities: ["new_thing"] };
  await pause(world.database.pool, place, "ada");
  const read: string[] = [];
  world.source.beforeChoice = (request) => void read.push(request.entity.name);
  await world.cycle();
  expect(read).toEqual(["contact"]);
  await resume(world.database.pool, place);
  await world.cycle();
  expect(read).toEqual(["contact", "new_thing", "new_thing", "new_thing"]);
});

test("one that is taken back brings nothing further", async () => {
  const world = await drifted();
  await askBackfill(world.database, wish(), "ada");
  world.source.beforeChoice = async ({ from }) => {
    if (from === null) await cancelBackfill(world.database, "1");
  };
  await world.cycle();
  expect(await counts(world)).toEqual([1, 2, null, null, null, null]);
  expect(await only(world)).toMatchObject({ state: "cancelled" });
  expect(await cancelBackfill(world.database, "2")).toBeNull();
});

test("what Dynamics does not accept ends it with the reason, and the rest flows", async () => {
  const world = await drifted();
  await askBackfill(world.database, wish(), "ada");
  world.source.beforeChoice = () => {
    throw new SyncError("refused", "The query is too complex.");
  };
  expect(await world.cycle()).toMatchObject({ outcome: "done" });
  expect(await only(world)).toMatchObject({ state: "failed", outcome: "The query is too complex." });
});

test("a column that is gone is set aside, and the others are filled", async () => {
  const world = await drifted();
  await askBackfill(world.database, wish({ attributes: ["new_count", "new_name"] }), "ada");
  world.source.beforeChoice = () => {
    world.source.beforeChoice = () => undefined;
    world.source.redescribe("new_thing", (description) => ({
      ...description,
      attributes: description.attributes.filter(({ name }) => name !== "new_name"),
    }));
  };
  await world.cycle();
  expect(await counts(world)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await only(world)).toMatchObject({ state: "done" });
});

test("fields that are switched on show as a backfill from their switch to their end", async () => {
  const world = await drifted();
  const { pool } = world.database;
  await switchFields(pool, { entity: "new_thing", on: [], off: ["new_count"] });
  await switchFields(pool, { entity: "new_thing", on: ["new_count"], off: [] });
  expect(await only(world)).toMatchObject({ way: "feed", state: "queued", attributes: ["new_count"] });
  await expect(cancelBackfill(world.database, "1")).rejects.toThrow(
    "tandem fields new_thing --off new_count",
  );
  await world.cycle();
  expect(await only(world)).toMatchObject({ state: "done", read: 6, outcome: null });
  expect(await counts(world)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("fields that are switched off again before they are filled take their backfill with them", async () => {
  const world = await drifted();
  const { pool } = world.database;
  await switchFields(pool, { entity: "new_thing", on: [], off: ["new_count"] });
  await switchFields(pool, { entity: "new_thing", on: ["new_count"], off: [] });
  await switchFields(pool, { entity: "new_thing", on: [], off: ["new_count"] });
  expect(await only(world)).toMatchObject({ state: "cancelled" });
});

test("a field that is off is switched on; chosen records have their values before the whole is read", async () => {
  const world = await drifted();
  await switchFields(world.database.pool, { entity: "new_thing", on: [], off: ["new_count"] });
  const { backfills } = await askBackfill(world.database, wish({ records: [guid(6)] }), "ada");
  expect(backfills.map(({ way }) => way)).toEqual(["feed", "ids"]);
  let chosen: unknown;
  world.source.before = async ({ phase, from }) => {
    if (phase === "snapshot" && from === null) chosen = await counts(world);
  };
  await world.cycle();
  expect(chosen).toEqual([null, null, null, null, null, 6]);
  expect(await counts(world)).toEqual([1, 2, 3, 4, 5, 6]);
});

test.each<[Partial<BackfillWish>, string]>([
  [{ records: ["1"], conditions: { created: {} } }, "Records that are named are not chosen by time as well."],
  [{ entity: "new_thin" }, "There is no entity new_thin here."],
  [{ attributes: ["new_cont"] }, "new_thing has no field new_cont."],
  [{ conditions: { where: "colour = Red" } }, "new_thing has no field colour."],
  [{ conditions: { where: "new_count" } }, "where: new_count is followed by the end, not by a comparison."],
  [
    { entity: "contact", attributes: ["firstname"], conditions: { changed: {} } },
    "contact has no field modifiedon.",
  ],
])("what cannot be fulfilled is refused: %j", async (facts, message) => {
  const world = await drifted();
  await expect(askBackfill(world.database, wish(facts), "ada")).rejects.toThrow(message);
  expect(await listBackfills(world.database.pool)).toEqual([]);
});
