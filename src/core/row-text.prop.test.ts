import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cell, ColumnType } from "./cell.ts";
import { cellsReader, cellsWriter } from "./row-text.ts";

const awkward = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "\\N", "\\", "\t", "a\tb\nc\rd\\e", "{", '"', '\\"', "null", "日本 👍"),
  fc.array(fc.constantFrom("\\", "\t", "\n", '"', "N", ",", "{", "}", "x")).map((pieces) => pieces.join("")),
);
const cellOf: Readonly<Partial<Record<ColumnType, fc.Arbitrary<Cell>>>> = {
  text: fc.option(awkward, { nil: null }),
  "text[]": fc.option(fc.array(awkward), { nil: null }),
  numeric: fc.option(fc.constantFrom("0", "-12.50", "79228162514264337593543950335"), { nil: null }),
};
const row = fc
  .array(fc.constantFrom<ColumnType>("text", "text[]", "numeric"), { minLength: 1, maxLength: 8 })
  .chain((types) =>
    fc.tuple(fc.constant(types), fc.tuple(...types.map((type) => cellOf[type] ?? fc.constant(null)))),
  );

describe("rows as text", () => {
  it("reads back every cell that was written", () => {
    fc.assert(
      fc.property(row, ([types, cells]) => {
        const line = cellsWriter(types)(cells);
        expect(line).not.toMatch(/[\n\r]/);
        expect(cellsReader(types)(line)).toEqual(cells);
      }),
      { numRuns: 2000 },
    );
  });

  it("writes a row without columns as nothing", () => {
    expect(cellsWriter([])([])).toBe("");
    expect(cellsReader([])("")).toEqual([]);
  });
});
