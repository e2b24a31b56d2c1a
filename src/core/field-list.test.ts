import { expect, test } from "vitest";
import { SAMPLE_LENGTH, samplesOf } from "./field-list.ts";

test("samples are the first three different values, in one short line each", () => {
  expect(samplesOf(["b", "", "  ", "a", "b", "c", "d"])).toEqual(["b", "a", "c"]);
  expect(samplesOf(["two\n  lines"])).toEqual(["two lines"]);
  const [long = ""] = samplesOf(["😀".repeat(100)]);
  expect(Array.from(long)).toHaveLength(SAMPLE_LENGTH);
  expect(long.endsWith("😀…")).toBe(true);
});
