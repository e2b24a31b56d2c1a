import { describe, expect, test } from "vitest";
import { attribute, entity, guid } from "../../test/support/entity.ts";
import type { SourceRecord } from "./change.ts";
import type { EntityMapping } from "./mapping.ts";
import { entityMatch, isMatchable, keyOfRow, matchKey } from "./match-key.ts";
import { ORDINARY } from "./standing.ts";

describe("a match key", () => {
  test.each([
    ["case", "Ann@Example.com", "ann@EXAMPLE.com"],
    ["blanks around", " ann@example.com\t", "ann@example.com"],
    ["how an accent is composed", "José@example.com", "Jose\u0301@example.com"],
  ])("does not depend on %s", (_, one, other) => {
    expect(matchKey([one])).toBe(matchKey([other]));
  });

  test("tells names with quotes and accents apart (P14)", () => {
    const names = [
      "o'brien@example.com",
      "obrien@example.com",
      "o''brien@example.com",
      "ó'brien@example.com",
    ];
    expect(new Set(names.map((name) => matchKey([name]))).size).toBe(names.length);
  });

  test("of several columns needs them all", () => {
    expect(matchKey(["a", "bc"])).not.toBe(matchKey(["ab", "c"]));
    expect(matchKey(["a", "b"])).toBe(matchKey(["A", "B "]));
  });

  test.each([[[""]], [["  "]], [[null]], [[undefined]], [["a", null]], [[["a"]]], [[]]])(
    "of %j is like nobody's",
    (values) => {
      expect(matchKey(values)).toBeNull();
    },
  );

  test("of a row is that of its columns", () => {
    const cells = new Map([
      ["email", "Ann@Example.com"],
      ["last_name", "Lee"],
    ]);
    expect(keyOfRow(cells, ["last_name", "email"])).toBe(matchKey(["lee", "ann@example.com"]));
    expect(keyOfRow(cells, ["phone"])).toBeNull();
  });
});

const CONTACT = entity("contact", [
  attribute("emailaddress1", "String"),
  attribute("lastname", "String"),
  attribute("secret", "String", { readable: false }),
  attribute("statecode", "State"),
]);

const MAPPING: Pick<EntityMapping, "fields"> = {
  fields: [
    { attribute: "emailaddress1", column: "email", direction: "both", enabled: false },
    { attribute: "lastname", column: "last_name", direction: "both", enabled: true },
    { attribute: "secret", column: "secret", direction: "both", enabled: true },
  ],
};

const record = (fields: SourceRecord["fields"]): SourceRecord => ({ id: guid(1), version: "1", fields });

describe("records of an entity", () => {
  test("are searched by the first column, also where its field is switched off", () => {
    const match = entityMatch(MAPPING, CONTACT, ["email", "last_name"]);
    expect(match).toMatchObject({
      attribute: "emailaddress1",
      attributes: ["emailaddress1", "lastname", "statecode"],
    });
    expect(match?.key(record({ emailaddress1: "Ann@x.org", lastname: "Lee" }))).toBe(
      matchKey(["ann@x.org", "lee"]),
    );
    expect(match?.key(record({ emailaddress1: "ann@x.org" }))).toBeNull();
  });

  test("that are closed are told from those that are active", () => {
    const match = entityMatch(MAPPING, CONTACT, ["email"]);
    const states = [1, 0, undefined].map((statecode) => record(statecode === undefined ? {} : { statecode }));
    expect(states.map((one) => match?.isActive(one))).toEqual([false, true, true]);
    expect(match?.key(record({ emailaddress1: "a@x.org", statecode: 1 }))).toBe("a@x.org");
  });

  test("cannot be compared by a column that the entity does not have, or that may not be read", () => {
    expect(entityMatch(MAPPING, CONTACT, ["email", "city"])).toBeNull();
    expect(entityMatch(MAPPING, CONTACT, ["secret"])).toBeNull();
    expect(entityMatch(MAPPING, CONTACT, [])).toBeNull();
  });

  test("that lost a merge, or that the filter leaves out, are nobody's match", () => {
    expect(isMatchable(ORDINARY)).toBe(true);
    expect(isMatchable({ ...ORDINARY, merged: true })).toBe(false);
    expect(isMatchable({ ...ORDINARY, excluded: true })).toBe(false);
  });
});
