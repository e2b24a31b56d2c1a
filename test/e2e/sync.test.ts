/**
 * `tandem sync` as a process of its own: a whole organization arrives, its changes follow, and nothing is done when
 * nothing has changed. `TANDEM_TEST_RECORDS=200000 npx vitest run test/e2e/sync.test.ts` does it at size.
 */
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import type { TestDatabase } from "../support/database.ts";
import type { Verdict } from "./compare.ts";
import { compare } from "./compare.ts";
import { Editors } from "./edits.ts";
import type { ServerFolder } from "./folder.ts";
import { serverFolder } from "./folder.ts";
import type { RunningOrganization } from "./processes.ts";
import { startOrganization, tandem } from "./processes.ts";

const RECORDS = Number(process.env["TANDEM_TEST_RECORDS"] ?? 3_000);
/** A second for every thousand records, beside the time of the processes themselves. */
const PATIENCE = 120_000 + RECORDS * 2;

let organization: RunningOrganization;
let editors: Editors;

beforeAll(async () => {
  organization = await startOrganization({ records: RECORDS, seed: 11 });
  editors = await Editors.at(organization.control, 11);
}, PATIENCE);

afterAll(() => organization.stop());

interface Cycle {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Runs `tandem sync --once --json` and returns what its last cycle did. */
async function sync(database: string): Promise<Cycle> {
  const environment = { ...organization.environment, TANDEM_DATABASE_URL: database };
  const { code, output, errors } = await tandem(["sync", "--once", "--json"], environment);
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  const result = JSON.parse(output) as {
    complete: boolean;
    status: { connections: { lastCycle: Cycle }[] };
  };
  expect(result.complete).toBe(true);
  const cycle = result.status.connections[0]?.lastCycle;
  if (cycle === undefined) throw new Error("No cycle was reported.");
  return cycle;
}

/** What is wrong, and enough of the counts to see that something was compared. */
function summary({ differences, counts }: Verdict): object {
  const flagged = counts.reduce((sum, count) => sum + count.flagged, 0);
  return { differences, entities: counts.map(({ entity }) => entity), flagged };
}

const ENTITIES = [
  "lead",
  "contact",
  "account",
  "opportunity",
  "systemuser",
  "team",
  "teammembership",
  "connectionrole",
  "connection",
  "new_productinterest",
];

describe("on a server by URL", () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await testDatabase();
  });

  afterAll(() => database.close());

  const compared = (): Promise<Verdict> =>
    compare({ emulator: organization.url, database: database.connectionString });

  test("everything arrives as it is", { timeout: PATIENCE }, async () => {
    await sync(database.connectionString);
    const verdict = await compared();
    expect(summary(verdict)).toEqual({ differences: [], entities: ENTITIES, flagged: 0 });
    const records = verdict.counts.reduce((sum, count) => sum + count.records, 0);
    expect(records).toBeGreaterThan(RECORDS * 0.98);
  });

  test("creates, edits, deletes, re-creations and assignments follow", { timeout: PATIENCE }, async () => {
    expect(await editors.work(130)).toBeGreaterThan(100);
    await sync(database.connectionString);
    const verdict = await compared();
    expect(summary(verdict)).toMatchObject({ differences: [], entities: ENTITIES });
    expect(verdict.counts.reduce((sum, count) => sum + count.flagged, 0)).toBeGreaterThan(5);
  });

  test("when nothing has changed, nothing is done", { timeout: PATIENCE }, async () => {
    expect(await sync(database.connectionString)).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  });

  test("the comparison sees a wrong value, flag, row and link", async () => {
    const client = new Client({ connectionString: database.connectionString });
    await client.connect();
    const [one, other, third, fourth] = (
      await client.query<{ crm_id: string }>(
        "select crm_id from marketing.people where crm_type = 'contact' and not crm_deleted order by crm_id limit 4",
      )
    ).rows.map(({ crm_id }) => crm_id);
    await client.query(
      `update marketing.people set last_name = last_name || ' ', crm_created_at = crm_created_at + interval '1 second',
                                   owner_crm_type = 'someone'
        where crm_id = $1`,
      [one],
    );
    await client.query("update marketing.people set crm_deleted = true where crm_id = $1", [other]);
    await client.query("delete from marketing.people where crm_id = $1", [third]);
    await client.query("delete from marketing_sync.links where crm_id = $1", [fourth]);
    await client.end();
    const found = (await compared()).differences.map(
      ({ id, column, problem }) => `${id} ${column} ${problem}`,
    );
    const expected = [
      `${one} last_name differs`,
      `${one} crm_created_at differs`,
      `${one} owner_crm_type differs`,
      `${other} null flagged as deleted, but exists`,
      `${other} null no link, or a wrong one`,
      `${third} null no row`,
      `${fourth} null no link, or a wrong one`,
    ];
    expect(new Set(found)).toEqual(new Set(expected));
    expect(found).toHaveLength(expected.length);
  });
});

describe("on the embedded server of a folder", () => {
  let folder: ServerFolder;

  beforeAll(async () => {
    folder = await serverFolder();
  });

  afterAll(() => folder.remove());

  test(
    "everything arrives, changes follow, and then nothing is done",
    { timeout: 2 * PATIENCE },
    async () => {
      await sync(folder.path);
      await editors.work(39);
      await sync(folder.path);
      const verdict = await folder.withServer((database) =>
        compare({ emulator: organization.url, database }),
      );
      expect(summary(verdict)).toMatchObject({ differences: [], entities: ENTITIES });
      expect(await sync(folder.path)).toMatchObject({ created: 0, updated: 0, deleted: 0 });
    },
  );
});
