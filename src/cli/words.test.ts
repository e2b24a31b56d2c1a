import { expect, test } from "vitest";
import { aligned, duration, integer, rate, relative } from "./words.ts";

const NOW = new Date("2026-11-24T06:00:00Z");

test("whole numbers have their thousands apart", () => {
  expect([0, 999, 1_000, 1_234_567, 12.6].map(integer)).toEqual(["0", "999", "1,000", "1,234,567", "13"]);
});

test("a rate that is nothing says so", () => {
  expect([0, -1, 3.4, 12_345].map(rate)).toEqual(["–", "–", "3/s", "12,345/s"]);
});

test.each([
  [1, "1 s"],
  [59.4, "59 s"],
  [59.6, "1 min"],
  [60, "1 min"],
  [61, "1 min 1 s"],
  [3_599.7, "1 h"],
  [3_600, "1 h"],
  [7_380, "2 h 3 min"],
  [90_000, "25 h"],
])("%f seconds are %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

test("a moment is told from now, on either side", () => {
  expect(relative("2026-11-24T05:59:48Z", NOW)).toBe("12 s ago");
  expect(relative("2026-11-24T06:04:00Z", NOW)).toBe("in 4 min");
  expect(relative(null, NOW)).toBe("–");
});

test("columns are as wide as their widest cell, without blanks at the end, and colours take no room", () => {
  const rows = [
    ["name", "count"],
    ["\u001B[31mred\u001B[39m", "5"],
    ["longer", "1,234"],
  ];
  expect(aligned(rows, new Set([1]))).toEqual([
    "name    count",
    "\u001B[31mred\u001B[39m         5",
    "longer  1,234",
  ]);
  expect(
    aligned(
      [
        ["a", "b"],
        ["ccc", ""],
      ],
      new Set(),
    ),
  ).toEqual(["a    b", "ccc"]);
});
