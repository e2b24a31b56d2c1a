import { describe, expect, test } from "vitest";
import type { ConnectionStatus, EntityStatus } from "../../src/core/status.ts";
import { readConnectionStatuses } from "../../src/store/status.ts";
import type { StoreScene } from "./scene.ts";
import { openStoreScene, person } from "./scene.ts";
import { guid } from "../support/entity.ts";
import { openWorkspace } from "../support/workspace.ts";
import { testDatabase } from "../support/database.ts";
import { openDatabase } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";

const COUNTS = {
  pages: 3,
  created: 2,
  updated: 1,
  deleted: 0,
  unchanged: 4,
  pushed: 5,
  refused: 6,
  requests: 9,
};

async function shown(scene: Pick<StoreScene, "database">): Promise<ConnectionStatus> {
  const [status] = await readConnectionStatuses(scene.database, new Date());
  if (status === undefined) throw new Error("the connection has no status");
  return status;
}

async function entityOf(scene: StoreScene): Promise<EntityStatus> {
  const { entities } = await shown(scene);
  if (entities[0] === undefined) throw new Error("the entity has no status");
  return entities[0];
}

test("an empty workspace has no connection to tell of", async () => {
  const { connectionString, close } = await testDatabase();
  const database = openDatabase(connectionString, { name: "marketing" }, () => undefined);
  await migrate(database);
  expect(await readConnectionStatuses(database, new Date())).toEqual([]);
  await database.close();
  await close();
});

test("a connection that knows nothing yet is connecting", async () => {
  const scene = await openWorkspace();
  expect(await shown(scene)).toMatchObject({
    state: "connecting",
    trouble: null,
    waiting: null,
    entities: [],
    cycle: null,
    lastCycle: null,
    nextCycleAt: null,
    pauseSeconds: 300,
  });
});

