import { describe, expect, test } from "vitest";
import { attribute, guid } from "../../test/support/entity.ts";
import type { Cell } from "./cell.ts";
import type { Attribute, AttributeType } from "./organization.ts";
import { outValue } from "./out-value.ts";

const DATES = {
  day: { dateBehavior: "DateOnly" },
  clock: { dateBehavior: "TimeZoneIndependent" },
  instant: { dateBehavior: "UserLocal" },
} as const;

const CHOICES = {
  choices: [
    { value: 1, label: "Hot" },
    { value: 2, label: "Cold" },
    { value: 3, label: "Cold" },
    { value: 9, label: 'Größe, {"M"}' },
  ],
};

const CUSTOMER = {
  targets: ["account", "contact"],
  navigation: { account: "parentcustomerid_account", contact: "parentcustomerid_contact" },
};
const OWNER = { targets: ["systemuser", "team"], navigation: { systemuser: "ownerid", team: "ownerid" } };
const PARENT = { targets: ["account"], navigation: { account: "new_ParentId" } };

type Facts = Partial<Attribute>;

function out(type: AttributeType, cell: Cell, facts: Facts = {}, target?: string): unknown {
  return outValue(attribute("field", type, { label: "Field", ...facts }), cell, target);
}

function refusalOf(type: AttributeType, cell: Cell, facts: Facts = {}, target?: string): string {
  const value = out(type, cell, facts, target) as { refusal?: string };
  return value.refusal ?? `not refused: ${JSON.stringify(value)}`;
}

