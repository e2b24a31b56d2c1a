/** A Tandem that runs as people start it tells machines how it is and what it has done. */
import { text } from "node:stream/consumers";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import type { TestDatabase } from "../support/database.ts";
import type { RunningOrganization } from "./processes.ts";
import { end, firstLine, spawnTandem, startOrganization } from "./processes.ts";

let organization: RunningOrganization;
let database: TestDatabase;

beforeAll(async () => {
  [organization, database] = await Promise.all([
    startOrganization({ records: 300, seed: 9 }),
    testDatabase(),
  ]);
});

afterAll(async () => {
  await organization.stop();
  await database.close();
});

test("health, readiness, metrics and log of `tandem start`", { timeout: 120_000 }, async () => {
  const child = spawnTandem(["start", "--json"], {
    ...organization.environment,
    TANDEM_DATABASE_URL: database.connectionString,
    TANDEM_PORT: "0",
    TANDEM_LOG: "info",
  });
  const log = text(child.stderr);
  const { url } = JSON.parse(await firstLine(child)) as { url: string };
  const asked = async (path: string): Promise<string> => (await fetch(url + path)).text();
  expect(await asked("/healthz")).toBe('{"alive":true}');
  expect(await asked("/readyz")).toBe('{"ready":true}');
  await expect
    .poll(() => asked("/metrics"), { timeout: 60_000 })
    .toMatch(/^tandem_cycle_duration_seconds_count\{outcome="done"\} [1-9]/m);

  // What is stored may be as it was five seconds ago.
  await expect
    .poll(() => asked("/metrics"), { timeout: 20_000 })
    .toMatch(/^tandem_lag_seconds\{connection="dynamics"\} /m);
  const metrics = await asked("/metrics");
  const valueOf = (sample: string): number => {
    const line = metrics.split("\n").find((each) => each.startsWith(`${sample} `)) ?? "";
    return Number(line.slice(sample.length));
  };
  const client = new Client({ connectionString: database.connectionString });
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    "select count(*)::int as count from marketing.companies",
  );
  await client.end();
  const companies = rows[0]?.count;
  expect(companies).toBeGreaterThan(10);
  expect(valueOf('tandem_records_total{entity="account",direction="pull",outcome="created"}')).toBe(
    companies,
  );
  expect(valueOf('tandem_rows{connection="dynamics",entity="account"}')).toBe(companies);
  expect(valueOf('tandem_dynamics_requests_total{status="2xx"}')).toBeGreaterThan(10);

  await end(child, "SIGTERM");
  expect(child.exitCode).toBe(0);
  const lines = (await log)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.find(({ msg }) => msg === "cycle.ended")).toMatchObject({ connection: 1, run: "1" });
  expect(await log).not.toContain(organization.environment["TANDEM_DYNAMICS_CLIENT_SECRET"]);
});
