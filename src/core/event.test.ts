import { describe, expect, test } from "vitest";
import { guid } from "../../test/support/entity.ts";
import { EVENT_RULES, cursorText, eventsOf, kindsFor, readCursor } from "./event.ts";
import type { ToldActivity } from "./event.ts";

const CHANGED: ToldActivity = {
  id: "9007199254740993",
  at: "2026-11-24T06:00:00.000Z",
  entity: "contact",
  table: "people",
  rowId: "17",
  crmId: guid(1),
  kind: "changed",
  origin: "dynamics",
  changes: { last_name: { from: "Lee", to: "Li" } },
  rule: null,
  code: null,
  detail: null,
  people: ["17"],
};

const typesOf = (changes: Partial<ToldActivity>): readonly string[] =>
  eventsOf({ ...CHANGED, ...changes }).map(({ event }) => event.type);

describe("the events of an activity", () => {
  test("are named for what the row is", () => {
    expect(
      ["people", "companies", "opportunities", "users", "new_order"].flatMap((table) => typesOf({ table })),
    ).toEqual([
      "person.changed",
      "company.changed",
      "opportunity.updated",
      "record.changed",
      "record.changed",
    ]);
  });

  test("tell of an owner apart, with nothing but the owner", () => {
    const owner = { owner_crm_id: { from: guid(2), to: guid(3) } };
    const [changed, assigned] = eventsOf({ ...CHANGED, changes: { ...CHANGED.changes, ...owner } });
    expect(changed?.event).toMatchObject({
      type: "person.changed",
      changes: { ...CHANGED.changes, ...owner },
    });
    expect(assigned?.event.type).toBe("owner.changed");
    expect(assigned?.event.changes).toEqual(owner);
    expect(changed?.event.id).not.toBe(assigned?.event.id);
  });

  test("are none when our own write comes home, or when nobody has a rule for it", () => {
    expect(typesOf({ changes: { crm_modified_at: { from: "1", to: "2" } } })).toEqual([]);
    expect(typesOf({ kind: "imagined" })).toEqual([]);
    expect(typesOf({ kind: "merged", table: "companies" })).toEqual([]);
  });

  test("have ids that signatures can carry", () => {
    const kinds = EVENT_RULES.map(({ kind }) => kind);
    const ids = kinds.flatMap((kind) => eventsOf({ ...CHANGED, kind })).map(({ event }) => event.id);
    expect(ids.length).toBeGreaterThan(15);
    expect(ids.filter((id) => !/^9007199254740993-[a-z-]+$/.test(id))).toEqual([]);
  });
});

describe("a cursor", () => {
  test("comes back as it was, exact beyond what a double holds", () => {
    const cursor = { activity: CHANGED.id, place: 23 };
    expect(readCursor(cursorText(cursor))).toEqual(cursor);
  });

  test.each(["", "17", "17-", "-3", "17-1234", "17.3", "now", "17-3 "])("is not %j", (text) => {
    expect(readCursor(text)).toBeNull();
  });
});

test("places are given once, and rules of a type name the kinds to look for", () => {
  const places = EVENT_RULES.map(({ place }) => place);
  expect(places).toEqual([...new Set(places)].toSorted((one, other) => one - other));
  expect(kindsFor(["person.synced", "conflict"])).toEqual(["pushed", "created-in-dynamics", "conflict"]);
  expect(kindsFor(null)).toBeNull();
});
