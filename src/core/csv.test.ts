import { expect, test } from "vitest";
import { csvText } from "./csv.ts";

test("a line for each row, quoted where it must be", () => {
  expect(
    csvText([
      ["a", "b c"],
      ['say "no"', "1,5"],
      ["two\nlines", ""],
    ]),
  ).toBe('a,b c\r\n"say ""no""","1,5"\r\n"two\nlines",\r\n');
  expect(csvText([])).toBe("");
});

test.each(["=1+1", "+1", "-1", "@sum", "\tx", "\rx", " =cmd|' /C calc'!A0"])(
  "%j is no formula to a spreadsheet",
  (text) => {
    expect(csvText([[text]]).replace(/^"/, "")).toMatch(/^'/);
  },
);

test.each(["1-1", "a=b", "2026-11-24", "", "person@firm.example"])("%j stays as it is", (text) => {
  expect(csvText([[text]])).toBe(`${text}\r\n`);
});
