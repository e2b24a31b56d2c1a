import { describe, expect, test } from "vitest";
import { attribute, guid } from "../../test/support/entity.ts";
import { UnstorableValue, cellReader, choiceLabels, columnTypeOf } from "./cell.ts";
import type { WireValue } from "./change.ts";
import type { AttributeType } from "./organization.ts";

const DATES = {
  day: { dateBehavior: "DateOnly" },
  clock: { dateBehavior: "TimeZoneIndependent" },
  instant: { dateBehavior: "UserLocal" },
} as const;

const CHOICES = {
  choices: [
    { value: 1, label: "Hot" },
    { value: 9, label: 'Größe, {"M"}' },
  ],
};

function read(type: AttributeType, value: WireValue | undefined, facts = {}): unknown {
  return cellReader(attribute("field", type, facts))(value);
}

const KEPT: readonly (readonly [AttributeType, string, WireValue, unknown, object?])[] = [
  ["String", "text of four-byte characters", "Zoë 👩‍👩‍👧 𝒳", "Zoë 👩‍👩‍👧 𝒳"],
  ["String", "empty text, which is not null", "", ""],
  ["String", "text that spells null", "null", "null"],
  ["Memo", "line ends as they are", "a\r\nb\n\tc\\", "a\r\nb\n\tc\\"],
  ["EntityName", "an entity's name", "contact", "contact"],
  ["Integer", "zero", 0, "0"],
  ["Integer", "the least", -2_147_483_648, "-2147483648"],
  ["Double", "a fraction", 0.1, "0.1"],
  ["Double", "a large one", 1e300, "1e+300"],
  ["BigInt", "the largest 64-bit integer", "9223372036854775807", "9223372036854775807"],
  ["BigInt", "the least 64-bit integer", "-9223372036854775808", "-9223372036854775808"],
  ["Decimal", "22 digits", "123456789012.3456789012", "123456789012.3456789012"],
  ["Decimal", "a negative one", "-0.0000000001", "-0.0000000001"],
  ["Money", "cents that a double would lose", "922337203685477.5807", "922337203685477.5807"],
  ["Boolean", "false", false, "false"],
  ["Boolean", "true", true, "true"],
  ["DateTime", "a calendar day", "2024-02-29", "2024-02-29", DATES.day],
  ["DateTime", "a day that an old server tells as midnight", "1899-12-31T00:00:00Z", "1899-12-31", DATES.day],
  ["DateTime", "a wall clock, in no zone", "2024-03-31T02:30:00Z", "2024-03-31T02:30:00", DATES.clock],
  [
    "DateTime",
    "an instant with its fraction",
    "2024-03-31T02:30:00.123Z",
    "2024-03-31T02:30:00.123Z",
    DATES.instant,
  ],
  ["Picklist", "a choice by its label", 1, "Hot", CHOICES],
  ["Picklist", "a choice nobody described, by its number", 7, "7", CHOICES],
  ["State", "a label with everything SQL minds", 9, 'Größe, {"M"}', CHOICES],
  ["Status", "a choice without any description", -1, "-1"],
  ["MultiSelectPicklist", "several labels in order", "9,1", ['Größe, {"M"}', "Hot"], CHOICES],
  ["MultiSelectPicklist", "one unknown among known", "1,7", ["Hot", "7"], CHOICES],
  ["MultiSelectPicklist", "blanks between the values", "1, 7", ["Hot", "7"], CHOICES],
  ["MultiSelectPicklist", "none, which is null", "", null, CHOICES],
  ["Lookup", "an id", guid(1), guid(1)],
  [
    "Owner",
    "an id in capitals",
    "AB000000-0000-4000-8000-00000000000F",
    "ab000000-0000-4000-8000-00000000000f",
  ],
  ["Customer", "an id", guid(2), guid(2)],
  ["Uniqueidentifier", "an id", guid(3), guid(3)],
];

for (const [type, what, value, cell, facts] of KEPT) {
  test(`${type} keeps ${what}`, () => {
    expect(read(type, value, facts)).toEqual(cell);
  });
}

