import { describe, expect, test } from "vitest";
import { SyncError } from "../../src/core/errors.ts";
import { guid } from "../support/entity.ts";
import { openPeople, people, quiet } from "./people.ts";
import type { World } from "./world.ts";

/** People whom marketing merges, where the admin wants their records merged in Dynamics too. */

/** That many contacts in rows 1, 2, …, in step. */
async function contacts(count: number): Promise<World> {
  const world = await openPeople();
  for (let id = 1; id <= count; id += 1) world.source.put("contact", id, { firstname: `P${id}` });
  await quiet(world, { pageSize: 100 });
  await world.rows("update connections set merge_in_dynamics = true");
  return world;
}

async function mergeRows(
  world: World,
  winner: string | number,
  ...losers: readonly (string | number)[]
): Promise<string[]> {
  const answers = await world.rows<{ in_dynamics: string }>("select * from marketing.merge_people($1, $2)", [
    winner,
    losers,
  ]);
  return answers.map(({ in_dynamics: answer }) => answer);
}

async function rowOf(world: World, id: number): Promise<string> {
  const [row] = await world.rows<{ id: string }>("select id from marketing.people where crm_id = $1", [
    guid(id),
  ]);
  return row?.id ?? "";
}

/** Into which record each record was merged in Dynamics. */
function masters(world: World): Record<string, number> {
  const all = [...world.source.records("contact").values()];
  return Object.fromEntries(
    all.flatMap(({ id, fields }) => {
      const master = fields["_masterid_value"];
      return typeof master === "string" ? [[number(id), number(master)]] : [];
    }),
  );
}

function number(id: string): number {
  return Number.parseInt(id.slice(-12), 16);
}

function errands(world: World): Promise<unknown[]> {
  return world.rows("select crm_id, sent, attempts, parked ->> 'code' as parked from errands order by id");
}

async function passTime(world: World): Promise<void> {
  await world.rows("update errands set retry_at = now() where retry_at is not null");
}

describe("records of merged people", () => {
  test("are merged in Dynamics too, each into the winner's", async () => {
    const world = await contacts(3);
    expect(await mergeRows(world, 1, 2, 3)).toEqual(["to be merged there", "to be merged there"]);
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { pushed: 2 } });
    expect(masters(world)).toEqual({ 2: 1, 3: 1 });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 P1"]);
    expect(await errands(world)).toEqual([]);
    const told = await world.rows(
      "select origin, crm_id, detail from marketing.activities where kind = 'merged' and cycle is not null order by id",
    );
    expect(told).toMatchObject([
      { origin: "marketing", crm_id: guid(1), detail: expect.stringContaining(guid(2)) as string },
      { origin: "marketing", crm_id: guid(1) },
    ]);
  });

  test("are left as they are where the admin does not want it, also when it was asked for before", async () => {
    const world = await contacts(2);
    await mergeRows(world, 1, 2);
    await world.rows("update connections set merge_in_dynamics = false");
    await quiet(world);
    expect(world.sink.merges).toEqual([]);
    await world.rows("update connections set merge_in_dynamics = true");
    await quiet(world);
    expect(masters(world)).toEqual({ 2: 1 });
  });

  test("are never merged when one is a lead's and the other a contact's", async () => {
    const world = await contacts(1);
    world.source.put("lead", 9, { firstname: "L" });
    await quiet(world);
    expect(await mergeRows(world, 1, await rowOf(world, 9))).toEqual([
      "left as it is: a lead and a contact are never merged there",
    ]);
    await quiet(world);
    expect(world.sink.merges).toEqual([]);
  });

  test("are not merged with one that Dynamics has deleted", async () => {
    const world = await contacts(2);
    world.source.remove("contact", 2);
    await quiet(world);
    expect(await mergeRows(world, 1, 2)).toEqual(["left as it is"]);
  });

  test("go where their person has gone by then", async () => {
    const world = await contacts(3);
    await mergeRows(world, 2, 3);
    await mergeRows(world, 1, 2);
    await world.cycle();
    expect(world.sink.merges).toEqual([
      { entity: "contact", target: guid(1), subordinate: guid(3) },
      { entity: "contact", target: guid(1), subordinate: guid(2) },
    ]);
  });

  test("are not merged into one that Dynamics has deleted meanwhile", async () => {
    const world = await contacts(2);
    await mergeRows(world, 1, 2);
    await world.rows("update errands set retry_at = now() + interval '1 hour'");
    world.source.remove("contact", 1);
    await quiet(world);
    await passTime(world);
    await quiet(world);
    expect(world.sink.merges).toEqual([]);
    expect(await errands(world)).toEqual([]);
  });

  test("are not merged into what the person has become meanwhile, if that is of another kind", async () => {
    const world = await openPeople();
    for (const id of [1, 2]) world.source.put("lead", id, { firstname: `L${id}` });
    await quiet(world);
    await world.rows("update connections set merge_in_dynamics = true");
    await mergeRows(world, 1, 2);
    await world.rows("update errands set retry_at = now() + interval '1 hour'");
    world.source.put("contact", 8, { firstname: "L1", _originatingleadid_value: guid(1) });
    world.source.put("lead", 1, { statecode: 1, _parentcontactid_value: guid(8) });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 8 L1"]);
    await passTime(world);
    await quiet(world);
    expect(world.sink.merges).toEqual([]);
    expect(await errands(world)).toEqual([]);
    expect(await world.rows("select detail from marketing.activities where kind = 'kept-apart'")).toEqual([
      { detail: "The records are not of one kind any more, so they were not merged in Dynamics." },
    ]);
  });
});

describe("a merge in Dynamics", () => {
  test("that has to wait is tried again", async () => {
    const world = await contacts(2);
    await mergeRows(world, 1, 2);
    world.sink.answers.set(guid(2), {
      kind: "later",
      code: "throttled",
      afterMs: 60_000,
      detail: "slow down",
    });
    expect(await world.cycle()).toMatchObject({
      outcome: "partial",
      troubles: [{ entity: "contact", code: "throttled" }],
    });
    world.sink.answers.clear();
    await world.cycle();
    expect(masters(world)).toEqual({});
    await passTime(world);
    await quiet(world);
    expect(masters(world)).toEqual({ 2: 1 });
    expect(await world.entityStatus("contact")).toMatchObject({ trouble: null });
  });

  test("that is refused is parked with the reason", async () => {
    const world = await contacts(2);
    await mergeRows(world, 1, 2);
    world.sink.answers.set(guid(2), { kind: "refused", code: "write_refused", detail: "No.", field: null });
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { refused: 1 } });
    expect(await errands(world)).toMatchObject([{ crm_id: guid(2), parked: "write_refused" }]);
    await quiet(world);
    expect(world.sink.merges).toHaveLength(1);
  });

  test("of which nobody heard is asked for again, and found done", async () => {
    const world = await contacts(2);
    await mergeRows(world, 1, 2);
    world.sink.afterMerge = () => {
      world.sink.afterMerge = () => undefined;
      throw new SyncError("stopped", "stopped");
    };
    await expect(world.cycle()).rejects.toMatchObject({ code: "stopped" });
    world.restart();
    await quiet(world);
    expect(masters(world)).toEqual({ 2: 1 });
    expect(await errands(world)).toEqual([]);
    expect(await people(world)).toEqual(["contact 1 P1"]);
  });
});
