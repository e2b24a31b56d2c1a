import { expect, test } from "vitest";
import {
  formatAgo,
  formatCount,
  formatCountdown,
  formatDuration,
  formatMany,
  formatRate,
  formatShare,
  formatTime,
  formatUtc,
} from "../../dashboard/src/format.ts";

const spaced = (text: string) => text.replaceAll("\u00a0", " ");

test("counts carry thousands separators, and the unknown is a dash", () => {
  expect(formatCount(1_204_331)).toBe("1,204,331");
  expect(formatCount(null)).toBe("–");
  expect(formatMany(1, "record")).toBe("1 record");
  expect(formatMany(2_000, "record")).toBe("2,000 records");
});

test("small rates keep a decimal", () => {
  expect([0, 0.04, 4.24, 41.6, 3_412.4].map(formatRate)).toEqual(["0", "0", "4.2", "42", "3,412"]);
});

test("100% is said only of what is complete", () => {
  expect([0, 0.319, 0.99999, 1].map(formatShare)).toEqual(["0%", "31.9%", "99.9%", "100%"]);
});

test.each([
  [0, "0 s"],
  [0.4, "under 1 s"],
  [59.4, "59 s"],
  [59.6, "1 min"],
  [200, "3 min 20 s"],
  [7_500, "2 h 5 min"],
  [356_400, "4 d 3 h"],
  [null, "–"],
])("a duration of %s seconds reads %s", (seconds, text) => {
  expect(spaced(formatDuration(seconds))).toBe(text);
});

test.each([
  [0, "0:00"],
  [-3, "0:00"],
  [11.2, "0:12"],
  [192, "3:12"],
  [3_725, "1:02:05"],
])("a countdown of %s seconds reads %s", (seconds, text) => {
  expect(formatCountdown(seconds)).toBe(text);
});

test("times are local, the day only when it is another, UTC whole", () => {
  const now = new Date(2026, 10, 24, 14, 3, 22).getTime();
  expect(formatTime(now, now)).toBe("14:03:22");
  expect(formatTime(now - 86_400_000, now)).toBe("23 Nov, 14:03");
  expect(formatUtc(Date.UTC(2026, 10, 24, 6, 11, 22))).toBe("2026-11-24 06:11:22 UTC");
});

test.each([
  [2, "just now"],
  [12, "12 s ago"],
  [190, "3 min ago"],
  [7_300, "2 h ago"],
  [200_000, "2 d ago"],
])("%s seconds before reads %s", (seconds, text) => {
  expect(formatAgo(0, seconds * 1_000)).toBe(text);
});
