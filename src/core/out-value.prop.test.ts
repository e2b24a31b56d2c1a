import fc from "fast-check";
import { expect, test } from "vitest";
import { attribute } from "../../test/support/entity.ts";
import { sameCell } from "./canonical-cell.ts";
import type { Cell } from "./cell.ts";
import { cellReader, columnTypeOf } from "./cell.ts";
import type { WireValue } from "./change.ts";
import type { Attribute, AttributeType, Choice } from "./organization.ts";
import { outValue } from "./out-value.ts";
import type { OutValue } from "./sink-port.ts";

/** What the service keeps of a value, and tells when it is read again. */
function wireOf(value: OutValue): WireValue {
  if (value.kind === "exact") return value.digits;
  return value.kind === "reference" ? value.id : value.value;
}

/** Labels drawn from few pieces, so that they repeat and imitate each other's numbers and brackets. */
const label = fc
  .array(fc.constantFrom("", "A", "1", "2", " ", "(1)", " (1)"), { maxLength: 3 })
  .map((pieces) => pieces.join(""));
const choices: fc.Arbitrary<Choice[]> = fc.uniqueArray(
  fc.record({ value: fc.integer({ min: -3, max: 12 }), label }),
  { selector: ({ value }) => value, minLength: 1, maxLength: 8 },
);

const digits = fc
  .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 9_999 }))
  .map(([whole, part]) => `${whole}.${String(part).padStart(4, "0")}`);
const instant = fc
  .integer({ min: Date.UTC(1753, 0, 1) / 1_000, max: Date.UTC(9999, 11, 31) / 1_000 })
  .map((seconds) => new Date(seconds * 1_000).toISOString().replace(".000Z", "Z"));
const guids = fc.uuid();

interface Sample {
  readonly type: AttributeType;
  readonly wire: WireValue;
  readonly facts?: Partial<Attribute>;
}

const of = (
  type: AttributeType,
  wire: fc.Arbitrary<WireValue>,
  facts?: Partial<Attribute>,
): fc.Arbitrary<Sample> =>
  wire.map((value) => (facts === undefined ? { type, wire: value } : { type, wire: value, facts }));

const chosen = (type: AttributeType): fc.Arbitrary<Sample> =>
  choices.chain((all) =>
    of(
      type,
      fc.constantFrom(...all).map(({ value }) => value),
      { choices: all },
    ),
  );
const severalChosen: fc.Arbitrary<Sample> = choices.chain((all) =>
  of(
    "MultiSelectPicklist",
    fc.shuffledSubarray(all).map((some) => some.map(({ value }) => value).join(",")),
    {
      choices: all,
    },
  ),
);

/** Anything the service may tell of a field. */
const sample: fc.Arbitrary<Sample> = fc
  .oneof(
    of(
      "String",
      fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\u0000")),
    ),
    of("Memo", fc.constant("null")),
    of("Integer", fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
    of("BigInt", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
    of("Decimal", digits, { precision: 4 }),
    of("Money", digits, { precision: 2 }),
    of("Double", fc.double({ noNaN: true, noDefaultInfinity: true })),
    of("Boolean", fc.boolean()),
    of("DateTime", instant),
    of("DateTime", instant, { dateBehavior: "TimeZoneIndependent" }),
    of(
      "DateTime",
      instant.map((text) => text.slice(0, 10)),
      { dateBehavior: "DateOnly" },
    ),
    chosen("Picklist"),
    chosen("State"),
    chosen("Status"),
    severalChosen,
    of("Lookup", guids, { navigation: { account: "new_Account" } }),
    of("Owner", guids, { navigation: { systemuser: "ownerid" } }),
    of("Uniqueidentifier", guids),
  )
  .chain((one) =>
    fc.boolean().map((blank) => (blank && one.type !== "String" ? { ...one, wire: null } : one)),
  );

test("what was read and goes back is read again as it was", () => {
  fc.assert(
    fc.property(sample, ({ type, wire, facts }) => {
      const field = attribute("field", type, facts ?? {});
      const read = cellReader(field);
      const cell = read(wire);
      const value = outValue(field, cell);
      if ("refusal" in value) throw new Error(value.refusal);
      expect(sameCell(columnTypeOf(field), read(wireOf(value)), cell)).toBe(true);
    }),
    { numRuns: 10_000 },
  );
});

test("no two choices go back as one, however their labels imitate each other", () => {
  fc.assert(
    fc.property(choices, (all) => {
      const field = attribute("field", "Picklist", { choices: all });
      const read = cellReader(field);
      const back = all.map(({ value }) => outValue(field, read(value)));
      expect(back).toEqual(all.map(({ value }) => ({ kind: "value", property: "field", value })));
    }),
    { numRuns: 2_000 },
  );
});

test("a refusal never says the value", () => {
  const secret = "Zara-Secret-77";
  const types = fc.constantFrom<AttributeType>(
    "String",
    "Integer",
    "BigInt",
    "Decimal",
    "Money",
    "Double",
    "Boolean",
    "DateTime",
    "Picklist",
    "MultiSelectPicklist",
    "Lookup",
    "Uniqueidentifier",
  );
  const cells = fc.constantFrom<Cell>(secret, `${secret}\u0000`, [secret]);
  fc.assert(
    fc.property(types, cells, fc.option(choices, { nil: [] }), (type, cell, all) => {
      const facts = { maxLength: 3, choices: all, navigation: { account: "a" } };
      const value = outValue(attribute("field", type, facts), cell);
      expect(value).toHaveProperty("refusal");
      expect(JSON.stringify(value)).not.toContain(secret);
    }),
  );
});
