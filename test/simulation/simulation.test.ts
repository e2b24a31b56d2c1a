import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import type { TestDatabase } from "../support/database.ts";
import { addTo, emptyTally, explain, tallyInWords } from "./report.ts";
import type { Simulator } from "./simulator.ts";
import { openSimulator } from "./simulator.ts";
import { historyOf } from "./steps.ts";

/**
 * The deterministic simulation, a slice of it: seeds that are always the same, and fresh ones, which are printed.
 * `npm run simulate` plays as many as one likes.
 */

let database: TestDatabase;
let simulator: Simulator;

beforeAll(async () => {
  database = await testDatabase();
  simulator = await openSimulator(database.connectionString);
});

afterAll(async () => {
  await simulator.close();
  await database.close();
});

async function playAll(seeds: readonly number[]): Promise<void> {
  const tally = emptyTally();
  for (const seed of seeds) {
    const history = historyOf(seed);
    const played = await simulator.play(history);
    addTo(tally, seed, played);
    if (played.violations.length > 0) expect.fail(await explain(simulator, history, played.violations));
  }
  process.stdout.write(`simulation: ${tallyInWords(tally)}\n`);
}

const range = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, nth) => from + nth);

test("the same seed gives the same run, to the byte of its trace", async () => {
  for (const seed of range(1, 3)) {
    const [one, two] = [await simulator.play(historyOf(seed)), await simulator.play(historyOf(seed))];
    expect(two.trace.join("\n")).toBe(one.trace.join("\n"));
    expect(one.trace.length).toBeGreaterThan(50);
  }
});

test("promises hold in a fixed slice of histories", () => playAll(range(101, 10)), 300_000);

test("promises hold in fresh histories", async () => {
  const from = Math.floor(Math.random() * 1_000_000_000);
  process.stdout.write(`simulation: fresh seeds from ${from}\n`);
  await playAll(range(from, 5));
}, 300_000);
