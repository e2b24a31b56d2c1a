/**
 * What people ask for does not wait for the pause: `tandem start` runs with an hour between its cycles, and a person is in
 * Dynamics all the same as soon as somebody asks, through the API or with a command beside it.
 */
import { createInterface } from "node:readline";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Status } from "../../src/core/status.ts";
import { testDatabase } from "../support/database.ts";
import type { TestDatabase } from "../support/database.ts";
import type { Environment, RunningOrganization } from "./processes.ts";
import { end, spawnTandem, startOrganization, tandem } from "./processes.ts";

const HOUR_MS = 3_600_000;

interface Told {
  readonly event: "ready" | "status";
  readonly url?: string;
  readonly status?: Status;
}

let organization: RunningOrganization;
let database: TestDatabase;
let environment: Environment;
let running: ReturnType<typeof spawnTandem>;
let told: AsyncIterator<string>;
let client: Client;
let url: string;

async function next(): Promise<Told> {
  const line = await told.next();
  if (line.done === true) throw new Error("Tandem ended.");
  return JSON.parse(line.value) as Told;
}

/** Waits until nothing is read any more, and the next cycle is an hour away. */
async function rest(): Promise<void> {
  for (;;) {
    const { status } = await next();
    const [connection] = status?.connections ?? [];
    const due = Date.parse(connection?.nextCycleAt ?? "");
    if (connection?.state === "resting" && due - Date.parse(status?.at ?? "") > HOUR_MS / 2) return;
  }
}

async function add(lastName: string): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    "insert into marketing.people (first_name, last_name, email) values ('Ada', $1, $1 || '@new.example') returning id",
    [lastName],
  );
  return rows[0]?.id ?? "";
}

/** How the request of a person ended, after as many cycles as it takes; there is an hour between two that nobody asks for. */
async function outcomeOf(person: string): Promise<{ readonly outcome: string; readonly crmId: string }> {
  for (;;) {
    const answer = await fetch(`${url}/api/people/${person}/sync`);
    const request = (await answer.json()) as { outcome: string | null; crmId: string };
    if (request.outcome !== null) return { ...request, outcome: request.outcome };
    await next();
  }
}

beforeAll(async () => {
  [organization, database] = await Promise.all([
    startOrganization({ records: 300, seed: 5 }),
    testDatabase(),
  ]);
  environment = {
    ...organization.environment,
    TANDEM_DATABASE_URL: database.connectionString,
    TANDEM_PAUSE_SECONDS: "3600",
    TANDEM_PORT: "0",
  };
  running = spawnTandem(["start", "--json"], environment);
  told = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  url = (await next()).url ?? "";
  client = new Client({ connectionString: database.connectionString });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await end(running, "SIGTERM");
  await organization.stop();
  await database.close();
});

test(
  "who is asked for through the API, or by a command beside it, is made at once",
  { timeout: 180_000 },
  async () => {
    await rest();
    const person = await add("Api");
    const asked = await fetch(`${url}/api/people/${person}/sync`, {
      method: "POST",
      headers: { origin: url },
    });
    expect(asked.status).toBe(202);
    const made = await outcomeOf(person);
    expect(made.outcome).toBe("created");
    const record = await fetch(`${organization.control}/records/lead/${made.crmId}`);
    expect(await record.json()).toMatchObject({ lastname: "Api" });

    await rest();
    const other = await add("Command");
    expect(await tandem(["person", "sync", other], environment)).toMatchObject({ code: 0 });
    expect((await outcomeOf(other)).outcome).toBe("created");
  },
);

test(
  "an action that is wanted now is done at once, through the API or by a command beside it",
  { timeout: 180_000 },
  async () => {
    await rest();
    const person = await add("Acted");
    const asked = await fetch(`${url}/api/people/${person}/actions/task`, {
      method: "POST",
      headers: { origin: url, "content-type": "application/json" },
      body: JSON.stringify({ subject: "Call {{first_name}}", now: true }),
    });
    expect(asked.status).toBe(202);
    expect(await tasksOf(person, 1)).toEqual(["Call Ada"]);

    await rest();
    const words = ["person", "task", person, "--subject", "Call again", "--now"];
    expect(await tandem(words, environment)).toMatchObject({ code: 0 });
    expect(await tasksOf(person, 2)).toEqual(["Call Ada", "Call again"]);
  },
);

/** Subjects of the tasks in Dynamics about a person, as soon as so many are done. */
async function tasksOf(person: string, count: number): Promise<readonly string[]> {
  for (;;) {
    const answer = await fetch(`${url}/api/actions?kind=task&state=done&person=${person}`);
    const { actions } = (await answer.json()) as { actions: readonly { readonly recordId: string }[] };
    if (actions.length === count) {
      const records = actions.toReversed().map(async ({ recordId }) => {
        const record = await fetch(`${organization.control}/records/task/${recordId}`);
        return ((await record.json()) as { subject: string }).subject;
      });
      return Promise.all(records);
    }
    await next();
  }
}