describe("an entity", () => {
  test("is queued, copying, following as its snapshot goes on, with what is left", async () => {
    const scene = await openStoreScene();
    const page = { phase: "snapshot", upserts: [], deletes: [] } as const;
    expect(await entityOf(scene)).toMatchObject({ state: "queued", read: 0, expected: null, backlog: null });
    await scene.store.saveCounts(
      scene.lease,
      new Map([
        ["contact", 10],
        ["stranger", 5],
      ]),
    );
    const effects = { page: { ...page, next: "p1", last: false }, read: 4, rate: 2 };
    await scene.apply({ creates: [1, 2, 3, 4].map((id) => person(id)) }, effects);
    expect(await entityOf(scene)).toMatchObject({
      state: "copying",
      rows: 4,
      read: 4,
      expected: 10,
      backlog: 6,
      rate: 2,
      secondsLeft: 3,
    });
    expect((await shown(scene)).state).toBe("copying");
    const entity = await scene.stored();
    await scene.apply(
      { creates: [person(5)] },
      { entity, page: { ...page, next: "p2", last: true }, read: 1 },
    );
    expect(await entityOf(scene)).toMatchObject({
      state: "following",
      rows: 5,
      read: 5,
      backlog: 0,
      secondsLeft: null,
    });
    expect((await shown(scene)).state).toBe("resting");
  });

  test("expects at least what it has read while it is being read", async () => {
    const scene = await openStoreScene();
    await scene.store.saveCounts(scene.lease, new Map([["contact", 1]]));
    await scene.apply(
      {},
      { page: { phase: "snapshot", upserts: [], deletes: [], next: "p1", last: false }, read: 3 },
    );
    expect(await entityOf(scene)).toMatchObject({ read: 3, expected: 3, backlog: 0 });
  });

  test("shows no rate once nothing has flowed for a while", async () => {
    const scene = await openStoreScene();
    await scene.apply(
      {},
      { page: { phase: "snapshot", upserts: [], deletes: [], next: "p1", last: false }, read: 3, rate: 50 },
    );
    await scene.rows("update entities set page_at = now() - interval '6 seconds'");
    expect(await entityOf(scene)).toMatchObject({ rate: 0, secondsLeft: null });
  });

  test("that owes a compare pass or has not settled it is comparing", async () => {
    const scene = await openStoreScene();
    const page = { phase: "snapshot", upserts: [], deletes: [], next: "p1", last: true } as const;
    await scene.apply({ creates: [person(1), person(2)] }, { page, read: 2 });
    await scene.store.beginCompare(scene.lease, scene.entity);
    expect(await entityOf(scene)).toMatchObject({ state: "comparing", read: 0 });
    expect((await shown(scene)).state).toBe("copying");
    const entity = await scene.stored();
    const comparing = { ...page, phase: "compare" } as const;
    await scene.apply({}, { entity, page: comparing, seen: [guid(1)], read: 1 });
    expect(await entityOf(scene)).toMatchObject({ state: "comparing", read: 1 });
    expect(await scene.store.unseenCount(entity)).toEqual({ live: 2, unseen: 1 });
    expect(await scene.store.unseen(entity, null, 9)).toEqual([guid(2)]);
    expect(await scene.store.flagDeleted(scene.lease, entity, [guid(2)])).toBe(1);
    expect(await scene.store.flagDeleted(scene.lease, entity, [guid(2)])).toBe(0);
    expect(await scene.store.unseen(entity, null, 9)).toEqual([]);
    await scene.store.endCompare(scene.lease, entity);
    expect(await entityOf(scene)).toMatchObject({ state: "following" });
  });

  test("counts its fields and its parked records", async () => {
    const scene = await openStoreScene();
    const parked = { id: guid(1), code: "value_unstorable", field: "score", detail: "score: x" } as const;
    await scene.apply({ parked: [parked] });
    await scene.apply({ parked: [parked] });
    expect(await entityOf(scene)).toMatchObject({ parked: 1, fields: { on: 3, available: 0 } });
  });

  test("shows its trouble with the remedy, since when it began, and is set aside when a person must act", async () => {
    const scene = await openStoreScene();
    const { store, lease, entity } = scene;
    await store.setTrouble(lease, entity, { code: "permission_missing", message: "no read" });
    const first = await entityOf(scene);
    expect(first).toMatchObject({
      state: "set-aside",
      trouble: { code: "permission_missing", message: "no read", who: "dynamics-admin" },
    });
    expect(new Date(first.trouble?.since ?? "").getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect((await shown(scene)).state).toBe("attention");
    await scene.rows(
      "update entities set trouble = jsonb_set(trouble, '{since}', '\"2020-01-01T00:00:00Z\"')",
    );
    await store.setTrouble(lease, entity, { code: "permission_missing", message: "still no read" });
    expect((await entityOf(scene)).trouble).toMatchObject({
      message: "still no read",
      since: "2020-01-01T00:00:00Z",
    });
    await store.setTrouble(lease, entity, { code: "unavailable", message: "503" });
    const passing = await entityOf(scene);
    expect(passing.trouble?.since).not.toBe("2020-01-01T00:00:00Z");
    expect(passing.state).toBe("queued");
    expect((await shown(scene)).state).toBe("waiting");
    await store.setTrouble(lease, entity, null);
    expect(await entityOf(scene)).toMatchObject({ trouble: null });
  });
});

describe("a connection", () => {
  test("shows the cycle that runs and the one before", async () => {
    const scene = await openStoreScene();
    const { store, lease } = scene;
    await store.endCycle(lease, await store.beginCycle(lease), COUNTS, "done");
    const second = await store.beginCycle(lease);
    await store.updateCycle(lease, second, { ...COUNTS, pages: 1 });
    expect(await shown(scene)).toMatchObject({
      cycle: { number: Number(second), outcome: "running", endedAt: null, pages: 1 },
      lastCycle: { outcome: "done", ...COUNTS },
    });
    await store.endCycle(lease, second, COUNTS, "failed");
    expect(await shown(scene)).toMatchObject({
      cycle: null,
      lastCycle: { number: Number(second), outcome: "failed" },
    });
  });

  test("closes the cycle of a worker that was killed when the next one begins", async () => {
    const scene = await openStoreScene();
    const { store, lease } = scene;
    const killed = await store.beginCycle(lease);
    const next = await store.beginCycle(await store.claim(lease.connectionId));
    expect(await shown(scene)).toMatchObject({
      cycle: { number: Number(next) },
      lastCycle: { number: Number(killed), outcome: "stopped" },
    });
  });

  test("that was paused by a person says so before anything else", async () => {
    const scene = await openStoreScene();
    await scene.store.setConnectionTrouble(scene.lease, { code: "sign_in_failed", message: "no" });
    expect(await shown(scene)).toMatchObject({
      state: "attention",
      trouble: { code: "sign_in_failed", who: "admin" },
    });
    await scene.rows("update connections set paused_at = '2026-11-24T06:00:00Z', paused_by = 'ada'");
    expect(await shown(scene)).toMatchObject({
      state: "paused",
      paused: { since: "2026-11-24T06:00:00.000Z", by: "ada" },
    });
    await scene.store.setConnectionTrouble(scene.lease, null);
    expect((await shown(scene)).trouble).toBeNull();
  });
});
