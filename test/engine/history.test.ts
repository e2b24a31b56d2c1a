import { expect, test } from "vitest";
import { SyncError } from "../../src/core/errors.ts";
import type { World } from "./world.ts";
import { CONTACT, LEAD, openWorld } from "./world.ts";

const ASKING = { checkHistory: true };

async function copied(): Promise<World> {
  const world = await openWorld(CONTACT, LEAD);
  for (const id of [1, 2, 3]) world.source.put("contact", id, { firstname: `P${id}` });
  world.source.put("lead", 11, { firstname: "L" });
  await world.cycle();
  return world;
}

const phases = (world: World, from: number): Set<string> =>
  new Set(world.source.reads.slice(from).map(({ phase }) => phase));

test("an organization that shows an older version of what was applied was restored: everything is compared", async () => {
  const world = await copied();
  const contacts = world.source.records("contact");
  world.source.put("contact", 1, { firstname: "Undone" });
  world.source.put("contact", 4, { firstname: "Never was" });
  await world.cycle(ASKING);
  world.source.restore("contact", contacts);
  const read = world.source.reads.length;
  await world.cycle(ASKING);
  await world.cycle(ASKING);
  expect(phases(world, read)).toContain("compare");
  expect(await world.table("people")).toMatchObject([
    { first_name: "P1", crm_deleted: false },
    {},
    {},
    { first_name: "Never was", crm_deleted: true },
    {},
  ]);
});

test("one older version is enough, and the same cycle compares", async () => {
  const world = await copied();
  const contacts = world.source.records("contact");
  world.source.put("contact", 1, { firstname: "Undone" });
  await world.cycle(ASKING);
  world.source.restore("contact", contacts);
  expect(await world.cycle(ASKING)).toMatchObject({ outcome: "done", whole: true, counts: { updated: 1 } });
  expect(await world.table("people")).toMatchObject([{ first_name: "P1" }, {}, {}, {}]);
});

test("a witness that was deleted, and whose delete the feed tells, proves nothing", async () => {
  const world = await copied();
  world.source.remove("lead", 11);
  const read = world.source.reads.length;
  expect(await world.cycle(ASKING)).toMatchObject({ outcome: "done", whole: false, counts: { deleted: 1 } });
  expect(phases(world, read)).toEqual(new Set(["changes"]));
});

test("a witness whose feed could not be read proves nothing either", async () => {
  const world = await copied();
  world.source.remove("lead", 11);
  world.source.before = ({ entity }) => {
    if (entity === "lead") throw new SyncError("unavailable", "503");
  };
  expect(await world.cycle(ASKING)).toMatchObject({ outcome: "partial", whole: false });
  expect(await world.stored("contact")).toMatchObject({ compare: null });
  expect(await world.stored("lead")).toMatchObject({ compare: null });
});

test("a witness whose delete waits for approval proves nothing", async () => {
  const world = await copied();
  world.source.remove("lead", 11);
  const report = await world.cycle({ ...ASKING, guard: { count: 0, share: 0 } });
  expect(report).toMatchObject({ outcome: "partial", troubles: [{ code: "mass_change" }], whole: false });
  expect(await world.stored("contact")).toMatchObject({ compare: null });
});

test("asking costs one request a witness, two at most, and nothing before there is one", async () => {
  const world = await openWorld(CONTACT, LEAD);
  // One for each feed, and one look at a field of contacts that is off.
  expect((await world.cycle(ASKING)).counts.requests).toBe(3);
  for (const id of [1, 2, 3]) world.source.put("contact", id, { firstname: `P${id}` });
  world.source.put("lead", 11, { firstname: "L" });
  await world.cycle();
  expect((await world.cycle()).counts.requests).toBe(2);
  expect((await world.cycle(ASKING)).counts.requests).toBe(4);
});
