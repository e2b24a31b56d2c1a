import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import type { DueChange, DueWish, Fate, Settled } from "../../src/core/push-port.ts";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { COLUMNS, openStoreScene, person } from "./scene.ts";

interface Scene extends StoreScene {
  /** Edits a row and leaves the pending change that the capture would leave. */
  edit(id: number, first: string | null): Promise<void>;
  due(from?: DueWish["from"], limit?: number): ReturnType<StoreScene["store"]["due"]>;
  only(): Promise<DueChange>;
  settle(change: DueChange, fate: Fate, over?: readonly string[]): Promise<Settled>;
  pending(): Promise<object[]>;
}

const EDIT = `
  with edited as (update marketing.people set first_name = $2 where crm_id = $1)
  insert into pending_changes as p (connection_id, table_name, row_id, agreed)
  select $3, 'people', id, jsonb_build_object('first_name', first_name) from marketing.people where crm_id = $1
  on conflict (connection_id, table_name, row_id)
  do update set agreed = excluded.agreed || p.agreed, revision = p.revision + 1`;

async function opened(people = 1): Promise<Scene> {
  const scene = await openStoreScene();
  const creates = Array.from({ length: people }, (_, at) => person(at + 1, [`Person ${at + 1}`, "1", ["a"]]));
  await scene.apply({ creates });
  const { store, lease, entity, rows } = scene;
  const due: Scene["due"] = (from = null, limit = 10) =>
    store.due(lease, entity, { columns: COLUMNS, limit, from });
  return {
    ...scene,
    due,
    edit: async (id, first) => void (await rows(EDIT, [guid(id), first, lease.connectionId])),
    async only() {
      const [change] = (await due()).changes;
      if (change === undefined) throw new Error("nothing is due");
      return change;
    },
    settle: (change, fate, over = []) =>
      store.settle(lease, entity, {
        columns: COLUMNS,
        cycle: "1",
        settlements: [{ change, fate, over, keptApart: [] }],
      }),
    pending: () => rows("select agreed, sent, attempts, parked from pending_changes order by row_id"),
  };
}

const values = (first: string | null): Map<string, string | null> => new Map([["first_name", first]]);

const names = (changes: readonly DueChange[]): unknown[] =>
  changes.map(({ now }) => now.get("first_name") ?? null);

describe("what is due", () => {
  test("comes with its record, its revision and the values that belong to it", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    const change = await scene.only();
    expect(change.revision).toMatch(/^1@/);
    expect(change).toMatchObject({
      rowId: "1",
      crmId: guid(1),
      version: "1",
      agreed: new Map([["first_name", "Person 1"]]),
      sent: new Map(),
      now: new Map<string, unknown>([
        ["first_name", "Ours"],
        ["score", "1"],
        ["tags", ["a"]],
      ]),
    });
  });

  test("is told oldest first and each once, in a round that no later edit prolongs", async () => {
    const scene = await opened(5);
    for (const id of [3, 1, 2]) await scene.edit(id, `Ours ${id}`);
    const first = await scene.due(null, 2);
    expect(names(first.changes)).toEqual(["Ours 3", "Ours 1"]);
    await scene.edit(4, "Later");
    await scene.edit(3, "Ours once more");
    const second = await scene.due(first.next, 2);
    expect(names(second.changes)).toEqual(["Ours 2"]);
    expect(second.next).toBeNull();
    expect(names((await scene.due(null)).changes)).toEqual(["Ours once more", "Ours 1", "Ours 2", "Later"]);
  });

  test("of one transaction is told in an order of its own", async () => {
    const scene = await opened(5);
    await scene.rows(
      `insert into pending_changes (connection_id, table_name, row_id, agreed)
       select 1, 'people', id, '{"first_name": null}' from marketing.people`,
    );
    const seen: unknown[] = [];
    for (let from: DueWish["from"] = null; ;) {
      const { changes, next } = await scene.due(from, 2);
      seen.push(...changes.map(({ rowId }) => rowId));
      if (next === null) break;
      from = next;
    }
    expect(seen).toEqual(["1", "2", "3", "4", "5"]);
  });

  test.each([
    ["is parked", "update pending_changes set parked = '{}'"],
    ["waits for a later moment", "update pending_changes set retry_at = now() + interval '1 minute'"],
    ["belongs to a deleted record", "update marketing.people set crm_deleted = true"],
    ["is of a record that was let go", "update links set state = 'd'"],
    ["is of a person of another kind", "update marketing.people set crm_type = 'lead'"],
    ["is of other columns", `update pending_changes set agreed = '{"phone": null}'`],
    ["is another connection's", "update pending_changes set connection_id = 2"],
  ])("does not have what %s", async (_, change) => {
    const scene = await opened();
    await scene.rows("insert into connections (name, url) values ('other', 'https://other.example')");
    await scene.edit(1, "Ours");
    await scene.rows(change);
    expect((await scene.due()).changes).toEqual([]);
  });

  test("has what was refused for a while when the while is over", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    await scene.rows("update pending_changes set parked = '{}', retry_at = now()");
    expect((await scene.due()).changes).toHaveLength(1);
  });
});

