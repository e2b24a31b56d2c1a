import { describe, expect, test } from "vitest";
import { guid } from "../../test/support/entity.ts";
import { UnstorableValue } from "./cell.ts";
import type { SourceRecord, WireValue } from "./change.ts";
import type { Row } from "./mapping.ts";
import { NO_LIFE } from "./life-plan.ts";
import type { Accept, Link } from "./link.ts";
import { acceptance, compareVersions } from "./link.ts";
import type { PagePlan } from "./plan.ts";
import { isEmpty, planPage } from "./plan.ts";

const record = (id: number, version: string, name: WireValue = "Ada"): SourceRecord => ({
  id: guid(id),
  version,
  fields: { name },
});

const row = ({ id, version, fields }: SourceRecord): Row => {
  const name = fields["name"];
  if (name === "bad") throw new UnstorableValue("name", "cannot be kept");
  return { id, version, cells: [typeof name === "string" ? name : null] };
};

const link = (version: string, state: Link["state"] = "live"): Link => ({ rowId: "1", version, state });

interface Scene {
  readonly upserts?: readonly SourceRecord[];
  readonly deletes?: readonly number[];
  readonly links?: Readonly<Record<number, Link>>;
  readonly accept?: Accept;
}

function plan({ upserts = [], deletes = [], links = {}, accept = "newer" }: Scene): PagePlan {
  return planPage({
    page: { phase: "changes", upserts, deletes: deletes.map(guid) },
    links: new Map(Object.entries(links).map(([id, known]) => [guid(Number(id)), known])),
    row,
    accept,
  });
}

const NOTHING: PagePlan = {
  creates: [],
  updates: [],
  deletes: [],
  life: NO_LIFE,
  parked: [],
  unchanged: 0,
};

describe("a page", () => {
  test("creates what was never seen and updates what is newer", () => {
    const planned = plan({ upserts: [record(1, "5"), record(2, "6")], links: { 2: link("5") } });
    expect(planned).toEqual({
      ...NOTHING,
      creates: [{ id: guid(1), version: "5", cells: ["Ada"] }],
      updates: [{ id: guid(2), version: "6", cells: ["Ada"] }],
    });
  });

  test("without anything plans nothing", () => {
    expect(plan({})).toEqual(NOTHING);
    expect(isEmpty(plan({}))).toBe(true);
  });

  test("that only repeats what is known is empty but for its count", () => {
    const planned = plan({
      upserts: [record(1, "5")],
      deletes: [2, 3],
      links: { 1: link("5"), 2: link("1", "deleted") },
    });
    expect(planned).toEqual({ ...NOTHING, unchanged: 3 });
    expect(isEmpty(planned)).toBe(true);
  });

  test("takes the newest of a record that comes twice, by number and not by text", () => {
    const planned = plan({ upserts: [record(1, "10", "new"), record(1, "9", "old")] });
    expect(planned.creates).toEqual([{ id: guid(1), version: "10", cells: ["new"] }]);
    expect(planned.unchanged).toBe(1);
  });

  test("that names a record and its delete leaves it deleted, even one never seen", () => {
    const planned = plan({
      upserts: [record(1, "9"), record(2, "9")],
      deletes: [1, 2],
      links: { 1: link("5") },
    });
    expect(planned).toEqual({ ...NOTHING, deletes: [guid(1)], unchanged: 3 });
  });

  test("names a delete twice and it counts once", () => {
    expect(plan({ deletes: [1, 1], links: { 1: link("5") } }).deletes).toEqual([guid(1)]);
  });

  test("parks a record that cannot be kept, and the rest goes on", () => {
    const planned = plan({ upserts: [record(1, "5", "bad"), record(2, "5")] });
    expect(planned.parked).toEqual([
      { id: guid(1), code: "value_unstorable", field: "name", detail: "name: cannot be kept" },
    ]);
    expect(planned.creates).toHaveLength(1);
    expect(isEmpty(planned)).toBe(false);
  });

  test("does not even read a record that brings nothing: an old bad value parks nobody", () => {
    expect(plan({ upserts: [record(1, "5", "bad")], links: { 1: link("5") } })).toEqual({
      ...NOTHING,
      unchanged: 1,
    });
  });

  test("passes a fault of the program on", () => {
    const broken = (): Row => {
      throw new TypeError("a bug");
    };
    expect(() =>
      planPage({
        page: { phase: "changes", upserts: [record(1, "5")], deletes: [] },
        links: new Map(),
        row: broken,
        accept: "newer",
      }),
    ).toThrow(TypeError);
  });
});

describe("which versions bring something", () => {
  const brought = (state: Link["state"], version: string, accept: Accept): boolean =>
    plan({ upserts: [record(1, version)], links: { 1: link("5", state) }, accept }).updates.length === 1;

  test.each<readonly [Accept, Link["state"], readonly boolean[]]>([
    // versions 4, 5 and 6, where 5 was applied last
    ["newer", "live", [false, false, true]],
    ["same", "live", [false, true, true]],
    ["any", "live", [true, true, true]],
    // A record that is told again lives, although it was flagged.
    ["newer", "deleted", [false, true, true]],
    ["same", "deleted", [false, true, true]],
    ["any", "deleted", [true, true, true]],
    ["newer", "tombstone", [false, false, true]],
    ["same", "tombstone", [false, false, true]],
    ["any", "tombstone", [false, false, true]],
  ])("%s, %s", (accept, state, expected) => {
    expect(["4", "5", "6"].map((version) => brought(state, version, accept))).toEqual(expected);
  });

  test("a compare pass takes any, a backfill and the walk after it the same, everything else only newer ones", () => {
    expect(acceptance("compare", "live", false)).toBe("any");
    expect(acceptance("compare", "live", true)).toBe("any");
    expect(acceptance("snapshot", "live", false)).toBe("newer");
    expect(acceptance("changes", "live", false)).toBe("newer");
    expect(acceptance("changes", "live", true)).toBe("same");
    expect(acceptance("snapshot", "backfill", false)).toBe("same");
  });
});

test.each([
  ["9", "10", -1],
  ["10", "9", 1],
  ["9007199254740993", "9007199254740992", 1],
  ["18446744073709551615", "9223372036854775807", 1],
  ["0", "0", 0],
])("version %s against %s", (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});
