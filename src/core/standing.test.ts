import { describe, expect, test } from "vitest";
import { attribute, entity } from "../../test/support/entity.ts";
import type { WireValue } from "./change.ts";
import type { Entity } from "./organization.ts";
import type { Standing } from "./standing.ts";
import { ORDINARY, standingReader } from "./standing.ts";

const ID = "ABCDEF00-0000-4000-8000-000000000001";
const FILTER = attribute("new_synctomkto", "Boolean");

const CONTACT = entity("contact", [
  attribute("firstname", "String"),
  attribute("originatingleadid", "Lookup"),
  attribute("merged", "Boolean"),
  attribute("masterid", "Lookup"),
  FILTER,
]);
const LEAD = entity("lead", [
  attribute("parentcontactid", "Lookup"),
  attribute("statecode", "State"),
  attribute("masterid", "Lookup"),
]);
const ORDER = entity("new_order", [attribute("originatingleadid", "Lookup"), FILTER]);

function standing(of: Entity, fields: Readonly<Record<string, WireValue>>): Standing {
  return standingReader(of, "new_synctomkto").read({ fields });
}

describe("what a record's standing is read from", () => {
  test.each([
    [CONTACT, ["masterid", "merged", "new_synctomkto", "originatingleadid"]],
    [LEAD, ["masterid", "parentcontactid", "statecode"]],
    [ORDER, ["new_synctomkto"]],
    [entity("account", [attribute("masterid", "Lookup")]), []],
    [entity("contact", [attribute("originatingleadid", "Lookup", { readable: false })]), []],
  ])("%#", (of, expected) => {
    expect(standingReader(of, "new_synctomkto").attributes.toSorted()).toEqual(expected);
  });
});

describe("a standing", () => {
  test("is that of a record that stands for itself where nothing is said", () => {
    expect(standing(CONTACT, { firstname: "Ada", merged: false, _masterid_value: null })).toEqual(ORDINARY);
    expect(standing(entity("account", []), {})).toBe(ORDINARY);
  });

  test("tells the lead, the master and the heir, in lower case", () => {
    expect(standing(CONTACT, { _originatingleadid_value: ID })).toMatchObject({ lead: ID.toLowerCase() });
    const merged = { merged: true, _masterid_value: ID };
    expect(standing(CONTACT, merged)).toMatchObject({ merged: true, master: ID.toLowerCase() });
    const qualified = { statecode: 1, _parentcontactid_value: ID };
    expect(standing(LEAD, qualified)).toMatchObject({ heir: ID.toLowerCase() });
  });

  test.each([0, 2, null])(
    "of a lead in state %s names no heir: its contact is only one it knows",
    (statecode) => {
      expect(standing(LEAD, { statecode, _parentcontactid_value: ID })).toMatchObject({ heir: null });
    },
  );

  // Reference, section 12: absent, empty and Yes take part, only an explicit No does not.
  test.each<[WireValue | undefined, boolean]>([
    [undefined, false],
    [null, false],
    [true, false],
    [false, true],
  ])("is excluded by %s: %s", (answer, expected) => {
    const fields = answer === undefined ? {} : { new_synctomkto: answer };
    for (const of of [CONTACT, ORDER]) expect(standing(of, fields).excluded).toBe(expected);
  });

  test("is not excluded by a column that is not a yes/no, nor by another column", () => {
    const text = entity("contact", [attribute("new_synctomkto", "String")]);
    expect(standingReader(text, "new_synctomkto").attributes).toEqual([]);
    expect(standing(text, { new_synctomkto: false }).excluded).toBe(false);
    const reader = standingReader(CONTACT, "new_other");
    expect(reader.read({ fields: { new_synctomkto: false } }).excluded).toBe(false);
  });
});
