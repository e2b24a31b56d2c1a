import { expect, test } from "vitest";
import type { Stage } from "./stage.ts";
import { openStage } from "./stage.ts";

const states = async (stage: Stage): Promise<string[]> =>
  (await stage.jobs()).map(({ connection, state }) => `${connection} ${state}`);

/** Until the queue's table has exactly these jobs. */
async function settled(stage: Stage, ...expected: readonly string[]): Promise<void> {
  while ((await states(stage)).join() !== expected.join());
}

test("one cycle per connection runs at a time, whatever the workers; connections run beside each other", async () => {
  const stage = await openStage();
  const [queue] = await Promise.all([stage.worker(), stage.worker(), stage.worker()]);
  await Promise.all([queue.ensure(1), queue.ensure(2)]);
  const [one, two] = [await stage.begun(), await stage.begun()];
  expect(one.connectionId + two.connectionId).toBe(3);
  await Promise.all([queue.syncNow(1), queue.ensure(1), queue.syncNow(2), queue.ensure(2)]);
  // A third connection finds the third worker, although older cycles wait that may not begin yet.
  await queue.ensure(3);
  const three = await stage.begun();
  expect(three.connectionId).toBe(3);
  for (const running of [one, two, three]) running.end(1_000);
  const again = [await stage.begun(), await stage.begun()];
  expect(again.map(({ connectionId }) => connectionId).reduce((sum, id) => sum + id)).toBe(3);
  for (const running of again) running.end(1_000);
  await settled(stage, "1 created", "2 created", "3 created");
  expect(stage.unseen).toBe(0);
  expect(stage.overlaps).toEqual(new Set());
});

test("sync now during a cycle, however often, is followed by exactly one more", async () => {
  const stage = await openStage();
  const queue = await stage.worker();
  await stage.worker();
  await queue.ensure(1);
  const first = await stage.begun();
  await Promise.all([queue.syncNow(1), queue.syncNow(1), queue.syncNow(1)]);
  first.end(1_000);
  const second = await stage.begun();
  second.end(1_000);
  await settled(stage, "1 created");
  const [next] = await stage.jobs();
  expect((next?.start.getTime() ?? 0) - Date.now()).toBeGreaterThan(900_000);
  expect(stage.unseen).toBe(0);
  expect(stage.overlaps).toEqual(new Set());
});

test("the pause is counted from the end of a cycle, and announced", async () => {
  const stage = await openStage();
  const queue = await stage.worker();
  await queue.ensure(1);
  const cycle = await stage.begun();
  const before = Date.now();
  cycle.end(500);
  await settled(stage, "1 created");
  const [next] = await stage.jobs();
  expect(next?.start.getTime()).toBeGreaterThanOrEqual(before + 500_000);
  expect(next?.start.getTime()).toBeLessThanOrEqual(Date.now() + 500_000);
  expect(stage.announced.at(-1)).toEqual({ connectionId: 1, at: next?.start });
});

test("sync now ends a pause", async () => {
  const stage = await openStage();
  const queue = await stage.worker();
  await queue.ensure(1);
  (await stage.begun()).end(1_000);
  await settled(stage, "1 created");
  await queue.syncNow(1);
  const next = await stage.begun();
  expect(next.connectionId).toBe(1);
  expect(await states(stage)).toEqual(["1 active"]);
});

test("what is announced is when the next cycle begins, also when sync now was asked for meanwhile", async () => {
  const stage = await openStage();
  const queue = await stage.worker();
  await queue.ensure(1);
  const first = await stage.begun();
  await queue.syncNow(1);
  first.end(1_000);
  await stage.begun();
  expect(stage.announced.every(({ at }) => at.getTime() <= Date.now())).toBe(true);
});

test("a cycle that fails in an unforeseen way is tried again", async () => {
  const stage = await openStage();
  const queue = await stage.worker();
  await queue.ensure(1);
  (await stage.begun()).fail(new Error("a bug"));
  const again = await stage.begun();
  expect(again.connectionId).toBe(1);
});

test("closing aborts the cycle under way, waits for its end, and leaves it to another worker", async () => {
  const stage = await openStage();
  const leaving = await stage.worker();
  await leaving.ensure(1);
  const cycle = await stage.begun();
  let closed = false;
  const closing = leaving.close().then(() => {
    closed = true;
  });
  if (!cycle.signal.aborted) {
    await new Promise((resolve) => {
      cycle.signal.addEventListener("abort", resolve, { once: true });
    });
  }
  expect(closed).toBe(false);
  cycle.end(1_000);
  await closing;
  await stage.worker();
  const next = await stage.begun();
  expect(next).toMatchObject({ connectionId: 1, worker: 2 });
});

test("what a dead worker held is freed when nobody else can be at work", async () => {
  const stage = await openStage();
  const queue = await stage.worker();
  await queue.ensure(1);
  (await stage.begun()).end(1_000);
  await settled(stage, "1 created");
  await stage.sql(
    "update marketing_jobs.job set state = 'active', started_on = now() where state = 'created'",
  );
  await queue.freeAll();
  expect(await states(stage)).toEqual([]);
  await queue.syncNow(1);
  expect((await stage.begun()).connectionId).toBe(1);
});
