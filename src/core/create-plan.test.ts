import { describe, expect, test } from "vitest";
import { attribute, entity, guid } from "../../test/support/entity.ts";
import type { Cell } from "./cell.ts";
import { creationRules, planCreation } from "./create-plan.ts";
import type { EntityMapping, FieldMapping } from "./mapping.ts";
import type { Attribute } from "./organization.ts";
import type { Owner } from "./request-port.ts";

const LEAD = entity("lead", [
  attribute("lastname", "String", { label: "Last Name", maxLength: 10, required: "ApplicationRequired" }),
  attribute("subject", "String", { label: "Topic", required: "ApplicationRequired" }),
  attribute("donotemail", "Boolean"),
  attribute("numberofemployees", "Integer"),
  attribute("new_shop", "Lookup", {
    targets: ["account", "contact"],
    navigation: { account: "new_a", contact: "new_c" },
  }),
  attribute("new_once", "String", { updatable: false }),
  attribute("new_later", "String", { creatable: false }),
  attribute("statecode", "State", { required: "SystemRequired" }),
  attribute("ownerid", "Owner", { navigation: { systemuser: "ownerid", team: "ownerid" } }),
]);

const field = (attributeName: string, column: string, facts: Partial<FieldMapping> = {}): FieldMapping => ({
  attribute: attributeName,
  column,
  direction: "both",
  enabled: true,
  ...facts,
});

const FIELDS = [
  field("lastname", "last_name"),
  field("subject", "topic"),
  field("donotemail", "do_not_email"),
  field("numberofemployees", "employees"),
  field("new_shop", "shop", { typeColumn: "shop_type" }),
  field("new_once", "once", { rule: "create-only" }),
  field("new_later", "later"),
  field("statecode", "status", { direction: "pull" }),
];

interface Change {
  readonly fields?: readonly FieldMapping[];
  readonly owner?: Owner;
  /** Facts of a sync filter's column, where there is one. */
  readonly filter?: Partial<Attribute>;
}

function plan(now: Readonly<Record<string, Cell>>, change: Change = {}) {
  const mapping: EntityMapping = {
    entity: "lead",
    table: "people",
    crmType: "lead",
    fields: change.fields ?? FIELDS,
  };
  const filter = change.filter === undefined ? [] : [attribute("new_sync", "Boolean", change.filter)];
  const lead = { attributes: [...LEAD.attributes, ...filter] };
  const rules = creationRules(mapping, lead, { optional: new Set(["subject"]), filterColumn: "new_sync" });
  return planCreation({ id: guid(9), now: new Map(Object.entries(now)), owner: change.owner ?? null }, rules);
}

const value = (property: string, given: string | number | boolean) => ({
  kind: "value",
  property,
  value: given,
});

describe("a creation", () => {
  test("sends everything the person has and nothing that is blank, under its own id", () => {
    expect(
      plan({ last_name: "Lee", topic: "", do_not_email: "true", employees: null, status: "Open" }),
    ).toEqual({
      kind: "create",
      write: {
        kind: "create",
        id: guid(9),
        guard: null,
        values: [value("lastname", "Lee"), value("donotemail", true)],
      },
      sent: new Map([
        ["last_name", "Lee"],
        ["do_not_email", "true"],
      ]),
    });
  });

  test("sends zero and no, which are not blank (P11)", () => {
    expect(plan({ last_name: "Lee", do_not_email: "false", employees: "0" })).toMatchObject({
      write: {
        values: [value("lastname", "Lee"), value("donotemail", false), value("numberofemployees", 0)],
      },
    });
  });

  test("sends what can only be set at a creation, and not what cannot be", () => {
    expect(plan({ last_name: "Lee", once: "a", later: "b" })).toMatchObject({
      write: { values: [value("lastname", "Lee"), value("new_once", "a")] },
    });
  });

  test("remembers both columns of a reference", () => {
    expect(plan({ last_name: "Lee", shop: guid(3), shop_type: "contact" })).toMatchObject({
      write: {
        values: [
          value("lastname", "Lee"),
          { kind: "reference", navigation: "new_c", target: "contact", id: guid(3) },
        ],
      },
      sent: new Map([
        ["last_name", "Lee"],
        ["shop", guid(3)],
        ["shop_type", "contact"],
      ]),
    });
  });

  test.each(["systemuser", "team"] as const)("gives the record to the %s that is named", (kind) => {
    const owner = { kind: "reference", navigation: "ownerid", target: kind, id: guid(4) };
    expect(plan({ last_name: "Lee" }, { owner: { id: guid(4), entity: kind } })).toMatchObject({
      write: { values: [value("lastname", "Lee"), owner] },
      sent: new Map([["last_name", "Lee"]]),
    });
  });

  test("says that the record takes part in the sync, unless marketing says something else", () => {
    const [name, yes] = [value("lastname", "Lee"), value("new_sync", true)];
    const fields = [...FIELDS, field("new_sync", "syncs")];
    expect(plan({ last_name: "Lee" }, { filter: {} })).toMatchObject({
      write: { values: [name, yes] },
      sent: new Map([["last_name", "Lee"]]),
    });
    expect(plan({ last_name: "Lee", syncs: "false" }, { filter: {}, fields })).toMatchObject({
      write: { values: [name, value("new_sync", false)] },
    });
    expect(plan({ last_name: "Lee" }, { filter: { creatable: false } })).toMatchObject({
      write: { values: [name] },
    });
  });

  test("sends an attribute once, from the first column that has a value", () => {
    const fields = [field("lastname", "maiden_name"), field("lastname", "last_name")];
    expect(plan({ maiden_name: "Ray", last_name: "Lee" }, { fields })).toMatchObject({
      write: { values: [value("lastname", "Ray")] },
      sent: new Map([["maiden_name", "Ray"]]),
    });
  });
});

describe("a creation is refused", () => {
  test.each([
    [
      "when a required field is blank, and nothing is invented for it (P7)",
      { topic: "x" },
      "last_name",
      /^Last Name is required/,
    ],
    ["when it is an empty text", { last_name: "" }, "last_name", /^Last Name is required/],
    ["when a value does not fit", { last_name: "Featherstonehaugh" }, "last_name", /10 characters/],
    ["when a number is none", { last_name: "Lee", employees: "many" }, "employees", /whole number/],
  ])("%s", (_, now, column, detail) => {
    expect(plan(now)).toMatchObject({
      kind: "refused",
      field: column,
      detail: expect.stringMatching(detail) as string,
    });
  });

  test("when the named owner is no id", () => {
    expect(plan({ last_name: "Lee" }, { owner: { id: "Bob", entity: "systemuser" } })).toMatchObject({
      kind: "refused",
      field: "ownerid",
    });
  });

  test("not for fields that are switched off or set aside", () => {
    const fields = [
      field("lastname", "last_name", { enabled: false }),
      field("donotemail", "do_not_email", { setAside: "gone" }),
      field("numberofemployees", "employees"),
    ];
    expect(
      plan({ last_name: "Featherstonehaugh", do_not_email: "?", employees: "3" }, { fields }),
    ).toMatchObject({
      write: { values: [value("numberofemployees", 3)] },
    });
  });
});
