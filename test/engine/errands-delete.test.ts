import { describe, expect, test } from "vitest";
import { SyncError } from "../../src/core/errors.ts";
import { setPolicy } from "../../src/store/policies.ts";
import { guid } from "../support/entity.ts";
import { edit } from "./edits.ts";
import { linkStates, openPeople, people, quiet } from "./people.ts";
import type { World } from "./world.ts";

/** Rows that marketing deletes, where the admin wants their records deleted in Dynamics too. */

/** That many contacts, in step, whose deletes travel. */
async function contacts(count: number): Promise<World> {
  const world = await openPeople();
  for (let id = 1; id <= count; id += 1) world.source.put("contact", id, { firstname: `P${id}` });
  await quiet(world, { pageSize: 100 });
  await setPolicy(world.database.pool, { entity: "contact", deletes: "delete" });
  return world;
}

async function remove(world: World, ...ids: readonly number[]): Promise<void> {
  await world.rows("delete from marketing.people where crm_id = any($1)", [ids.map(guid)]);
}

function inDynamics(world: World): string[] {
  return [...world.source.records("contact").keys()].map((id) => String(Number.parseInt(id.slice(-12), 16)));
}

async function told(world: World): Promise<string[]> {
  const rows = await world.rows<{ kind: string; origin: string; crm_id: string }>(
    `select kind, origin, crm_id from marketing.activities
      where kind in ('deleted', 'kept-apart', 'refused', 'created') order by id`,
  );
  return rows.map(
    ({ kind, origin, crm_id: id }) => `${kind} by ${origin}: ${Number.parseInt(id.slice(-12), 16)}`,
  );
}

async function errands(world: World): Promise<unknown[]> {
  return world.rows("select crm_id, sent, attempts, parked ->> 'code' as parked from errands order by id");
}

async function passTime(world: World): Promise<void> {
  await world.rows("update errands set retry_at = now() where retry_at is not null");
}

test("a record stays in Dynamics when its row is deleted, unless the admin chose otherwise", async () => {
  const world = await contacts(2);
  await setPolicy(world.database.pool, { entity: "contact", deletes: "keep" });
  await remove(world, 1);
  await quiet(world);
  expect(inDynamics(world)).toEqual(["1", "2"]);
  expect(await errands(world)).toEqual([]);
});

describe("a deleted row", () => {
  test("is deleted in Dynamics, guarded by the version that marketing knew, and told", async () => {
    const world = await contacts(2);
    const version = world.source.records("contact").get(guid(1))?.version;
    await remove(world, 1);
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { pushed: 1 } });
    expect(world.sink.writes).toEqual([{ kind: "delete", id: guid(1), guard: version, values: [] }]);
    expect(inDynamics(world)).toEqual(["2"]);
    await quiet(world);
    expect(await people(world)).toEqual(["contact 2 P2"]);
    expect(await linkStates(world)).toEqual({ "contact 1": "t", "contact 2": "l" });
    expect(await told(world)).toEqual(["deleted by marketing: 1"]);
    expect(await errands(world)).toEqual([]);
  });

  test("is deleted although its last edit was written a moment before, and has not come home", async () => {
    const world = await contacts(1);
    await edit(world, 1, { first_name: "Ada" });
    await world.cycle();
    await remove(world, 1);
    await quiet(world);
    expect(inDynamics(world)).toEqual([]);
    expect(await people(world)).toEqual([]);
  });

  test("stays deleted in marketing when all that comes is its own last edit", async () => {
    const world = await contacts(1);
    await setPolicy(world.database.pool, { entity: "contact", deletes: "keep" });
    await edit(world, 1, { first_name: "Ada" });
    await world.cycle();
    await remove(world, 1);
    await quiet(world);
    expect(await people(world)).toEqual([]);
    world.source.put("contact", 1, { firstname: "Byron" });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Byron"]);
  });

  test("whose record has changed in Dynamics is not deleted there: the change makes a new person", async () => {
    const world = await contacts(1);
    world.source.put("contact", 1, { firstname: "Byron" });
    await remove(world, 1);
    await quiet(world);
    expect(inDynamics(world)).toEqual(["1"]);
    expect(await people(world)).toEqual(["contact 1 Byron"]);
    expect(await errands(world)).toEqual([]);
    await remove(world, 1);
    await quiet(world);
    expect(inDynamics(world)).toEqual([]);
  });

  test("whose record changes while its delete is on its way is kept, and told so", async () => {
    const world = await contacts(1);
    await remove(world, 1);
    world.sink.before = () => {
      world.source.put("contact", 1, { firstname: "Byron" });
    };
    await world.cycle();
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Byron"]);
    expect(await told(world)).toEqual(["kept-apart by sync: 1", "created by dynamics: 1"]);
  });

  test("whose record is gone already needs nothing", async () => {
    const world = await contacts(1);
    await remove(world, 1);
    world.source.remove("contact", 1);
    await quiet(world);
    expect(await errands(world)).toEqual([]);
    expect(await told(world)).toEqual(["kept-apart by sync: 1"]);
  });

  test("is asked for again when the answer was lost, and found done", async () => {
    const world = await contacts(1);
    await remove(world, 1);
    world.sink.lost.add(guid(1));
    await world.cycle();
    expect(await errands(world)).toMatchObject([{ sent: true, attempts: 1 }]);
    await passTime(world);
    await quiet(world);
    expect(await told(world)).toEqual(["deleted by marketing: 1"]);
    expect(await errands(world)).toEqual([]);
  });

  test("is found done when the process ended before the answer", async () => {
    const world = await contacts(1);
    await remove(world, 1);
    world.sink.after = () => {
      world.sink.after = () => undefined;
      throw new SyncError("stopped", "stopped");
    };
    await expect(world.cycle()).rejects.toMatchObject({ code: "stopped" });
    world.restart();
    await quiet(world);
    expect(await told(world)).toEqual(["deleted by marketing: 1"]);
  });

  test("that Dynamics refuses is parked with the reason, alone", async () => {
    const world = await contacts(2);
    world.sink.answers.set(guid(1), {
      kind: "refused",
      code: "write_refused",
      detail: "It has open invoices.",
      field: null,
    });
    await remove(world, 1, 2);
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { pushed: 1, refused: 1 } });
    expect(inDynamics(world)).toEqual(["1"]);
    expect(await errands(world)).toMatchObject([{ crm_id: guid(1), parked: "write_refused" }]);
    const asked = world.sink.asked.length;
    await quiet(world);
    expect(world.sink.asked).toHaveLength(asked);
  });

  test("waits as long as the application user may not delete, and its entity says so", async () => {
    const world = await contacts(1);
    world.sink.answers.set(guid(1), {
      kind: "refused",
      code: "write_permission_missing",
      detail: "prvDeleteContact",
      field: null,
    });
    await remove(world, 1);
    expect(await world.cycle()).toMatchObject({
      outcome: "partial",
      troubles: [{ entity: "contact", code: "write_permission_missing" }],
    });
    expect(await world.entityStatus("contact")).toMatchObject({
      trouble: { code: "write_permission_missing" },
    });
    world.sink.answers.clear();
    await passTime(world);
    await quiet(world);
    expect(inDynamics(world)).toEqual([]);
    expect(await world.entityStatus("contact")).toMatchObject({ trouble: null });
  });
});

