/**
 * Looks for planted faults: how many histories does it take until each is found?
 */
import type { Violation } from "./judge.ts";
import type { Plant } from "./plants.ts";
import { openSimulator } from "./simulator.ts";
import { historyOf } from "./steps.ts";

export interface Hunt {
  readonly plant: Plant;
  /** Histories that were played. */
  readonly runs: number;
  /** With which seed, and what was broken; absent when it was not found. */
  readonly found?: { readonly seed: number; readonly violation: Violation };
}

export interface HuntPlan {
  /** Of an empty database. */
  readonly connectionString: string;
  readonly from: number;
  readonly most: number;
}

/** Plays histories with a fault planted, until a promise is broken. */
export async function hunt(plant: Plant, { connectionString, from, most }: HuntPlan): Promise<Hunt> {
  const simulator = await openSimulator(connectionString, plant);
  try {
    for (let runs = 1; runs <= most; runs += 1) {
      const seed = from + runs - 1;
      const [violation] = (await simulator.play(historyOf(seed))).violations;
      if (violation !== undefined) return { plant, runs, found: { seed, violation } };
    }
    return { plant, runs: most };
  } finally {
    await simulator.close();
  }
}
