import { describe, expect, test } from "vitest";
import { attribute, entity, guid } from "../../test/support/entity.ts";
import type { Cell } from "./cell.ts";
import type { EntityMapping, FieldMapping } from "./mapping.ts";
import type { FieldRule } from "./policy.ts";
import type { DueChange } from "./push-port.ts";
import type { PushPlan } from "./push-plan.ts";
import { hasArrived, planPush, pushColumns, pushFields } from "./push-plan.ts";

const CONTACT = entity("contact", [
  attribute("firstname", "String", { maxLength: 5 }),
  attribute("lastname", "String"),
  attribute("creditlimit", "Decimal", { precision: 2 }),
  attribute("donotbulkemail", "Boolean"),
  attribute("createdon", "DateTime", { updatable: false }),
  attribute("ownerid", "Owner", {
    targets: ["systemuser", "team"],
    navigation: { systemuser: "ownerid", team: "ownerid" },
  }),
]);

const both = (name: string, column: string, facts: Partial<FieldMapping> = {}): FieldMapping => ({
  attribute: name,
  column,
  direction: "both",
  enabled: true,
  ...facts,
});

const FIELDS: readonly FieldMapping[] = [
  both("firstname", "first_name"),
  both("lastname", "last_name"),
  both("creditlimit", "credit_limit"),
  both("donotbulkemail", "unsubscribed"),
  both("createdon", "created_on"),
  both("ownerid", "owner_id", { typeColumn: "owner_type" }),
];

interface Edited {
  readonly agreed: Readonly<Record<string, Cell>>;
  readonly now: Readonly<Record<string, Cell>>;
}

function due({ agreed, now }: Edited): DueChange {
  return {
    rowId: "1",
    crmId: guid(1),
    version: "7",
    revision: "1",
    agreed: new Map(Object.entries(agreed)),
    sent: new Map(),
    now: new Map(Object.entries(now)),
  };
}

function plan(edited: Edited, rule?: FieldRule, guarded = true): PushPlan {
  const fields = FIELDS.map((field) => (rule === undefined ? field : { ...field, rule }));
  const mapping: EntityMapping = { entity: "contact", table: "people", crmType: "contact", fields };
  return planPush(due(edited), { entity: "contact", fields: pushFields(mapping, CONTACT), guarded });
}

describe("the fields that travel", () => {
  const of = (facts: Partial<FieldMapping>): number =>
    pushFields(
      { entity: "contact", table: "people", fields: [both("firstname", "first_name", facts)] },
      CONTACT,
    ).length;

  test.each([
    ["both ways", {}, 1],
    ["to Dynamics only", { direction: "push" }, 1],
    ["to marketing only", { direction: "pull" }, 0],
    ["and is off", { enabled: false }, 0],
    ["and is set aside", { setAside: "gone" }, 0],
    ["and Dynamics does not have", { attribute: "gone" }, 0],
    ["and Dynamics keeps for itself", { attribute: "createdon" }, 0],
  ] as const)("a field that goes %s", (_, facts, count) => {
    expect(of(facts)).toBe(count);
  });

  test("have their columns once, those that name a target too", () => {
    const fields = pushFields({ entity: "contact", table: "people", fields: FIELDS }, CONTACT);
    expect(pushColumns([...fields, ...fields]).map(({ name }) => name)).toEqual([
      "first_name",
      "last_name",
      "credit_limit",
      "unsubscribed",
      "owner_id",
      "owner_type",
    ]);
  });
});

