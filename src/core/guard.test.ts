import { expect, test } from "vitest";
import { heldPeak } from "./guard.ts";

test.each([
  ["none waits", { waiting: 0, peak: 9, allowed: 2 }, 0],
  ["as many as allowed", { waiting: 2, peak: 0, allowed: 2 }, 0],
  ["one more than allowed", { waiting: 3, peak: 0, allowed: 2 }, 3],
  ["fewer than there were, and within the limit by now", { waiting: 1, peak: 3, allowed: 2 }, 3],
  ["more than there were", { waiting: 5, peak: 3, allowed: 2 }, 5],
  ["the limit was raised to what there were", { waiting: 1, peak: 3, allowed: 3 }, 0],
])("%s", (_, waiting, expected) => {
  expect(heldPeak(waiting)).toBe(expected);
});
