import { expect, test } from "vitest";
import type { Forgetting } from "../core/store-port.ts";
import { retention } from "./retention.ts";

/** A history with the given number of old activities, and a clock. */
function history(
  old: number,
  days = 730,
): {
  readonly asked: Forgetting[];
  readonly logged: string[];
  readonly clock: { now: number };
  failure: Error | null;
  afterCycle(): Promise<void>;
} {
  let left = old;
  const world = {
    asked: [] as Forgetting[],
    logged: [] as string[],
    clock: { now: 1_000 },
    failure: null as Error | null,
  };
  const afterCycle = retention({
    days,
    forget: async (forgetting) => {
      world.asked.push(forgetting);
      if (world.failure !== null) throw world.failure;
      const forgotten = Math.min(left, forgetting.most);
      left -= forgotten;
      return forgotten;
    },
    now: () => world.clock.now,
    log: (_, event) => world.logged.push(event),
  });
  return Object.assign(world, { afterCycle });
}

test("old history is looked for once an hour", async () => {
  const world = history(10);
  await world.afterCycle();
  world.clock.now += 3_599_999;
  await world.afterCycle();
  expect(world.asked).toEqual([{ days: 730, most: 20_000 }]);
  world.clock.now += 1;
  await world.afterCycle();
  expect(world.asked).toHaveLength(2);
  expect(world.logged).toEqual(["history.forgotten"]);
});

test("as long as more is left, the next cycle is followed by another piece", async () => {
  const world = history(45_000);
  for (let cycle = 0; cycle < 5; cycle += 1) await world.afterCycle();
  expect(world.asked).toHaveLength(3);
});

test("what is kept for ever is never looked at", async () => {
  const world = history(10, 0);
  await world.afterCycle();
  world.clock.now += 1e12;
  await world.afterCycle();
  expect(world.asked).toEqual([]);
});

test("a failure stops nothing, and is tried again after the next cycle", async () => {
  const world = history(10);
  world.failure = new Error("gone");
  await world.afterCycle();
  world.failure = null;
  await world.afterCycle();
  expect(world.logged).toEqual(["history.kept", "history.forgotten"]);
});
