import { expect, test } from "vitest";
import { Rate } from "./rate.ts";

/** Counts records at seconds; returns the rate after each. */
function rates(...steps: readonly (readonly [second: number, records: number])[]): number[] {
  let now = 0;
  const rate = new Rate(() => now);
  return steps.map(([second, records]) => {
    now = second * 1000;
    return rate.count(records);
  });
}

test("nothing is known before time has passed", () => {
  expect(rates([0, 5_000], [0, 5_000])).toEqual([0, 0]);
});

test("a steady flow shows as what it is from the second page on", () => {
  expect(rates([0, 100], [1, 100], [2, 100], [7, 500])).toEqual([0, 100, 100, 100]);
});

test("half of the past is forgotten in five seconds", () => {
  const [, steady, faster] = rates([0, 100], [1, 100], [6, 1_500]);
  expect([steady, faster]).toEqual([100, 200]);
});

test("a clock that is set back breaks nothing", () => {
  expect(
    rates([10, 100], [11, 100], [5, 100], [6, 100]).every((rate) => rate >= 0 && Number.isFinite(rate)),
  ).toBe(true);
});
