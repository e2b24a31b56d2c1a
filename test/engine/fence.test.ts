import { expect, test } from "vitest";
import { openWorld, CONTACT } from "./world.ts";

test("a worker that was overtaken in the middle of a cycle writes nothing more", async () => {
  const world = await openWorld(CONTACT);
  for (let id = 1; id <= 6; id += 1) world.source.put("contact", id, { firstname: `P${id}` });
  const reached = Promise.withResolvers<undefined>();
  const resume = Promise.withResolvers<undefined>();
  world.source.before = async ({ number }) => {
    if (number !== 1) return;
    world.source.before = () => undefined;
    reached.resolve(undefined);
    await resume.promise;
  };
  const first = world.cycle();
  await reached.promise;
  const before = await world.rows("select * from marketing.people");
  expect(before).toHaveLength(2);

  const second = world.another();
  const signal = new AbortController().signal;
  const overtaking = second.prepare(world.settings, signal);
  await overtaking;
  resume.resolve(undefined);
  await expect(first).rejects.toMatchObject({ code: "fenced" });
  expect(await world.rows("select * from marketing.people")).toEqual(before);
  expect(await world.status()).toMatchObject({ trouble: null });

  expect(await second.cycle(world.settings, signal)).toMatchObject({
    outcome: "done",
    counts: { created: 4 },
  });
  const { committed } = world;
  expect(committed.map(({ plan }) => plan.creates.length)).toEqual([2, 2, 2]);
  expect(await world.status()).toMatchObject({ cycle: null, lastCycle: { outcome: "done" } });
});

test("two workers that begin at once copy everything once", async () => {
  const world = await openWorld(CONTACT);
  for (let id = 1; id <= 6; id += 1) world.source.put("contact", id, { firstname: `P${id}` });
  const signal = new AbortController().signal;
  const results = await Promise.allSettled([
    world.another().cycle(world.settings, signal),
    world.another().cycle(world.settings, signal),
  ]);
  expect(results.some(({ status }) => status === "fulfilled")).toBe(true);
  for (const result of results) {
    if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "fenced" });
  }
  await world.cycle();
  const rows = await world.rows<{ people: number; ids: number }>(
    "select count(*)::int as people, count(distinct crm_id)::int as ids from marketing.people",
  );
  expect(rows).toEqual([{ people: 6, ids: 6 }]);
});
