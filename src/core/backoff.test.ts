import fc from "fast-check";
import { expect, test } from "vitest";
import { delayMs } from "./backoff.ts";

const LIMITS = { baseMs: 1_000, maxMs: 60_000, attempts: 5 };

test("doubles from the base, and jitter takes at most half of a step away", () => {
  expect([1, 2, 3].map((attempt) => delayMs(attempt, LIMITS, 0))).toEqual([500, 1_000, 2_000]);
  expect([1, 2, 3].map((attempt) => delayMs(attempt, LIMITS, 0.999_999))).toEqual([1_000, 2_000, 4_000]);
});

test("never waits longer than the limit, nor less than half of the base, at any attempt", () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000_000 }), random, (attempt, chance) => {
      const wait = delayMs(attempt, LIMITS, chance);
      expect(wait).toBeGreaterThanOrEqual(LIMITS.baseMs / 2);
      expect(wait).toBeLessThanOrEqual(LIMITS.maxMs);
      expect(Number.isInteger(wait)).toBe(true);
    }),
  );
});

test("a limit below the base holds from the first attempt", () => {
  expect(delayMs(1, { ...LIMITS, maxMs: 10 }, 0.999_999)).toBe(10);
});