describe("what is sent", () => {
  test("is noted only when nobody has edited it since it was read", async () => {
    const scene = await opened(2);
    await scene.edit(1, "Ours");
    await scene.edit(2, "Ours too");
    const { changes } = await scene.due();
    await scene.edit(1, "Newer");
    const sendings = changes.map((change) => ({ change, values: change.now }));
    const noted = await scene.store.noteSent(scene.lease, scene.entity, sendings);
    expect([...noted]).toEqual(["2"]);
    expect(await scene.pending()).toMatchObject([
      { sent: {} },
      { sent: { first_name: "Ours too", score: "1", tags: ["a"] } },
    ]);
  });

  test("is known from an edit that was over and begun anew meanwhile", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    const change = await scene.only();
    await scene.rows("delete from pending_changes");
    await scene.edit(1, "Begun anew");
    const sending = { change, values: values("Ours") };
    expect(await scene.store.noteSent(scene.lease, scene.entity, [sending])).toEqual(new Set());
    await scene.settle(change, { kind: "written", values: values("Ours"), version: "5" });
    expect(await scene.pending()).toMatchObject([{ agreed: { first_name: "Ours" } }]);
  });

  test("is neither noted nor settled while somebody is editing it, and nobody waits", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    const change = await scene.only();
    const editor = await session(scene);
    await editor.query("begin");
    await editor.query("update pending_changes set revision = revision + 1");
    const sending = { change, values: values("Ours") };
    expect(await scene.store.noteSent(scene.lease, scene.entity, [sending])).toEqual(new Set());
    const written = { kind: "written", values: values("Ours"), version: "5" } as const;
    expect(await scene.settle(change, written)).toEqual({ pushed: 0, refused: 0 });
    await editor.query("rollback");
    expect(await scene.settle(change, written)).toEqual({ pushed: 1, refused: 0 });
  });

  test("by a worker that was overtaken is refused", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    const change = await scene.only();
    await scene.store.claim(scene.lease.connectionId);
    const sending = { change, values: values("Ours") };
    await expect(scene.store.noteSent(scene.lease, scene.entity, [sending])).rejects.toMatchObject({
      code: "fenced",
    });
    await expect(scene.settle(change, { kind: "unsent" })).rejects.toMatchObject({ code: "fenced" });
    expect(await scene.pending()).toMatchObject([{ agreed: { first_name: "Person 1" }, sent: {} }]);
  });
});

