import { expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import { hunt } from "./hunt.ts";
import { PLANTS } from "./plants.ts";

/**
 * The simulation finds what it is there to find: each mistake is planted and caught by the history of its seed, the first
 * of seeds 1, 2, 3 … that does. `npm run simulate -- --plants` looks for them from the beginning.
 */
const CAUGHT_BY: Readonly<Record<string, number>> = {
  "checkpoint before apply": 1,
  "echo by flag": 1,
  "lost tie": 2,
  "absence read as deletion": 1,
  "create without stored id": 5,
  "lease without fence": 1,
  "conflict loser pushed later": 32,
  "opt-out weakened by a merge": 19,
  "stale page after own write": 11,
  "batch outcome taken as success": 18,
};

test.each(PLANTS)("$name is caught", async (plant) => {
  const { connectionString, close } = await testDatabase();
  try {
    const from = CAUGHT_BY[plant.name] ?? 1;
    const { found } = await hunt(plant, { connectionString, from, most: 1 });
    expect(found?.violation).toBeDefined();
  } finally {
    await close();
  }
});