const PLAIN: readonly (readonly [AttributeType, string, Cell, unknown, Facts?])[] = [
  ["String", "text of four-byte characters", "Zoë 𝒳", "Zoë 𝒳", { maxLength: 6 }],
  ["String", "text that spells null (P37)", "null", "null"],
  ["String", "an empty text as nothing", "", null],
  ["String", "nothing", null, null],
  ["Memo", "line ends as they are (P37)", "a\r\nb", "a\r\nb"],
  ["Integer", "zero, which is a value (P11)", "0", 0],
  ["Integer", "the least", "-2147483648", -2_147_483_648],
  ["Integer", "nothing, and no zero for it (P7)", null, null],
  ["Double", "a fraction", "0.1", 0.1],
  ["Double", "zero (P11)", "0", 0],
  ["Double", "more digits than the field shows", "1.123456789", 1.123456789, { precision: 2 }],
  ["Double", "the bound itself", "90", 90, { minValue: -90, maxValue: 90 }],
  ["Boolean", "no, which is a value (P11)", "false", false],
  ["Boolean", "yes as PostgreSQL prints it", "t", true],
  ["Boolean", "neither yes nor no", null, null],
  ["DateTime", "P42: a day, in no zone", "2024-05-01", "2024-05-01", DATES.day],
  ["DateTime", "the first day", "1753-01-01", "1753-01-01", DATES.day],
  ["DateTime", "an instant", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z", DATES.instant],
  ["DateTime", "an instant of another zone", "2024-05-01 12:00:00+02", "2024-05-01T10:00:00Z", DATES.instant],
  [
    "DateTime",
    "an instant without its fraction",
    "2024-05-01T10:00:00.999Z",
    "2024-05-01T10:00:00Z",
    DATES.instant,
  ],
  ["DateTime", "a wall clock as UTC", "2024-03-31T02:30:00", "2024-03-31T02:30:00Z", DATES.clock],
  ["DateTime", "a behaviour that is not said", "2024-05-01 10:00:00+00", "2024-05-01T10:00:00Z"],
  ["Picklist", "a choice by its label", "Hot", 1, CHOICES],
  ["Picklist", "a choice by its number", "1", 1, CHOICES],
  ["Picklist", "one of two labels that are alike", "Cold (3)", 3, CHOICES],
  ["Picklist", "a number of which nothing is described", "7", 7],
  ["Picklist", "a label that is the number of none", "5", 4, { choices: [{ value: 4, label: "5" }] }],
  ["State", "a label with everything SQL minds", 'Größe, {"M"}', 9, CHOICES],
  ["Status", "a negative number", "-1", -1],
  ["MultiSelectPicklist", "several in the order of their values", ['Größe, {"M"}', "Hot"], "1,9", CHOICES],
  ["MultiSelectPicklist", "one twice, once", ["Hot", "1", "Hot"], "1", CHOICES],
  ["MultiSelectPicklist", "values as numbers, not as text", ["10", "9"], "9,10"],
  ["MultiSelectPicklist", "none", [], null, CHOICES],
  ["Uniqueidentifier", "an id in capitals", guid(10).toUpperCase(), guid(10)],
  ["EntityName", "an entity's name", "contact", "contact"],
];

describe("plain values", () => {
  for (const [type, what, cell, value, facts] of PLAIN) {
    test(`${type}: ${what}`, () => {
      expect(out(type, cell, facts)).toEqual({ kind: "value", property: "field", value });
    });
  }
});

const EXACT: readonly (readonly [AttributeType, string, string, string, Facts?])[] = [
  ["BigInt", "the largest 64-bit integer", "9223372036854775807", "9223372036854775807"],
  ["BigInt", "the least one", "-9223372036854775808", "-9223372036854775808"],
  ["BigInt", "zero (P11)", "0", "0"],
  ["Decimal", "22 digits (P37)", "123456789012.3456789012", "123456789012.3456789012", { precision: 10 }],
  ["Decimal", "zeros that say nothing", "1.5000", "1.5", { precision: 1 }],
  ["Decimal", "zero (P11)", "0.00", "0"],
  ["Money", "cents that a double would lose", "922337203685477.5807", "922337203685477.5807"],
  ["Money", "digits that the currency may have", "1.2345", "1.2345", { precision: 2 }],
];

describe("exact numbers stay digits", () => {
  for (const [type, what, cell, digits, facts] of EXACT) {
    test(`${type}: ${what}`, () => {
      expect(out(type, cell, facts)).toEqual({ kind: "exact", property: "field", digits });
    });
  }
});

describe("references", () => {
  test("go through the navigation property of what they lead to", () => {
    const navigation = "parentcustomerid_contact";
    const value = { kind: "reference", navigation, target: "contact", id: guid(1) };
    expect(out("Customer", guid(1).toUpperCase(), CUSTOMER, "contact")).toEqual(value);
  });

  test("need no word on it where there is one target only", () => {
    const value = { kind: "reference", navigation: "new_ParentId", target: "account", id: guid(1) };
    expect(out("Lookup", guid(1), PARENT)).toEqual(value);
  });

  test("to an owner say whether it is a user or a team", () => {
    const value = { kind: "reference", navigation: "ownerid", target: "team", id: guid(1) };
    expect(out("Owner", guid(1), OWNER, "team")).toEqual(value);
    expect(refusalOf("Owner", guid(1), OWNER)).toBe(
      "Field may lead to systemuser or team, and nothing says to which.",
    );
  });

  test("are cleared through what they led to, else through any", () => {
    const cleared = (target: string): unknown => ({
      kind: "reference",
      navigation: `parentcustomerid_${target}`,
      target,
      id: null,
    });
    expect(out("Customer", null, CUSTOMER, "contact")).toEqual(cleared("contact"));
    expect(out("Customer", null, CUSTOMER)).toEqual(cleared("account"));
    expect(out("Customer", "", CUSTOMER)).toEqual(cleared("account"));
  });

  test("are refused to where the field does not lead", () => {
    const only = "Field may lead to account or contact only.";
    expect(refusalOf("Customer", guid(1), CUSTOMER, "lead")).toBe(only);
    expect(refusalOf("Customer", guid(1), CUSTOMER, "constructor")).toBe(only);
    expect(refusalOf("Lookup", guid(1))).toBe("Field leads nowhere that Tandem could write to.");
    expect(refusalOf("Lookup", null)).toBe("Field leads nowhere that Tandem could write to.");
  });
});

const LONG = "x".repeat(101);

const REFUSED: readonly (readonly [AttributeType, string, Cell, string, Facts?])[] = [
  [
    "String",
    "a text too long",
    LONG,
    "Field may have 100 characters at most; this has 101.",
    { maxLength: 100 },
  ],
  [
    "String",
    "a text too long as Dynamics counts",
    "𝒳𝒳",
    "Field may have 3 characters at most; this has 4.",
    { maxLength: 3 },
  ],
  ["Memo", "a NUL character", "a\u0000b", "Field contains a NUL character."],
  ["String", "half of a surrogate pair", "a\uD83D", "Field contains half of a surrogate pair."],
  ["String", "a list", ["a"], "Field takes one value, not a list."],
  ["Integer", "a fraction", "1.5", "Field takes a whole number."],
  ["Integer", "more than 32 bits", "2147483648", "Field must be 2147483647 or less."],
  ["Integer", "less than the field's least", "-1", "Field must be 0 or more.", { minValue: 0, maxValue: 10 }],
  ["Integer", "more than the field's most", "11", "Field must be 10 or less.", { minValue: 0, maxValue: 10 }],
  ["BigInt", "more than 64 bits", "9223372036854775808", "Field takes a whole number of 64 bits."],
  ["BigInt", "a fraction", "0.5", "Field takes a whole number."],
  [
    "Decimal",
    "more digits than the field has",
    "1.234",
    "Field may have 2 digits after the point at most; this has 3.",
    { precision: 2 },
  ],
  [
    "Decimal",
    "a fraction where there is none",
    "1.5",
    "Field may have 0 digits after the point at most; this has 1.",
    { precision: 0 },
  ],
  ["Decimal", "more than the most", "100.01", "Field must be 100 or less.", { maxValue: 100 }],
  ["Decimal", "what is no number", "NaN", "Field takes a number."],
  [
    "Money",
    "a fifth digit",
    "1.00001",
    "Field may have 4 digits after the point at most; this has 5.",
    { precision: 2 },
  ],
  ["Money", "a debt where there can be none", "-0.01", "Field must be 0 or more.", { minValue: 0 }],
  ["Double", "the infinite", "Infinity", "Field takes a number."],
  ["Double", "what is no number", "NaN", "Field takes a number."],
  ["Double", "beyond the bound", "90.1", "Field must be 90 or less.", { maxValue: 90 }],
  ["Boolean", "what is neither", "maybe", "Field takes true or false."],
  [
    "DateTime",
    "the day before the first",
    "1752-12-31",
    "Field takes a date from 1753-01-01 to 9999-12-31.",
    DATES.day,
  ],
  [
    "DateTime",
    "an instant where a day is wanted",
    "2024-05-01T10:00:00Z",
    "Field takes a date from 1753-01-01 to 9999-12-31.",
    DATES.day,
  ],
  [
    "DateTime",
    "the end of time",
    "infinity",
    "Field takes a date from 1753-01-01 to 9999-12-31.",
    DATES.instant,
  ],
  [
    "DateTime",
    "a year of five digits",
    "12024-05-01 00:00:00+00",
    "Field takes a date from 1753-01-01 to 9999-12-31.",
  ],
  [
    "DateTime",
    "an instant before the first day",
    "1752-12-31T23:59:59Z",
    "Field takes a date from 1753-01-01 to 9999-12-31.",
  ],
  [
    "Picklist",
    "an unknown label",
    "Warm",
    'Field has no such choice. There is Hot, Cold (2), Cold (3), Größe, {"M"}.',
    CHOICES,
  ],
  [
    "Picklist",
    "a label of two",
    "Cold",
    "Field has several choices of this name: Cold (2), Cold (3).",
    CHOICES,
  ],
  [
    "Picklist",
    "a number that is none of its values",
    "7",
    'Field has no such choice. There is Hot, Cold (2), Cold (3), Größe, {"M"}.',
    CHOICES,
  ],
  ["Picklist", "a label where nothing is described", "Hot", "Field has no such choice. There is none."],
  [
    "MultiSelectPicklist",
    "one unknown among known",
    ["Hot", "Warm"],
    'Field has no such choice. There is Hot, Cold (2), Cold (3), Größe, {"M"}.',
    CHOICES,
  ],
  ["MultiSelectPicklist", "a text", "Hot", "Field takes a list of choices.", CHOICES],
  ["Lookup", "what is no id", "Ada", "Field takes the id of a record.", PARENT],
  ["Lookup", "a list of ids", [guid(1)], "Field takes the id of a record.", PARENT],
  ["Uniqueidentifier", "what is no id", "Ada", "Field takes an id."],
];

describe("refused, in words", () => {
  for (const [type, what, cell, refusal, facts] of REFUSED) {
    test(`${type}: ${what}`, () => {
      expect(refusalOf(type, cell, facts)).toBe(refusal);
    });
  }

  test("a few choices are named, and how many there are besides", () => {
    const choices = Array.from({ length: 240 }, (_, at) => ({ value: at, label: `Country ${at}` }));
    expect(refusalOf("Picklist", "Atlantis", { choices })).toBe(
      "Field has no such choice. There is Country 0, Country 1, Country 2, Country 3, Country 4 and 235 more.",
    );
  });

  test("more choices than the service takes", () => {
    const all = Array.from({ length: 151 }, (_, at) => String(at));
    expect(refusalOf("MultiSelectPicklist", all)).toBe("Field may have 150 choices at most.");
    expect(out("MultiSelectPicklist", all.slice(1))).toMatchObject({ kind: "value" });
  });

  test("P7: a required field is neither cleared nor filled with something invented", () => {
    const refusal = "Field is required in Dynamics and cannot be left blank.";
    for (const required of ["ApplicationRequired", "SystemRequired"] as const) {
      expect(refusalOf("String", null, { required })).toBe(refusal);
      expect(refusalOf("String", "", { required })).toBe(refusal);
      expect(refusalOf("Integer", null, { required })).toBe(refusal);
      expect(refusalOf("MultiSelectPicklist", [], { required })).toBe(refusal);
      expect(refusalOf("Lookup", null, { required, ...PARENT })).toBe(refusal);
      expect(out("Boolean", "false", { required })).toMatchObject({ value: false });
      expect(out("Integer", "0", { required })).toMatchObject({ value: 0 });
    }
    expect(out("String", null, { required: "Recommended" })).toMatchObject({ value: null });
  });

  test("what is closed to an update, or to a creation", () => {
    const closed = attribute("field", "String", { label: "Field", updatable: false });
    expect(outValue(closed, "a")).toEqual({ refusal: "Field is read-only in Dynamics." });
    expect(outValue(closed, "a", undefined, "create")).toMatchObject({ value: "a" });
    const late = attribute("field", "String", { label: "Field", creatable: false });
    expect(outValue(late, "a", undefined, "create")).toEqual({
      refusal: "Field cannot be set when a record is created in Dynamics.",
    });
    expect(outValue(late, "a")).toMatchObject({ value: "a" });
  });
});