test("a row that somebody brings back is not deleted in Dynamics", async () => {
  const world = await contacts(2);
  await world.rows("create table kept as select * from marketing.people");
  await remove(world, 1, 2);
  await world.rows("insert into marketing.people overriding system value select * from kept where id = 1");
  await quiet(world);
  expect(inDynamics(world)).toEqual(["1"]);
  expect(await errands(world)).toEqual([]);
});

describe("the mass-change guard", () => {
  const guard = { count: 2, share: 0 };

  test("holds all deletes when they are more than it lets pass, until they are approved", async () => {
    const world = await contacts(4);
    await remove(world, 1, 2, 3);
    const [trouble] = (await world.cycle({ guard })).troubles;
    expect(trouble).toMatchObject({ entity: "contact", code: "mass_change" });
    expect(trouble?.message).toContain("3 rows deleted in marketing wait for approval");
    expect(inDynamics(world)).toHaveLength(4);
    expect(await world.entityStatus("contact")).toMatchObject({ trouble: { code: "mass_change" } });
    expect(await world.cycle({ guard })).toMatchObject({ outcome: "partial" });
    expect(inDynamics(world)).toHaveLength(4);
    expect(await world.entityStatus("contact")).toMatchObject({ trouble: { code: "mass_change" } });
    expect(await world.cycle()).toMatchObject({ outcome: "done" });
    expect(inDynamics(world)).toEqual(["4"]);
    expect(await world.entityStatus("contact")).toMatchObject({ trouble: null });
  });

  test("holds them also where their number sinks by itself, until they are approved", async () => {
    const world = await contacts(4);
    await remove(world, 1, 2, 3);
    await world.cycle({ guard });
    world.source.put("contact", 3, { firstname: "Changed" });
    expect(await world.cycle({ guard })).toMatchObject({ outcome: "partial" });
    expect(await world.cycle({ guard })).toMatchObject({ outcome: "partial" });
    expect(inDynamics(world)).toHaveLength(4);
  });

  test("lets as many pass as it says, in a cycle", async () => {
    const world = await contacts(4);
    await remove(world, 1, 2);
    world.sink.before = async () => {
      world.sink.before = () => undefined;
      await remove(world, 3);
    };
    expect(await world.cycle({ guard, pushSize: 2 })).toMatchObject({ outcome: "done" });
    expect(inDynamics(world)).toEqual(["3", "4"]);
    await world.cycle({ guard });
    expect(inDynamics(world)).toEqual(["4"]);
  });

  test("holds nothing any more when the admin decides to keep the records", async () => {
    const world = await contacts(4);
    await remove(world, 1, 2, 3);
    await world.cycle({ guard });
    await setPolicy(world.database.pool, { entity: "contact", deletes: "keep" });
    expect(await world.cycle({ guard })).toMatchObject({ outcome: "done" });
    expect(inDynamics(world)).toHaveLength(4);
    expect(await world.entityStatus("contact")).toMatchObject({ trouble: null });
  });
});

test("emptying the table deletes nothing in Dynamics", async () => {
  const world = await contacts(2);
  await world.rows("truncate marketing.people");
  await quiet(world);
  expect(await errands(world)).toEqual([]);
  expect(inDynamics(world)).toEqual(["1", "2"]);
});

test("a person who is merged in marketing is not deleted in Dynamics", async () => {
  const world = await contacts(2);
  await world.rows("select marketing.merge_people(1, '{2}')");
  await quiet(world);
  expect(inDynamics(world)).toEqual(["1", "2"]);
});
