import { describe, expect, test } from "vitest";
import { attribute, entity } from "../../test/support/entity.ts";
import type { WireValue } from "./change.ts";
import { conditionHolds, parseFilter } from "./filter-expression.ts";
import type { EntityMapping } from "./mapping.ts";
import { project } from "./mapping.ts";

describe("a filter in words", () => {
  test("is read entity by entity, condition by condition", () => {
    const text =
      "contact: statecode = Active and emailaddress1 is not blank; Lead: jobtitle != 'Head; of and' and rating in (Hot, Luke warm) and city is blank";
    expect([...parseFilter(text)]).toEqual([
      [
        "contact",
        [
          { attribute: "statecode", operator: "=", values: ["Active"] },
          { attribute: "emailaddress1", operator: "is not blank", values: [] },
        ],
      ],
      [
        "lead",
        [
          { attribute: "jobtitle", operator: "!=", values: ["Head; of and"] },
          { attribute: "rating", operator: "in", values: ["Hot", "Luke warm"] },
          { attribute: "city", operator: "is blank", values: [] },
        ],
      ],
    ]);
  });

  test.each([
    ["a quote that is doubled", "contact: lastname = 'O''Neil'", { operator: "=", values: ["O'Neil"] }],
    ["no spaces", "contact:revenue!=7", { operator: "!=", values: ["7"] }],
    ["not in", "contact: city not in (Rome)", { operator: "not in", values: ["Rome"] }],
    ["contains", "contact: city contains o m", { operator: "contains", values: ["o m"] }],
    ["a semicolon at the end", "contact: city is blank;", { operator: "is blank", values: [] }],
  ])("may have %s", (_, text, expected) => {
    expect(parseFilter(text).get("contact")).toMatchObject([expected]);
  });

  test.each([
    ["contact", /":" is expected, and the end found/],
    ["contact: city", /city is followed by the end/],
    ["contact: city =", /a value is missing before the end/],
    ["contact: city ~ x", /city is followed by "~"/],
    ["contact: city in Rome", /"\(" is expected, and "Rome" found/],
    ["contact: city = 'Rome", /cannot be read from/],
    ["contact: city = Rome lead: x", /";" is expected, and ":" found/],
    [": city = Rome", /name of an entity is expected/],
  ])("%s is refused, and says where", (text, message) => {
    expect(() => parseFilter(text)).toThrow(message);
  });
});

const STATE = attribute("statecode", "State", {
  choices: [
    { value: 0, label: "Active" },
    { value: 1, label: "Inactive" },
  ],
});
const CITY = attribute("city", "String");
const OUT = attribute("donotphone", "Boolean");
const AMOUNT = attribute("revenue", "Money");

test.each<[string, typeof CITY, WireValue | undefined, boolean]>([
  ["statecode = active", STATE, 0, true],
  ["statecode = 0", STATE, 0, true],
  ["statecode != Inactive", STATE, 1, false],
  ["statecode in (Active, Inactive)", STATE, 2, false],
  ["city = rome", CITY, "ROME", true],
  ["city contains om", CITY, "Rome", true],
  ["city contains om", CITY, null, false],
  ["city = Rome", CITY, null, false],
  ["city != Rome", CITY, undefined, true],
  ["city not in (Rome, Oslo)", CITY, "Oslo", false],
  ["city is blank", CITY, "", true],
  ["city is not blank", CITY, "0", true],
  ["donotphone = no", OUT, false, true],
  ["donotphone = true", OUT, false, false],
  ["donotphone is blank", OUT, false, false],
  ["revenue = 5000", AMOUNT, "5000.0000", true],
  ["revenue = 0", AMOUNT, null, false],
])("%s", (text, of, value, expected) => {
  const [condition] = parseFilter(`contact: ${text}`).get("contact") ?? [];
  if (condition === undefined) throw new Error("nothing was read");
  expect(conditionHolds(condition, of, value)).toBe(expected);
});

describe("a mapping with conditions", () => {
  const CONTACT = entity("contact", [CITY, attribute("new_synctomkto", "Boolean")]);
  const mapping = (field: Partial<EntityMapping["fields"][number]>): EntityMapping => ({
    entity: "contact",
    table: "people",
    fields: [{ attribute: "city", column: "city", direction: "both", enabled: true, ...field }],
  });
  const conditions = parseFilter("contact: city = Rome").get("contact") ?? [];
  const excluded = (
    field: Partial<EntityMapping["fields"][number]>,
    fields: Record<string, WireValue>,
  ): boolean =>
    project(mapping(field), { entity: CONTACT, currencies: [], lane: "live", conditions }).standing({
      id: "",
      version: "1",
      fields,
    }).excluded;

  test("leaves out who does not meet them, and who says No", () => {
    expect(excluded({}, { city: "Rome" })).toBe(false);
    expect(excluded({}, { city: "Oslo" })).toBe(true);
    expect(excluded({}, { city: "Rome", new_synctomkto: false })).toBe(true);
  });

  test("leaves nobody out by a field that is still being filled", () => {
    expect(excluded({ unfilled: true }, {})).toBe(false);
  });

  test("is refused where the field is not read", () => {
    expect(() => excluded({ enabled: false }, {})).toThrow(/switch it on first/);
  });
});
