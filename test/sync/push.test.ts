import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene, people } from "./scene.ts";

/** Edits reach an emulated organization through the real connector, and both sides end equal. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 400 });
  await scene.sync();
  scene.requests.length = 0;
});

afterEach(() => scene.close());

/** Edits a column of people, as anybody may. Returns how many. */
async function edit(column: string, value: string, which = "true"): Promise<number> {
  const { rowCount } = await scene.sql.query(
    `update marketing.people set ${column} = ${value} where crm_id is not null and not crm_deleted and ${which}`,
  );
  return rowCount ?? 0;
}

async function expectQuiet(): Promise<void> {
  for (const kind of ["contact", "lead"] as const) {
    const { dynamics, marketing } = await people(scene, kind);
    const here = new Set((marketing as Person[]).map(({ id }) => id));
    expect(marketing).toEqual((dynamics as Person[]).filter(({ id }) => here.has(id)));
  }
  const { rows } = await scene.sql.query("select agreed, parked from marketing_sync.pending_changes");
  expect(rows).toEqual([]);
  scene.requests.length = 0;
  const { status } = await scene.sync();
  expect(status.connections[0]?.lastCycle).toMatchObject({ created: 0, updated: 0, pushed: 0 });
  expect(scene.requests.filter((path) => path.includes("$batch"))).toEqual([]);
}

interface Person {
  readonly id: string;
}

/** Ids of the records of a kind that people in marketing stand for. */
async function ids(kind: "lead" | "contact"): Promise<readonly string[]> {
  const { rows } = await scene.sql.query<Person>(
    "select crm_id as id from marketing.people where crm_type = $1 and not crm_deleted order by crm_id",
    [kind],
  );
  return rows.map(({ id }) => id);
}

/** Those records as they are in Dynamics now. */
async function inDynamics(kind: "lead" | "contact"): Promise<readonly Record<string, unknown>[]> {
  return (await ids(kind)).map((id) => scene.emulator.store.get(kind, id) ?? {});
}

/** The first of them. */
async function someone(kind: "lead" | "contact"): Promise<string> {
  const [id] = await ids(kind);
  if (id === undefined) throw new Error(`there is no ${kind}`);
  return id;
}

describe("edits of every person", () => {
  test("reach leads and contacts in full batches, and nothing moves afterwards", async () => {
    const edited = await edit("last_name", "left('Edited ' || last_name, 50)");
    expect(edited).toBeGreaterThan(200);
    const { complete, cycles, status } = await scene.sync();
    // One pushes, one reads the echo.
    expect({ complete, cycles }).toEqual({ complete: true, cycles: 2 });
    expect(status.connections[0]?.entities.find(({ entity }) => entity === "contact")?.pending).toEqual({
      waiting: 0,
      parked: 0,
      oldestAt: null,
    });
    const batches = scene.requests.filter((path) => path.includes("$batch"));
    expect(batches.length).toBeLessThan(edited / 8);
    for (const kind of ["contact", "lead"] as const) {
      for (const record of await inDynamics(kind)) expect(record["lastname"]).toMatch(/^Edited /);
    }
    await expectQuiet();
  });

  test("travel in their own types, and are cleared where they were cleared", async () => {
    await edit("unsubscribed", "true");
    await edit("annual_revenue", "1234567.89", "crm_type = 'lead'");
    await edit("rating", "'Warm'", "crm_type = 'lead'");
    await edit("first_name", "null");
    await scene.sync();
    for (const record of await inDynamics("lead")) {
      expect(record).toMatchObject({ donotbulkemail: true, leadqualitycode: 2 });
      expect(Number(record["revenue"])).toBe(1_234_567.89);
      expect(record["firstname"] ?? null).toBeNull();
    }
    await expectQuiet();
  });

  test("of one who changed in Dynamics meanwhile are merged, and the loser is on record", async () => {
    const [contact, lead] = [await someone("contact"), await someone("lead")];
    const which = `crm_id in ('${contact}', '${lead}')`;
    await edit("last_name", "'Ours'", which);
    scene.emulator.store.update("contact", contact, { lastname: "Theirs", jobtitle: "Theirs" });
    scene.emulator.store.update("lead", lead, { lastname: "Theirs", jobtitle: "Theirs" });
    await scene.sync();
    expect(scene.emulator.store.get("contact", contact)).toMatchObject({ lastname: "Theirs" });
    expect(scene.emulator.store.get("lead", lead)).toMatchObject({ lastname: "Ours", jobtitle: "Theirs" });
    const { rows } = await scene.sql.query(
      `select entity, changes -> 'last_name' ->> 'lost' as lost from marketing.activities
        where kind = 'conflict' order by entity`,
    );
    expect(rows).toEqual([
      { entity: "contact", lost: "Ours" },
      { entity: "lead", lost: "Theirs" },
    ]);
    await expectQuiet();
  });
});

test("a value that does not fit is parked with a reason, and goes when it is mended", async () => {
  const id = await someone("contact");
  await edit("first_name", "repeat('x', 500)", `crm_id = '${id}'`);
  await scene.sync();
  expect(await scene.entity("contact")).toMatchObject({ pending: { waiting: 0, parked: 1 } });
  const { rows } = await scene.sql.query("select parked from marketing_sync.pending_changes");
  expect(rows).toMatchObject([{ parked: { code: "value_invalid", field: "first_name" } }]);
  expect(scene.requests.filter((path) => path.includes("$batch"))).toEqual([]);
  await edit("first_name", "'Fits'", `crm_id = '${id}'`);
  await scene.sync();
  expect(scene.emulator.store.get("contact", id)).toMatchObject({ firstname: "Fits" });
  await expectQuiet();
});