describe("a written change", () => {
  test("is over, outdates older rows of the feed, and is told", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    const change = await scene.only();
    await scene.settle(change, { kind: "written", values: values("Ours"), version: "9007199254740993" });
    expect(await scene.pending()).toEqual([]);
    expect(await scene.rows("select version from links")).toEqual([{ version: "9007199254740992" }]);
    expect(await scene.rows("select kind, origin, crm_id, cycle, changes from marketing.activities")).toEqual(
      [
        {
          kind: "pushed",
          origin: "marketing",
          crm_id: guid(1),
          cycle: "1",
          changes: { first_name: { from: "Person 1", to: "Ours" } },
        },
      ],
    );
  });

  test("never takes a link back", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    await scene.rows("update links set version = 100");
    await scene.settle(await scene.only(), { kind: "written", values: values("Ours"), version: "50" });
    expect(await scene.rows("select version from links")).toEqual([{ version: "100" }]);
  });

  test("that was edited while it was on its way stays pending against what was sent", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    const change = await scene.only();
    await scene.edit(1, "Newer");
    await scene.settle(change, { kind: "written", values: values("Ours"), version: "5" });
    expect(await scene.pending()).toEqual([
      { agreed: { first_name: "Ours" }, sent: {}, attempts: 0, parked: null },
    ]);
  });

  test("that was edited and edited back meanwhile is over", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    const change = await scene.only();
    await scene.edit(1, "Newer");
    await scene.edit(1, "Ours");
    await scene.settle(change, { kind: "written", values: values("Ours"), version: "5" });
    expect(await scene.pending()).toEqual([]);
  });
});

describe("a change that was not written", () => {
  test("is parked with its reason, unless it was edited meanwhile", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    const change = await scene.only();
    const refused = { kind: "refused", code: "write_refused", field: "first_name", detail: "no" } as const;
    await scene.edit(1, "Newer");
    await scene.settle(change, { ...refused, values: values("Ours") });
    expect(await scene.pending()).toMatchObject([{ parked: null }]);
    const newer = await scene.only();
    expect(await scene.settle(newer, { ...refused, values: values("Newer") })).toMatchObject({ refused: 1 });
    expect(await scene.pending()).toMatchObject([
      {
        agreed: { first_name: "Person 1" },
        parked: { code: "write_refused", field: "first_name", detail: "no", revision: newer.revision },
      },
    ]);
    expect((await scene.due()).changes).toEqual([]);
  });

  test("waits longer each time, and forgets what was sent unless it may have arrived", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    const change = await scene.only();
    await scene.store.noteSent(scene.lease, scene.entity, [{ change, values: values("Ours") }]);
    const waits = (): Promise<{ ms: number }[]> =>
      scene.rows("select (extract(epoch from retry_at - now()) * 1000)::float8 as ms from pending_changes");
    await scene.settle(change, { kind: "later", afterMs: 60_000, sentStays: true });
    expect(await scene.pending()).toMatchObject([{ sent: { first_name: "Ours" }, attempts: 1 }]);
    const [{ ms } = { ms: 0 }] = await waits();
    expect(ms).toBeGreaterThan(50_000);
    for (let attempt = 2; attempt <= 20; attempt += 1) {
      await scene.settle(change, { kind: "later", afterMs: 0, sentStays: false });
    }
    expect(await scene.pending()).toMatchObject([{ sent: {}, attempts: 20 }]);
    const [{ ms: longest } = { ms: 0 }] = await waits();
    expect(longest).toBeGreaterThan(800_000);
    expect(longest).toBeLessThanOrEqual(900_000);
  });

  test("and has nothing to write is over only as it was read", async () => {
    const scene = await opened();
    await scene.edit(1, "Ours");
    const change = await scene.only();
    await scene.edit(1, "Newer");
    await scene.settle(change, { kind: "over" }, ["first_name"]);
    expect(await scene.pending()).toHaveLength(1);
    await scene.settle(await scene.only(), { kind: "over" }, ["first_name"]);
    expect(await scene.pending()).toEqual([]);
  });
});

async function session({ connectionString, database }: StoreScene): Promise<Client> {
  const client = new Client({
    connectionString,
    options: `-c search_path=${database.workspace.name}_sync`,
  });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}
