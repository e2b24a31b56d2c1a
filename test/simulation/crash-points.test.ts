import { expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import { SMALL_HISTORIES, crashPoints } from "./crash-points.ts";
import { openSimulator } from "./simulator.ts";

/** Some of the crash points of each small history; `npm run simulate -- --crash-points` takes every one. */

test.each(Object.keys(SMALL_HISTORIES))(
  "%s: a process that ends anywhere breaks no promise",
  async (name) => {
    const { connectionString, close } = await testDatabase();
    const simulator = await openSimulator(connectionString);
    try {
      let points = 0;
      for await (const { calls, left, played } of crashPoints(simulator, name, { every: 17 })) {
        points += 1;
        expect({ calls, left, violations: played.violations }).toEqual({ calls, left, violations: [] });
      }
      expect(points).toBeGreaterThan(3);
    } finally {
      await simulator.close();
      await close();
    }
  },
  120_000,
);
