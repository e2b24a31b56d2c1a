/**
 * A page meets edits of marketing: what is written, what stays pending, what is told.
 */
import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Column } from "../../src/core/mapping.ts";
import type { FieldPolicy, FieldRule, Winner } from "../../src/core/policy.ts";
import type { Applied } from "../../src/core/store-port.ts";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { COLUMNS, openStoreScene, person } from "./scene.ts";

function policies(winner: Winner): ReadonlyMap<string, FieldPolicy> {
  return new Map(COLUMNS.map(({ name }) => [name, { winner, rule: null, optOut: false }]));
}

interface Scene extends StoreScene {
  /** Edits a row and leaves the pending change that the capture would leave. */
  edit(id: number, column: string, value: string | null): Promise<void>;
  page(
    rows: Parameters<StoreScene["apply"]>[0],
    winner?: Winner,
    columns?: readonly Column[],
  ): Promise<Applied>;
  pending(): Promise<{ agreed: object; sent: object; revision: string }[]>;
  told(): Promise<{ kind: string; changes: object }[]>;
}

/** Two people who were copied once. */
async function copied(): Promise<Scene> {
  const scene = await openStoreScene();
  const page = { phase: "snapshot", upserts: [], deletes: [], next: "p0", last: true } as const;
  await scene.apply({ creates: [person(1), person(2)] }, { page });
  const entity = await scene.stored();
  return {
    ...scene,
    entity,
    edit: (id, column, value) => edit(scene, { id, column, value }),
    page: (changes, winner = "dynamics", columns = COLUMNS) =>
      scene.apply(changes, { entity, policies: policies(winner), columns }),
    pending: () =>
      scene.rows("select agreed, sent, revision from marketing_sync.pending_changes order by row_id"),
    told: () => scene.rows("select kind, changes from marketing.activities order by id"),
  };
}

interface Edit {
  readonly id: number;
  readonly column: string;
  readonly value: string | null;
}

const EDIT = `
  with before as (select id, "%"::text as value from marketing.people where crm_id = $1),
       edited as (
         update marketing.people t set "%" = v."%"
           from jsonb_populate_record(null::marketing.people, jsonb_build_object('%', $2::text)) v
          where t.crm_id = $1)
  insert into marketing_sync.pending_changes as p (connection_id, table_name, row_id, agreed)
  select $3, 'people', id, jsonb_build_object('%', value) from before
  on conflict (connection_id, table_name, row_id)
  do update set agreed = excluded.agreed || p.agreed, revision = p.revision + 1`;

async function edit(
  { rows, lease }: Pick<StoreScene, "rows" | "lease">,
  { id, column, value }: Edit,
): Promise<void> {
  await rows(EDIT.replaceAll("%", column), [guid(id), value, lease.connectionId]);
}

