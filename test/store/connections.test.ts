import { expect, test } from "vitest";
import { ensureConnection, setNextCycle, setWaiting } from "../../src/store/connections.ts";
import { readConnectionStatuses } from "../../src/store/status.ts";
import { openWorkspace } from "../support/workspace.ts";

const URL = "https://org.example";

test("a connection is made once and found by its name", async () => {
  const { database, lease, rows } = await openWorkspace();
  const again = await ensureConnection(database.pool, {
    name: "test",
    url: URL,
    pauseSeconds: 60,
    roaming: false,
  });
  expect(again).toEqual({ id: lease.connectionId, name: "test", url: URL, paused: false, pauseSeconds: 60 });
  expect(await rows("select id from connections")).toEqual([{ id: again.id }]);
});

test("a name that belongs to another organization is refused, and nothing of it changes", async () => {
  const { database, rows } = await openWorkspace();
  const before = await rows("select * from connections");
  const other = { name: "test", url: "https://other.example", pauseSeconds: 60, roaming: false };
  await expect(ensureConnection(database.pool, other)).rejects.toMatchObject({
    code: "configuration_invalid",
  });
  await expect(ensureConnection(database.pool, other)).rejects.toThrow(/org\.example.*other\.example/s);
  expect(await rows("select * from connections")).toEqual(before);
});

test("the same address written in another way is the same organization", async () => {
  const { database, lease } = await openWorkspace();
  for (const url of [`${URL}/`, "https://ORG.example", "https://org.example:443/"]) {
    const found = await ensureConnection(database.pool, {
      name: "test",
      url,
      pauseSeconds: 60,
      roaming: false,
    });
    expect(found).toMatchObject({ id: lease.connectionId, url: URL });
  }
});

test("the demo may move from address to address", async () => {
  const { database, lease } = await openWorkspace();
  const wish = { name: "test", url: "http://127.0.0.1:4002", pauseSeconds: 5, roaming: true };
  const moved = await ensureConnection(database.pool, wish);
  expect(moved).toMatchObject({ id: lease.connectionId, url: "http://127.0.0.1:4002", pauseSeconds: 5 });
});

test("a workspace has one connection: the records of two would mix", async () => {
  const { database, rows } = await openWorkspace();
  const wish = { name: "demo", url: "http://127.0.0.1:4002", pauseSeconds: 5, roaming: true };
  await expect(ensureConnection(database.pool, wish)).rejects.toMatchObject({
    code: "configuration_invalid",
  });
  await expect(ensureConnection(database.pool, wish)).rejects.toThrow(/holds the connection test, not demo/);
  expect(await rows("select name from connections")).toEqual([{ name: "test" }]);
});

test("when the next cycle is due, and what is waited for, is shown until its time", async () => {
  const { database, lease } = await openWorkspace();
  const now = new Date("2026-11-24T06:00:00Z");
  const due = new Date("2026-11-24T06:05:00Z");
  const waiting = { until: "2026-11-24T06:00:30.000Z", reason: "throttled", attempt: 2 };
  await setNextCycle(database.pool, lease.connectionId, due);
  await setWaiting(database.pool, lease.connectionId, waiting);
  const [shown] = await readConnectionStatuses(database, now);
  expect(shown).toMatchObject({ nextCycleAt: due.toISOString(), waiting, state: "waiting" });
  const [later] = await readConnectionStatuses(database, new Date("2026-11-24T06:00:30Z"));
  expect(later).toMatchObject({ waiting: null, state: "connecting" });
  await setNextCycle(database.pool, lease.connectionId, null);
  const [running] = await readConnectionStatuses(database, now);
  expect(running?.nextCycleAt).toBeNull();
});
