import fc from "fast-check";
import { expect, test } from "vitest";
import { attribute } from "../../test/support/entity.ts";
import { UnstorableValue, cellReader, choiceLabels } from "./cell.ts";
import type { Attribute, AttributeType, Choice } from "./organization.ts";

/** Labels drawn from few pieces, so that they repeat and imitate each other's numbers and brackets. */
const label = fc
  .array(fc.constantFrom("", "A", "1", "2", " ", "(1)", "(2)", " (1)", "B"), { maxLength: 3 })
  .map((pieces) => pieces.join(""));

const choices: fc.Arbitrary<Choice[]> = fc.uniqueArray(
  fc.record({ value: fc.integer({ min: -3, max: 12 }), label }),
  { selector: ({ value }) => value, maxLength: 8 },
);

test("two choices never read alike, whatever their labels are", () => {
  fc.assert(
    fc.property(choices, (all) => {
      const shown = [...choiceLabels(all).values()];
      expect(new Set(shown).size).toBe(all.length);
      expect(shown).not.toContain("");
    }),
    { numRuns: 2_000 },
  );
});

test("no label reads as the number of another choice", () => {
  fc.assert(
    fc.property(choices, (all) => {
      for (const [value, shown] of choiceLabels(all)) {
        expect(
          all.filter((other) => other.value !== value).map((other) => String(other.value)),
        ).not.toContain(shown);
      }
    }),
  );
});

test("the order of choices does not change their labels", () => {
  fc.assert(
    fc.property(choices, (all) => {
      expect(new Map(choiceLabels(all.toReversed()))).toEqual(new Map(choiceLabels(all)));
    }),
  );
});

test("text is kept to the last character, or refused: never changed", () => {
  const reader = cellReader(attribute("field", "String"));
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const storable = value.isWellFormed() && !value.includes("\u0000");
      if (storable) expect(reader(value)).toBe(value);
      else expect(() => reader(value)).toThrow(UnstorableValue);
    }),
  );
});

test("64-bit integers and decimals keep every digit", () => {
  const bigInt = cellReader(attribute("field", "BigInt"));
  const decimal = cellReader(attribute("field", "Decimal"));
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(), (whole, fraction) => {
      expect(bigInt(String(whole))).toBe(String(whole));
      expect(decimal(`${whole}.${fraction}`)).toBe(`${whole}.${fraction}`);
    }),
  );
});

const TYPES: readonly AttributeType[] = [
  "String",
  "Integer",
  "BigInt",
  "Double",
  "Boolean",
  "DateTime",
  "Picklist",
  "MultiSelectPicklist",
  "Lookup",
];

test("a reader gives a cell or refuses by name: it fails in no other way", () => {
  const wire = fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.boolean(), fc.constant(null));
  const attributes: fc.Arbitrary<Attribute> = fc
    .constantFrom(...TYPES)
    .map((type) => attribute("field", type, { choices: [{ value: 1, label: "A" }] }));
  fc.assert(
    fc.property(attributes, wire, (of, value) => {
      try {
        const cell = cellReader(of)(value);
        expect(cell === null || typeof cell === "string" || Array.isArray(cell)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(UnstorableValue);
      }
    }),
  );
});