describe("a change", () => {
  test("is written with nothing but what differs, guarded by the version that was applied last", () => {
    expect(
      plan({
        agreed: { first_name: "Ann", last_name: "Lee" },
        now: { first_name: "Anna", last_name: "Lee", credit_limit: "5" },
      }),
    ).toEqual({
      kind: "write",
      write: {
        kind: "update",
        id: guid(1),
        guard: "7",
        values: [{ kind: "value", property: "firstname", value: "Anna" }],
      },
      sent: new Map([["first_name", "Anna"]]),
      over: ["last_name"],
      keptApart: [],
    });
  });

  test("goes whatever the version when nothing is guarded", () => {
    const edited = { agreed: { last_name: null }, now: { last_name: "Lee" } };
    expect(plan(edited, undefined, false)).toMatchObject({ write: { guard: null } });
  });

  test("keeps numbers exact", () => {
    const edited = { agreed: { credit_limit: null }, now: { credit_limit: "9007199254740993.5" } };
    expect(plan(edited)).toMatchObject({
      write: { values: [{ kind: "exact", property: "creditlimit", digits: "9007199254740993.5" }] },
    });
  });

  test("that says the same in another spelling is over", () => {
    const edited = { agreed: { credit_limit: "5.00" }, now: { credit_limit: "5" } };
    expect(plan(edited)).toEqual({ kind: "over", over: ["credit_limit"], keptApart: [] });
  });

  test("of a reference leads to the entity its other column names, whichever of the two was edited", () => {
    const now = { owner_id: guid(2), owner_type: "team" };
    const reference = { kind: "reference", navigation: "ownerid", target: "team", id: guid(2) };
    const id = plan({ agreed: { owner_id: guid(1) }, now });
    expect(id).toMatchObject({ write: { values: [reference] }, sent: new Map([["owner_id", guid(2)]]) });
    const type = plan({ agreed: { owner_type: "systemuser" }, now });
    expect(type).toMatchObject({ write: { values: [reference] }, sent: new Map([["owner_type", "team"]]) });
    const edited = { owner_id: guid(1), owner_type: "systemuser" };
    expect(plan({ agreed: edited, now })).toMatchObject({ write: { values: [reference] } });
  });

  test("with one value that does not fit is refused as a whole, and names its column", () => {
    const refused = plan({
      agreed: { first_name: "Ann", last_name: "Lee" },
      now: { first_name: "Far too long", last_name: "Li" },
    });
    expect(refused).toMatchObject({ kind: "refused", field: "first_name" });
    expect(refused.kind === "refused" ? refused.detail : "").not.toContain("Far too long");
  });

  test("by a person who does want mail after all travels like any other", () => {
    const edited = { agreed: { unsubscribed: "true" }, now: { unsubscribed: "false" } };
    expect(plan(edited)).toMatchObject({ kind: "write", sent: new Map([["unsubscribed", "false"]]) });
  });
});

describe("a rule", () => {
  test.each([
    ["create-only", { agreed: "A", now: "B" }, "over"],
    ["create-only", { agreed: null, now: "B" }, "over"],
    ["fill-if-blank", { agreed: "A", now: "B" }, "over"],
    ["fill-if-blank", { agreed: null, now: "B" }, "write"],
    ["fill-if-blank", { agreed: "A", now: null }, "meet"],
    ["never-blank", { agreed: "A", now: null }, "meet"],
    ["never-blank", { agreed: "A", now: "B" }, "write"],
  ] as const)("%s makes of %o: %s", (rule, { agreed, now }, kind) => {
    const made = plan({ agreed: { last_name: agreed }, now: { last_name: now } }, rule);
    expect(made.kind).toBe(kind);
    if (made.kind === "over") expect(made).toMatchObject({ over: ["last_name"], keptApart: ["last_name"] });
  });
});

describe("what was sent", () => {
  const columns = [
    { name: "score", type: "numeric" },
    { name: "name", type: "text" },
  ] as const;
  const cells = (values: Readonly<Record<string, Cell>>): Map<string, Cell> =>
    new Map(Object.entries(values));

  test.each([
    ["has arrived when all of it is there, however it is spelt", { score: "5.0", name: "A" }, true],
    ["has not when a part of it is not", { score: "5", name: "B" }, false],
  ])("%s", (_, record, arrived) => {
    expect(hasArrived(cells({ score: "5", name: "A" }), cells({ other: "x", ...record }), columns)).toBe(
      arrived,
    );
  });

  test("is spoken for by what can be read of it", () => {
    expect(hasArrived(cells({ score: "5", name: "A" }), cells({ name: "A" }), columns)).toBe(true);
    expect(hasArrived(cells({ score: "5" }), cells({ name: "A" }), columns)).toBe(false);
  });
});