const REFUSED: readonly (readonly [AttributeType, string, WireValue, string, object?])[] = [
  ["String", "a NUL character", "a\u0000b", "NUL"],
  ["String", "half of a surrogate pair", "a\uD83D", "surrogate"],
  ["Memo", "the second half alone", "\uDE00b", "surrogate"],
  ["String", "a number", 5, "expected text, got number"],
  ["EntityName", "true", true, "expected text, got boolean"],
  ["Integer", "digits as text", "5", "expected a number, got string"],
  ["Double", "text", "1e5", "expected a number, got string"],
  ["BigInt", "a number that passed through a double", 2 ** 53, "expected a number as digits"],
  ["BigInt", "nothing at all", "", "is not a number"],
  ["Decimal", "a comma", "1,5", "is not a number"],
  ["Money", "not a number", "NaN", "is not a number"],
  ["Money", "a bare point", "1.", "is not a number"],
  ["Boolean", "a one", 1, "expected true or false, got number"],
  ["DateTime", "a number", 5, "expected a date, got number", DATES.day],
  ["DateTime", "a day where an instant belongs", "2024-02-29", "is not a date", DATES.instant],
  ["DateTime", "an instant with an offset", "2024-02-29T00:00:00+02:00", "is not a date", DATES.instant],
  ["DateTime", "words", "yesterday", "is not a date", DATES.day],
  ["Picklist", "a label", "Hot", "expected a choice value, got string", CHOICES],
  ["MultiSelectPicklist", "a number", 1, "expected choice values, got number", CHOICES],
  ["Lookup", "a name", "Contoso", "is not an id"],
  ["Owner", "braces", `{${guid(1)}}`, "is not an id"],
];

for (const [type, what, value, reason, facts] of REFUSED) {
  test(`${type} refuses ${what} and names the field`, () => {
    const reader = cellReader(attribute("new_field", type, facts));
    expect(() => reader(value)).toThrow(UnstorableValue);
    expect(() => reader(value)).toThrow(/^new_field: /);
    expect(() => reader(value)).toThrow(reason);
  });
}

test("a refusal does not repeat the value, which may be personal", () => {
  expect(() => read("Lookup", "Jane Doe")).toThrow(/^(?!.*Jane)/s);
});

const TYPES: readonly AttributeType[] = [
  "String",
  "Memo",
  "Integer",
  "BigInt",
  "Decimal",
  "Double",
  "Money",
  "Boolean",
  "DateTime",
  "Picklist",
  "State",
  "Status",
  "MultiSelectPicklist",
  "Lookup",
  "Owner",
  "Customer",
  "Uniqueidentifier",
  "EntityName",
];

test.each(TYPES)("%s reads null and an absent property as null", (type) => {
  expect(read(type, null)).toBeNull();
  expect(read(type, undefined)).toBeNull();
});

test("a date column is as exact as the date behaves; without a behaviour it is an instant", () => {
  expect(columnTypeOf({ type: "DateTime", ...DATES.day })).toBe("date");
  expect(columnTypeOf({ type: "DateTime", ...DATES.clock })).toBe("timestamp without time zone");
  expect(columnTypeOf({ type: "DateTime", ...DATES.instant })).toBe("timestamp with time zone");
  expect(columnTypeOf({ type: "DateTime" })).toBe("timestamp with time zone");
});

describe("labels of a choice", () => {
  const labels = (...choices: readonly (readonly [number, string])[]): object =>
    Object.fromEntries(choiceLabels(choices.map(([value, label]) => ({ value, label }))));

  test("are what people see", () => {
    expect(labels([1, "Cold"], [2, "Hot"])).toEqual({ 1: "Cold", 2: "Hot" });
  });

  test("that repeat carry their value", () => {
    expect(labels([1, "Other"], [2, "Hot"], [3, "Other"])).toEqual({
      1: "Other (1)",
      2: "Hot",
      3: "Other (3)",
    });
  });

  test("that are empty are their value", () => {
    expect(labels([1, ""], [2, ""])).toEqual({ 1: "(1)", 2: "(2)" });
  });

  test("that read like another value's number carry their own", () => {
    expect(labels([1, "2"], [2, "Two"], [3, "3"])).toEqual({ 1: "2 (1)", 2: "Two", 3: "3" });
  });

  test("that read like another label with its value carry their own as well", () => {
    expect(labels([1, "A"], [2, "A (1)"], [3, "A"])).toEqual({ 1: "A (1)", 2: "A (1) (2)", 3: "A (3)" });
  });
});
