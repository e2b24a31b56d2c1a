import { expect, onTestFinished, test } from "vitest";
import { openMetrics, openProbes } from "../../src/app/probes.ts";
import type { StatusBoard } from "../../src/app/status.ts";
import type { Gauges } from "../../src/core/gauges.ts";
import type { Status } from "../../src/core/status.ts";
import { createApp } from "../../src/http/server.ts";
import { openDatabase } from "../../src/store/database.ts";
import { readGauges } from "../../src/store/gauges.ts";
import { readConnectionStatuses } from "../../src/store/status.ts";
import { scriptedOptions } from "../support/server-options.ts";
import { openStoreScene, person } from "../store/scene.ts";
import { openWorkspace } from "../support/workspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";
import { guid } from "../support/entity.ts";

const HERE = { host: "127.0.0.1:4600" };

function boardOf({ database }: Pick<TestWorkspace, "database">): StatusBoard {
  const read = async (): Promise<Status> => ({
    version: "test",
    at: new Date().toISOString(),
    workspace: "marketing",
    demo: false,
    database: { kind: "server", server: "db", psql: "psql" },
    connections: await readConnectionStatuses(database, new Date()),
  });
  return { read, changed: () => undefined, subscribe: () => () => undefined };
}

function served(workspace: Pick<TestWorkspace, "database">, signal = new AbortController().signal) {
  const metrics = openMetrics(workspace.database, boardOf(workspace), "1.2.3");
  const probes = openProbes({ database: workspace.database, metrics, signal });
  return createApp({ ...scriptedOptions(), probes });
}

test("the process lives, whatever the database does; it is ready when that answers at its schema", async () => {
  const workspace = await openWorkspace();
  const app = served(workspace);
  expect((await app.inject({ url: "/healthz", headers: HERE })).json()).toEqual({ alive: true });
  const ready = await app.inject({ url: "/readyz", headers: HERE });
  expect([ready.statusCode, ready.json()]).toEqual([200, { ready: true }]);
});

test("a database out of reach is what is missing, and metrics still answer", async () => {
  const nowhere = "postgres://tandem@127.0.0.1:1/tandem";
  const database = openDatabase(nowhere, { name: "marketing" }, () => undefined);
  onTestFinished(() => database.close());
  const app = served({ database });
  const answer = await app.inject({ url: "/readyz", headers: HERE });
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toEqual({
    ready: false,
    missing: [{ what: "database", reason: expect.stringContaining("does not answer") as unknown }],
  });
  const metrics = await app.inject({ url: "/metrics", headers: HERE });
  expect(metrics.statusCode).toBe(200);
  expect(metrics.body).toContain("tandem_database_reachable 0");
  expect((await app.inject({ url: "/healthz", headers: HERE })).statusCode).toBe(200);
});

test("a schema that is not this Tandem's is what is missing", async () => {
  const workspace = await openWorkspace();
  await workspace.rows("insert into schema_version (number) values (9999)");
  const answer = await served(workspace).inject({ url: "/readyz", headers: HERE });
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({
    missing: [{ what: "schema", reason: expect.stringContaining("version 9999") as unknown }],
  });
});

test("a database without our schema is told without PostgreSQL's words", async () => {
  const workspace = await openWorkspace();
  await workspace.rows("alter table schema_version rename to schema_version_of_old");
  const answer = await served(workspace).inject({ url: "/readyz", headers: HERE });
  expect(answer.json()).toMatchObject({ missing: [{ what: "database" }] });
  expect(answer.body).not.toContain("schema_version");
});

test("who is shutting down is not ready", async () => {
  const workspace = await openWorkspace();
  const stopping = new AbortController();
  const app = served(workspace, stopping.signal);
  stopping.abort();
  const answer = await app.inject({ url: "/readyz", headers: HERE });
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({ missing: [{ what: "running" }] });
});

test("metrics are Prometheus' text, with the process in it", async () => {
  const workspace = await openWorkspace();
  const answer = await served(workspace).inject({ url: "/metrics", headers: HERE });
  expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(answer.body).toContain('tandem_connection_state{connection="test",state="connecting"} 1');
  expect(answer.body).toMatch(/^process_resident_memory_bytes \d+/m);
  expect(answer.body).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
});

test("metrics are kept from other names, as everything is", async () => {
  const workspace = await openWorkspace();
  const answer = await served(workspace).inject({ url: "/metrics", headers: { host: "evil.example" } });
  expect(answer.statusCode).toBe(421);
});

test("what is stored beside the status is counted where it is", async () => {
  const scene = await openStoreScene();
  const { database, rows, lease, store } = scene;
  const counted = (): Promise<Omit<Gauges, "status">> => readGauges(database, new Date());
  expect(await counted()).toEqual({
    completedAt: new Map(),
    parked: [],
    held: [],
    openNotices: [],
    webhooks: [],
    deadLetters: 0,
  });
  const refused = { id: guid(3), code: "value_unstorable", field: "firstname", detail: "no" } as const;
  await scene.apply({ creates: [person(1)], parked: [refused] });
  await rows("update entities set held_peak = 600, errands_peak = 7");
  await rows(
    `insert into notices (kind, subject, title, body, who, count, parts, opened_at, grown_at)
     values ('deletes-held', '1/contact', 't', '', 'admin', 600, '{}', now(), now())`,
  );
  await rows(
    `insert into webhooks (name, url, position, secret, gone_at) values ('a', 'https://a.example', '0-0', 's', now())`,
  );
  await rows(
    `insert into dead_letters (webhook_id, event_id, type, body, attempts, failure)
     select id, '1', 'person.changed', '{}', 1, 'no' from webhooks`,
  );
  const cycle = await store.beginCycle(lease);
  const none = {
    pages: 0,
    created: 0,
    updated: 0,
    deleted: 0,
    unchanged: 0,
    pushed: 0,
    refused: 0,
    requests: 0,
  };
  await store.endCycle(lease, cycle, none, "done");
  await store.endCycle(lease, await store.beginCycle(lease), none, "failed");
  const [ended] = await rows<{ at: Date }>("select ended_at as at from cycles where outcome = 'done'");
  expect(await counted()).toMatchObject({
    completedAt: new Map([[lease.connectionId, ended?.at]]),
    parked: [{ entity: "contact", way: "pull", code: "value_unstorable", count: 1 }],
    held: [
      { entity: "contact", way: "pull", count: 600 },
      { entity: "contact", way: "push", count: 7 },
    ],
    openNotices: [{ kind: "deletes-held", count: 1 }],
    webhooks: ["gone"],
    deadLetters: 1,
  });
});
