import { afterEach, describe, expect, test } from "vitest";
import { setPolicy } from "../../src/store/policies.ts";
import type { Scene } from "./scene.ts";
import { openScene, people } from "./scene.ts";

/** Merges and deletes of marketing are carried out in an emulated organization, through the real connector. */

let scene: Scene;

afterEach(() => scene.close());

async function inStep(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  scene = await openScene({ records: 200, environment });
  await scene.sync();
  scene.requests.length = 0;
}

interface Person {
  readonly id: string;
  readonly crm_id: string;
}

/** The first contacts of people that are active, in the order of their rows. */
async function contacts(count: number): Promise<readonly Person[]> {
  const { rows } = await scene.sql.query<Person>(
    `select id, crm_id from marketing.people
      where crm_type = 'contact' and not crm_deleted and person_status = 'Active' order by id limit $1`,
    [count],
  );
  expect(rows).toHaveLength(count);
  return rows;
}

function record(id: string): Readonly<Record<string, unknown>> | undefined {
  return scene.emulator.store.get("contact", id);
}

async function expectQuiet(): Promise<void> {
  const { rows } = await scene.sql.query("select * from marketing_sync.errands");
  expect(rows).toEqual([]);
  scene.requests.length = 0;
  const { status } = await scene.sync();
  expect(status.connections[0]?.lastCycle).toMatchObject({ created: 0, updated: 0, deleted: 0, pushed: 0 });
  expect(scene.requests.filter((path) => /\$batch|Merge|\(/.test(path))).toEqual([]);
}

describe("people who are merged in marketing", () => {
  const merge = "select loser, in_dynamics from marketing.merge_people($1, $2)";

  test("are merged in Dynamics where the setting says so, and the winner's record has what it took", async () => {
    await inStep({ TANDEM_MERGE_IN_DYNAMICS: "true" });
    const [winner, loser] = (await contacts(2)) as [Person, Person];
    await scene.sql.query("update marketing.people set fax = null where id = $1", [winner.id]);
    await scene.sql.query("update marketing.people set fax = '+1 555 0100' where id = $1", [loser.id]);
    const { rows } = await scene.sql.query(merge, [winner.id, [loser.id]]);
    expect(rows).toEqual([{ loser: loser.id, in_dynamics: "to be merged there" }]);
    expect((await scene.sync()).complete).toBe(true);
    expect(record(loser.crm_id)).toMatchObject({
      merged: true,
      statecode: 1,
      masterid: { entity: "contact", id: winner.crm_id },
    });
    expect(record(winner.crm_id)).toMatchObject({ statecode: 0, fax: "+1 555 0100" });
    const { marketing } = await people(scene, "contact");
    expect((marketing as { id: string }[]).map(({ id }) => id)).not.toContain(loser.crm_id);
    await expectQuiet();
  });

  test("are left alone in Dynamics by default, and stay merged in marketing", async () => {
    await inStep();
    const [winner, loser] = (await contacts(2)) as [Person, Person];
    const { rows } = await scene.sql.query(merge, [winner.id, [loser.id]]);
    expect(rows).toEqual([{ loser: loser.id, in_dynamics: "left as it is" }]);
    await scene.sync();
    expect(record(loser.crm_id)).toMatchObject({ statecode: 0 });
    scene.emulator.store.update("contact", loser.crm_id, { lastname: "Changed" });
    await scene.sync();
    const { rows: those } = await scene.sql.query("select 1 from marketing.people where crm_id = $1", [
      loser.crm_id,
    ]);
    expect(those).toEqual([]);
    await expectQuiet();
  });
});

describe("rows that are deleted in marketing", () => {
  test("are deleted in Dynamics where that was chosen, unless their records have changed", async () => {
    await inStep();
    await setPolicyOf("contact");
    const deleted = await contacts(5);
    const [changed, ...others] = deleted as [Person, ...Person[]];
    await scene.sql.query("update marketing.people set fax = '1' where id = any($1)", [
      others.map(({ id }) => id),
    ]);
    await scene.sync();
    scene.emulator.store.update("contact", changed.crm_id, { lastname: "Changed" });
    await scene.sql.query("delete from marketing.people where id = any($1)", [deleted.map(({ id }) => id)]);
    expect((await scene.sync()).complete).toBe(true);
    for (const { crm_id: id } of others) expect(record(id)).toBeUndefined();
    expect(record(changed.crm_id)).toMatchObject({ lastname: "Changed" });
    const { rows } = await scene.sql.query("select last_name from marketing.people where crm_id = any($1)", [
      deleted.map(({ crm_id: id }) => id),
    ]);
    expect(rows).toEqual([{ last_name: "Changed" }]);
    const { rows: told } = await scene.sql.query(
      "select distinct origin, crm_id from marketing.activities where kind = 'deleted'",
    );
    expect(told).toHaveLength(4);
    await expectQuiet();
  });

  test("wait for approval when they are many", async () => {
    await inStep({ TANDEM_GUARD_COUNT: "3", TANDEM_GUARD_PERCENT: "0" });
    await setPolicyOf("contact");
    const deleted = await contacts(4);
    await scene.sql.query("delete from marketing.people where id = any($1)", [deleted.map(({ id }) => id)]);
    expect((await scene.sync()).complete).toBe(false);
    expect(await scene.entity("contact")).toMatchObject({ trouble: { code: "mass_change" } });
    for (const { crm_id: id } of deleted) expect(record(id)).toBeDefined();
    expect((await scene.sync({ approveDeletes: true })).complete).toBe(true);
    for (const { crm_id: id } of deleted) expect(record(id)).toBeUndefined();
    expect(await scene.entity("contact")).toMatchObject({ trouble: null });
  });
});

/** Lets deletes of an entity travel, as `tandem policy <entity> --deletes delete` does. */
async function setPolicyOf(entity: string): Promise<void> {
  const client = await scene.sql.connect();
  try {
    await client.query("set search_path = marketing_sync");
    await setPolicy(client, { entity, deletes: "delete" });
    await client.query("reset search_path");
  } finally {
    client.release();
  }
}