describe("a page that meets an edit", () => {
  test("leaves it alone and pending where only marketing has changed", async () => {
    const scene = await copied();
    await scene.edit(1, "first_name", "Ours");
    await scene.page({ updates: [person(1, ["Person 1", "7", null], "2")] });
    expect(await scene.people()).toMatchObject([
      { first_name: "Ours", score: 7 },
      { first_name: "Person 2" },
    ]);
    expect(await scene.pending()).toEqual([{ agreed: { first_name: "Person 1" }, sent: {}, revision: "1" }]);
    expect(await scene.told()).toEqual([{ kind: "changed", changes: { score: { from: "1", to: "7" } } }]);
  });

  test("is in agreement where both sides came to the same value", async () => {
    const scene = await copied();
    await scene.edit(1, "first_name", "Same");
    expect(await scene.page({ updates: [person(1, ["Same", "1", null], "2")] })).toMatchObject({
      updated: 0,
    });
    expect(await scene.pending()).toEqual([]);
  });

  test("wins where Dynamics wins, and what was given up is told", async () => {
    const scene = await copied();
    await scene.edit(1, "first_name", "Ours");
    await scene.page({ updates: [person(1, ["Theirs", "1", null], "2")] });
    expect(await scene.people()).toMatchObject([{ first_name: "Theirs" }, {}]);
    expect(await scene.pending()).toEqual([]);
    expect(await scene.told()).toContainEqual({
      kind: "conflict",
      changes: { first_name: { from: "Person 1", to: "Theirs", lost: "Ours" } },
    });
  });

  test("loses where marketing wins: the edit stays pending against what Dynamics has now", async () => {
    const scene = await copied();
    await scene.edit(1, "first_name", "Ours");
    await scene.page({ updates: [person(1, ["Theirs", "1", null], "2")] }, "marketing");
    expect(await scene.people()).toMatchObject([{ first_name: "Ours" }, {}]);
    expect(await scene.pending()).toMatchObject([{ agreed: { first_name: "Theirs" } }]);
    expect(await scene.told()).toEqual([
      { kind: "conflict", changes: { first_name: { from: "Person 1", to: "Ours", lost: "Theirs" } } },
    ]);
  });

  test("recognises what was sent when it comes back, although marketing has moved on", async () => {
    const scene = await copied();
    await scene.edit(1, "first_name", "First");
    await scene.rows(`update marketing_sync.pending_changes set sent = '{"first_name": "First"}'`);
    await scene.edit(1, "first_name", "Second");
    await scene.page({ updates: [person(1, ["First", "1", null], "2")] });
    expect(await scene.people()).toMatchObject([{ first_name: "Second" }, {}]);
    expect(await scene.pending()).toMatchObject([{ agreed: { first_name: "First" }, sent: {} }]);
    expect(await scene.told()).toEqual([
      { kind: "pushed", changes: { first_name: { from: "Person 1", to: "First" } } },
    ]);
  });

  test("sees an edit that is committed in the very moment of writing (P3)", async () => {
    const scene = await copied();
    const editor = new Client({ connectionString: scene.connectionString });
    await editor.connect();
    onTestFinished(() => editor.end());
    await editor.query("begin");
    const rows = async <T>(sql: string, values: readonly unknown[] = []): Promise<T[]> =>
      (await editor.query(sql, [...values])).rows as T[];
    await edit({ rows, lease: scene.lease }, { id: 1, column: "first_name", value: "Ours" });
    const applying = scene.page({
      updates: [person(1, ["Person 1", "7", null], "2"), person(2, ["P", "2", null], "2")],
    });
    await someoneWaits(scene);
    await editor.query("commit");
    await applying;
    expect(await scene.people()).toMatchObject([
      { first_name: "Ours", score: 7 },
      { first_name: "P", score: 2 },
    ]);
    expect(await scene.pending()).toMatchObject([{ agreed: { first_name: "Person 1" } }]);
  });

  test("brings nothing new, and is met by another edit of the same field before it is over", async () => {
    const scene = await copied();
    await scene.edit(1, "first_name", "Ours");
    const editor = new Client({ connectionString: scene.connectionString });
    await editor.connect();
    onTestFinished(() => editor.end());
    await editor.query("begin");
    const rows = async <T>(sql: string, values: readonly unknown[] = []): Promise<T[]> =>
      (await editor.query(sql, [...values])).rows as T[];
    await edit({ rows, lease: scene.lease }, { id: 1, column: "first_name", value: "Newer" });
    const applying = scene.page({ updates: [person(1, ["Ours", "1", null], "2")] });
    await someoneWaits(scene);
    await editor.query("commit");
    await applying;
    // Both sides had come to "Ours"; contacts follow Dynamics where both have changed. Whoever wins, it is told.
    expect(await scene.people()).toMatchObject([{ first_name: "Ours" }, {}]);
    expect(await scene.told()).toContainEqual({
      kind: "conflict",
      changes: { first_name: { from: "Person 1", to: "Ours", lost: "Newer" } },
    });
  });

  test("does not take the edit after one that was set back for the same", async () => {
    const scene = await copied();
    await scene.edit(1, "first_name", "Ours");
    const other = new Client({ connectionString: scene.connectionString });
    await other.connect();
    onTestFinished(() => other.end());
    // Holds the page up between reading the edit and writing the row.
    await other.query("begin");
    await other.query("lock table marketing.activities in exclusive mode");
    const applying = scene.page({ updates: [person(1, ["Person 1", "7", null], "2")] }, "marketing");
    await someoneWaits(scene);
    await scene.rows("update marketing.people set first_name = 'Person 1'");
    await scene.rows("delete from marketing_sync.pending_changes");
    await scene.edit(1, "score", "9");
    await other.query("commit");
    await applying;
    expect(await scene.people()).toMatchObject([{ first_name: "Person 1", score: 9 }, {}]);
    expect(await scene.pending()).toMatchObject([{ agreed: { score: "7" } }]);
  });

  test("parks a record that the database refuses, beside one that is merged", async () => {
    const scene = await copied();
    await scene.edit(1, "first_name", "Ours");
    const applied = await scene.page({
      updates: [person(1, ["Theirs", "1", null], "2"), person(2, ["P", "not a number", null], "2")],
    });
    expect(applied.parked).toMatchObject([{ id: guid(2) }]);
    expect(await scene.people()).toMatchObject([{ first_name: "Theirs" }, { first_name: "Person 2" }]);
    expect(await scene.pending()).toEqual([]);
  });
});

