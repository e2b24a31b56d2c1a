import { expect, test } from "vitest";
import type { Gauges } from "../core/gauges.ts";
import type { ConnectionStatus, EntityStatus, Status } from "../core/status.ts";
import { Metrics } from "./metrics.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");

const contact: EntityStatus = {
  entity: "contact",
  label: "Contact",
  table: "people",
  state: "following",
  paused: null,
  rows: 12,
  read: 12,
  expected: 12,
  rate: 0,
  secondsLeft: null,
  backlog: 0,
  lastChangeAt: null,
  changeTracking: true,
  parked: 1,
  pending: { waiting: 3, parked: 0, oldestAt: "2026-11-24T11:59:00.000Z" },
  wanted: { waiting: 2, parked: 0, oldestAt: "2026-11-24T11:58:00.000Z" },
  lastHour: { from: "2026-11-24T10:00:00.000Z", created: 0, updated: 0, deleted: 0, pushed: 0, made: 0 },
  trouble: null,
  fields: { on: 1, available: 2 },
};

const connection: ConnectionStatus = {
  id: 7,
  name: "dynamics",
  url: "https://contoso.example",
  state: "waiting",
  paused: null,
  trouble: {
    code: "throttled",
    message: "busy",
    remedy: "wait",
    who: "nobody",
    since: "2026-11-24T11:00:00Z",
  },
  waiting: { until: "2026-11-24T12:00:30.000Z", reason: "busy", attempt: 1 },
  entities: [contact],
  backfills: [],
  cycle: null,
  lastCycle: null,
  nextCycleAt: null,
  pauseSeconds: 300,
};

const status: Status = {
  version: "1.2.3",
  at: "2026-11-24T12:00:00.000Z",
  workspace: "marketing",
  demo: false,
  database: { kind: "server", server: "db", psql: "psql" },
  connections: [connection],
};

const gauges: Gauges = {
  status,
  completedAt: new Map([[7, new Date("2026-11-24T11:50:00Z")]]),
  parked: [
    { entity: "contact", way: "push", code: "value_invalid", count: 2 },
    { entity: "contact", way: "push", code: "value_invalid", count: 3 },
  ],
  held: [{ entity: "contact", way: "pull", count: 900 }],
  openNotices: [{ kind: "deletes-held", count: 1 }],
  webhooks: ["failing", "failing", "delivering"],
  deadLetters: 4,
};

interface Scene {
  readonly metrics: Metrics;
  now: number;
  reads: number;
  read: () => Promise<Gauges>;
}

function scene(): Scene {
  const made: Scene = {
    now: NOW,
    reads: 0,
    read: async () => gauges,
    metrics: new Metrics({
      version: "1.2.3",
      ofProcess: false,
      now: () => made.now,
      read: () => {
        made.reads += 1;
        return made.read();
      },
    }),
  };
  return made;
}

async function samples({ metrics }: Scene): Promise<readonly string[]> {
  return (await metrics.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("what is stored is told as gauges", async () => {
  const lines = await samples(scene());
  expect(lines).toEqual(
    expect.arrayContaining([
      'tandem_info{version="1.2.3",workspace="marketing"} 1',
      "tandem_database_reachable 1",
      'tandem_connection_state{connection="dynamics",state="waiting"} 1',
      'tandem_connection_state{connection="dynamics",state="resting"} 0',
      'tandem_lag_seconds{connection="dynamics"} 600',
      'tandem_wait_seconds{connection="dynamics"} 30',
      'tandem_rows{connection="dynamics",entity="contact"} 12',
      'tandem_backlog_records{connection="dynamics",entity="contact",direction="pull"} 0',
      'tandem_backlog_records{connection="dynamics",entity="contact",direction="push"} 5',
      'tandem_oldest_pending_seconds{connection="dynamics",entity="contact"} 120',
      'tandem_parked_records{entity="contact",direction="push",code="value_invalid"} 5',
      'tandem_trouble{connection="dynamics",entity="",code="throttled"} 1',
      'tandem_guard_held_deletes{entity="contact",direction="pull"} 900',
      'tandem_open_notices{kind="deletes-held"} 1',
      'tandem_webhooks{state="failing"} 2',
      'tandem_webhooks{state="delivering"} 1',
      "tandem_webhook_dead_letters 4",
    ]),
  );
});

test("what this process did is counted", async () => {
  const made = scene();
  const { metrics } = made;
  metrics.moved({ entity: "lead", direction: "pull", outcomes: { read: 5, created: 3, refused: 0 } });
  metrics.moved({ entity: "lead", direction: "pull", outcomes: { created: 1 } });
  for (const code of [200, 204, 429, 503, null]) metrics.requested(code, 0.2);
  metrics.waits("throttled", 7);
  metrics.cycled("partial", 3);
  const lines = await samples(made);
  expect(lines).toEqual(
    expect.arrayContaining([
      'tandem_records_total{entity="lead",direction="pull",outcome="read"} 5',
      'tandem_records_total{entity="lead",direction="pull",outcome="created"} 4',
      'tandem_dynamics_requests_total{status="2xx"} 2',
      'tandem_dynamics_requests_total{status="429"} 1',
      'tandem_dynamics_requests_total{status="5xx"} 1',
      'tandem_dynamics_requests_total{status="none"} 1',
      "tandem_dynamics_request_duration_seconds_count 5",
      'tandem_dynamics_wait_seconds_total{code="throttled"} 7',
      'tandem_cycle_duration_seconds_bucket{le="1",outcome="partial"} 0',
      'tandem_cycle_duration_seconds_bucket{le="5",outcome="partial"} 1',
    ]),
  );
  expect(lines.some((line) => line.includes('outcome="refused"'))).toBe(false);
});

test("however many ask at once and again, the database is asked once in five seconds", async () => {
  const made = scene();
  await Promise.all([made.metrics.text(), made.metrics.text()]);
  made.now += 4_999;
  const lines = await samples(made);
  expect(made.reads).toBe(1);
  expect(lines).toContain('tandem_lag_seconds{connection="dynamics"} 604.999');
  made.now += 1;
  await made.metrics.text();
  expect(made.reads).toBe(2);
});

test("a database that does not answer leaves its gauges out, and nothing of what was before", async () => {
  const made = scene();
  await made.metrics.text();
  made.now += 5_000;
  made.read = () => Promise.reject(new Error("down"));
  made.metrics.requested(200, 1);
  const lines = await samples(made);
  expect(lines).toContain("tandem_database_reachable 0");
  expect(lines).toContain('tandem_dynamics_requests_total{status="2xx"} 1');
  expect(lines.filter((line) => /tandem_(?:lag|rows|webhook|parked|info)/.test(line))).toEqual([]);
});

test("every metric is named by the conventions, and told in a sentence", async () => {
  const text = await scene().metrics.text();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  expect(types.length).toBeGreaterThan(15);
  for (const [, name = "", type] of types) {
    expect.soft(name).toMatch(/^tandem_[a-z_]+$/);
    expect.soft(name.endsWith("_total"), name).toBe(type === "counter");
    expect.soft(text, name).toMatch(new RegExp(`^# HELP ${name} .{10,}$`, "m"));
  }
});
