/**
 * Edits of marketing are heard by a receiver outside, in order and signed, though the Tandem that delivers is killed in
 * the middle of a delivery and another one goes on.
 */
import { createInterface } from "node:readline";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Status } from "../../src/core/status.ts";
import { isSigned, openReceiver } from "../events/receiver.ts";
import { testDatabase } from "../support/database.ts";
import type { TestDatabase } from "../support/database.ts";
import type { Environment, RunningOrganization } from "./processes.ts";
import { end, spawnTandem, startOrganization, tandem } from "./processes.ts";

let organization: RunningOrganization;
let database: TestDatabase;
let environment: Environment;
let client: Client;

beforeAll(async () => {
  [organization, database] = await Promise.all([
    startOrganization({ records: 300, seed: 5 }),
    testDatabase(),
  ]);
  environment = {
    ...organization.environment,
    TANDEM_DATABASE_URL: database.connectionString,
    TANDEM_SECRET_KEY: Buffer.alloc(32, 7).toString("base64"),
    TANDEM_PAUSE_SECONDS: "1",
    TANDEM_PORT: "0",
  };
  client = new Client({ connectionString: database.connectionString });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await organization.stop();
  await database.close();
});

/** Starts a Tandem and waits until it has copied everything. */
async function started(): Promise<ReturnType<typeof spawnTandem>> {
  const child = spawnTandem(["start", "--json"], environment);
  for await (const line of createInterface({ input: child.stdout })) {
    const { status } = JSON.parse(line) as { readonly status?: Status };
    if (status?.connections[0]?.state === "resting") break;
  }
  child.stdout.resume();
  return child;
}

async function output(...words: readonly string[]): Promise<string> {
  const finished = await tandem(words, environment);
  expect(finished).toMatchObject({ code: 0, errors: "" });
  return finished.output;
}

test(
  "a receiver hears every event, though the Tandem that delivers is killed",
  { timeout: 180_000 },
  async () => {
    const receiver = await openReceiver();
    const first = await started();
    const added = await output(
      "webhook",
      "add",
      receiver.url,
      "--types",
      "person.synced",
      "--name",
      "crm",
      "--json",
    );
    const { secret, encrypted } = JSON.parse(added) as { secret: string; encrypted: boolean };
    expect(encrypted).toBe(true);
    // The third delivery is never answered: the Tandem dies with it.
    receiver.answer = () => (receiver.received.length < 3 ? 204 : null);
    await client.query(
      `update marketing.people set job_title = 'Head of Pumps'
      where id in (select id from marketing.people where crm_type = 'contact' and not crm_deleted order by id limit 6)`,
    );
    await expect.poll(() => receiver.received.length, { timeout: 60_000 }).toBe(3);
    await end(first, "SIGKILL");
    receiver.answer = 204;
    const second = await started();
    // What the killed one holds is anybody's after a minute and a half; so long nobody waits here.
    await client.query("update marketing_sync.webhooks set held_until = now()");
    await expect.poll(() => receiver.received.length, { timeout: 60_000 }).toBe(7);
    const ids = receiver.received.map(({ id }) => id);
    expect(ids[3]).toBe(ids[2]);
    const events = await output("events", "--from", "begin", "--types", "person.synced", "--json");
    const told = events
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect([...new Set(ids)]).toEqual(told);
    expect(told).toHaveLength(6);
    expect(receiver.received.every((one) => isSigned(one, secret))).toBe(true);
    await end(second, "SIGTERM");
  },
);