/** Until a session waits for another one's lock. */
async function someoneWaits({ rows }: Pick<StoreScene, "rows">): Promise<void> {
  for (;;) {
    const waiting = await rows(
      "select from pg_locks where not granted and locktype in ('tuple', 'transactionid', 'relation')",
    );
    if (waiting.length > 0) return;
  }
}

describe("a field's rule, where nobody is editing", () => {
  const ruled = (rule: FieldRule): readonly Column[] =>
    COLUMNS.map((column) => (column.name === "first_name" ? { ...column, rule } : column));

  test("create-only leaves what is there", async () => {
    const scene = await copied();
    await scene.page({ updates: [person(1, ["New", "7", null], "2")] }, "dynamics", ruled("create-only"));
    expect(await scene.people()).toMatchObject([{ first_name: "Person 1", score: 7 }, {}]);
  });

  test("fill-if-blank fills what is blank, an empty text too, and nothing else", async () => {
    const scene = await copied();
    await scene.rows("update marketing.people set first_name = '' where crm_id = $1", [guid(2)]);
    const updates = [person(1, ["New", "7", null], "2"), person(2, ["New", "7", null], "2")];
    await scene.page({ updates }, "dynamics", ruled("fill-if-blank"));
    expect(await scene.people()).toMatchObject([{ first_name: "Person 1" }, { first_name: "New" }]);
    expect(await scene.pending()).toEqual([]);
  });

  test("fill-if-blank fills Dynamics too, when a value was cleared there", async () => {
    const scene = await copied();
    await scene.page({ updates: [person(1, [null, "7", null], "2")] }, "dynamics", ruled("fill-if-blank"));
    expect(await scene.people()).toMatchObject([{ first_name: "Person 1", score: 7 }, {}]);
    expect(await scene.pending()).toMatchObject([{ agreed: { first_name: null } }]);
  });

  test("never-blank sends nothing of a field that only comes from Dynamics", async () => {
    const scene = await copied();
    const effects = { entity: scene.entity, columns: ruled("never-blank") };
    await scene.apply({ updates: [person(1, [null, "7", null], "2")] }, effects);
    expect(await scene.people()).toMatchObject([{ first_name: "Person 1", score: 7 }, {}]);
    expect(await scene.pending()).toEqual([]);
  });

  test("never-blank keeps a value that Dynamics does not have, and sends it there", async () => {
    const scene = await copied();
    const updates = [person(1, [null, "7", null], "2"), person(2, ["New", "7", null], "2")];
    await scene.page({ updates }, "dynamics", ruled("never-blank"));
    expect(await scene.people()).toMatchObject([{ first_name: "Person 1", score: 7 }, { first_name: "New" }]);
    expect(await scene.pending()).toMatchObject([{ agreed: { first_name: null } }]);
  });
});

test("a conflict is told with the cycle in which it was met", async () => {
  const scene = await copied();
  const cycle = await scene.store.beginCycle(scene.lease);
  await scene.edit(1, "first_name", "Ours");
  await scene.page({ updates: [person(1, ["Theirs", "1", null], "2")] });
  expect(await scene.rows("select kind, cycle from marketing.activities order by kind")).toEqual([
    { kind: "changed", cycle },
    { kind: "conflict", cycle },
  ]);
});

describe("the history", () => {
  test("does not tell of the first copy", async () => {
    const scene = await copied();
    expect(await scene.told()).toEqual([]);
  });

  test("tells of who came, changed, went and came back, with the values before and after", async () => {
    const scene = await copied();
    await scene.page({ creates: [person(3)] });
    await scene.page({
      updates: [person(1, ["Ann", "1", ["a", "b"]], "2"), person(2, ["Person 2", "1", null], "2")],
    });
    await scene.page({ deletes: [guid(1)] });
    await scene.page({ updates: [person(1, ["Ann", "1", ["a", "b"]], "3")] });
    expect(await scene.told()).toEqual([
      { kind: "created", changes: {} },
      {
        kind: "changed",
        changes: { first_name: { from: "Person 1", to: "Ann" }, tags: { from: null, to: ["a", "b"] } },
      },
      { kind: "deleted", changes: {} },
      { kind: "restored", changes: {} },
    ]);
  });

  test("tells nothing of a page that is repeated", async () => {
    const scene = await copied();
    const updates = [person(1, ["Ann", "1", null], "2")];
    await scene.page({ updates });
    await scene.page({ updates });
    expect(await scene.told()).toHaveLength(1);
  });
});
