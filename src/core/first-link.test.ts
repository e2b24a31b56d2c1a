import { describe, expect, test } from "vitest";
import { guid } from "../../test/support/entity.ts";
import type { Cell, ColumnType } from "./cell.ts";
import type { FirstLink, FirstLinkRules } from "./first-link.ts";
import { firstLinkActivities, linkFirst } from "./first-link.ts";
import type { FieldRule, Winner } from "./policy.ts";

type Values = Readonly<Record<string, Cell>>;

const cells = (values: Values) => new Map(Object.entries(values));

const pushedColumn = (name: string, type: ColumnType, winner: Winner, rule: FieldRule | null = null) => ({
  name,
  type,
  policy: { winner, rule, optOut: name === "unsubscribed" },
});

function rulesFor(winner: Winner, rule: FieldRule | null = null): FirstLinkRules {
  return {
    entity: winner === "marketing" ? "lead" : "contact",
    pulled: [
      { name: "city", type: "text" },
      { name: "unsubscribed", type: "boolean" },
      { name: "status", type: "text" },
    ],
    pushed: [
      pushedColumn("city", "text", winner, rule),
      pushedColumn("unsubscribed", "boolean", winner),
      pushedColumn("score", "integer", winner),
    ],
  };
}

const link = (values: Values, sent: Values | null = null): FirstLink => ({
  rowId: "1",
  record: { id: guid(1), version: "5", values: cells(values) },
  sent: sent === null ? null : cells(sent),
  rule: sent === null ? "the same email" : null,
});

describe("a record that was found", () => {
  test.each([
    ["a blank of Dynamics takes marketing's value", { city: null }, { city: "Rome" }, "Rome", { city: null }],
    ["a blank of marketing takes Dynamics' value", { city: "Oslo" }, { city: null }, "Oslo", {}],
    ["equal values agree", { city: "Oslo" }, { city: "Oslo" }, "Oslo", {}],
  ])("%s", (...[, record, now, city, pending]) => {
    for (const winner of ["marketing", "dynamics"] as const) {
      const linked = linkFirst(link(record), cells(now), rulesFor(winner));
      expect(linked.row.get("city")).toBe(city);
      expect(Object.fromEntries(linked.pending)).toEqual(pending);
      expect(linked.conflicts).toEqual([]);
    }
  });

  test.each([
    ["marketing", "Rome", { city: "Oslo" }],
    ["dynamics", "Oslo", {}],
  ] as const)("of two values that of %s stays, and the other one is told", (winner, city, pending) => {
    const linked = linkFirst(link({ city: "Oslo" }), cells({ city: "Rome" }), rulesFor(winner));
    expect(linked.row.get("city")).toBe(city);
    expect(Object.fromEntries(linked.pending)).toEqual(pending);
    expect(linked.conflicts).toMatchObject([{ column: "city", crm: "Oslo", marketing: "Rome", winner }]);
  });

  test.each([
    ["marketing", { unsubscribed: "true" }, { unsubscribed: "false" }],
    ["dynamics", { unsubscribed: "false" }, { unsubscribed: "true" }],
  ] as const)("a yes to an opt-out stays though %s wins", (winner, record, now) => {
    const linked = linkFirst(link(record), cells(now), rulesFor(winner));
    expect(linked.row.get("unsubscribed")).toBe("true");
    expect(linked.pending.has("unsubscribed")).toBe(now.unsubscribed === "true");
  });

  test("columns that only come from Dynamics follow it, and those that only go there are sent", () => {
    const linked = linkFirst(
      link({ status: null }),
      cells({ status: "ours", score: "7" }),
      rulesFor("dynamics"),
    );
    expect(linked.row.get("status")).toBeNull();
    expect(Object.fromEntries(linked.pending)).toEqual({ score: null });
  });

  test("columns of which the record's values are not read yet are left to their backfill", () => {
    const { pushed, ...rules } = rulesFor("marketing");
    const unread = pushed.map((column) => ({ ...column, unread: column.name === "city" }));
    const linked = linkFirst(link({}), cells({ city: "Rome", score: "7" }), { ...rules, pushed: unread });
    expect(Object.fromEntries(linked.pending)).toEqual({ score: null });
    expect(linked.row.get("city")).toBe("Rome");
  });

  test("the history tells the link, its rule, what changed and what was given up", () => {
    const found = link({ city: "Oslo", status: "Active" });
    const linked = linkFirst(found, cells({ city: "Rome" }), rulesFor("dynamics"));
    expect(firstLinkActivities(found, linked)).toMatchObject([
      {
        kind: "linked",
        rule: "the same email",
        changes: { city: { from: "Rome", to: "Oslo" }, status: { from: null, to: "Active" } },
      },
      { kind: "conflict", changes: { city: { to: "Oslo", lost: "Rome" } }, rule: "contact: dynamics wins" },
    ]);
  });
});

describe("a record that was made of the person", () => {
  const SENT = { city: "Rome", unsubscribed: "false" };

  test("agrees with what was sent", () => {
    const made = link(SENT, SENT);
    const linked = linkFirst(made, cells({ ...SENT, status: "x" }), rulesFor("dynamics"));
    expect(linked).toMatchObject({ pending: new Map(), conflicts: [], changes: {} });
    expect(linked.row.get("status")).toBe("x");
    expect(firstLinkActivities(made, linked)).toEqual([
      {
        rowId: "1",
        crmId: guid(1),
        kind: "created-in-dynamics",
        origin: "marketing",
        changes: { city: { from: null, to: "Rome" }, unsubscribed: { from: null, to: "false" } },
      },
    ]);
  });

  test.each(["marketing", "dynamics"] as const)(
    "an edit made meanwhile is pending, whoever wins (%s)",
    (winner) => {
      const now = { city: "Pisa", unsubscribed: "true", score: "3" };
      const linked = linkFirst(link(SENT, SENT), cells(now), rulesFor(winner));
      expect(Object.fromEntries(linked.pending)).toEqual({
        city: "Rome",
        unsubscribed: "false",
        score: null,
      });
      expect(linked.row.get("city")).toBe("Pisa");
    },
  );

  test("an edit that clears a value is pending", () => {
    const linked = linkFirst(
      link(SENT, SENT),
      cells({ city: null, unsubscribed: "false" }),
      rulesFor("dynamics"),
    );
    expect(Object.fromEntries(linked.pending)).toEqual({ city: "Rome" });
    expect(linked.row.get("city")).toBeNull();
  });

  test.each(["marketing", "dynamics"] as const)("what Dynamics made of a value comes home (%s)", (winner) => {
    const linked = linkFirst(link({ ...SENT, city: "ROME" }, SENT), cells(SENT), rulesFor(winner));
    expect(linked.row.get("city")).toBe("ROME");
    expect(linked.pending.size).toBe(0);
  });

  test("a value that Dynamics did not take over is sent again rather than blanked", () => {
    const linked = linkFirst(link({ ...SENT, city: null }, SENT), cells(SENT), rulesFor("dynamics"));
    expect(linked.row.get("city")).toBe("Rome");
    expect(Object.fromEntries(linked.pending)).toEqual({ city: null });
  });

  test("a field that is only set at a creation is over with it", () => {
    const linked = linkFirst(
      link(SENT, SENT),
      cells({ ...SENT, city: "Pisa" }),
      rulesFor("dynamics", "create-only"),
    );
    expect(linked.pending.size).toBe(0);
    expect(linked.keptApart).toEqual(["city"]);
    expect(linked.row.get("city")).toBe("Pisa");
  });
});
