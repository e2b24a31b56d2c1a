import { afterEach, beforeEach, expect, test } from "vitest";
import type { SyncDesk } from "../../src/core/sync-desk.ts";
import { openSyncDesk } from "../../src/app/sync-desk.ts";
import type { Scene } from "./scene.ts";
import { openScene, persons } from "./scene.ts";

/** A person approves deletes that the mass-change guard holds: 20 pass without (`scene.ts`). */

let scene: Scene;
let desk: SyncDesk;

beforeEach(async () => {
  scene = await openScene();
  await scene.sync();
  desk = openSyncDesk({ database: scene.database, by: "ada", nudge: () => Promise.resolve() });
});

afterEach(() => scene.close());

/** Deletes so many contacts in Dynamics. */
function remove(count: number): void {
  for (const id of persons(scene.emulator, "contact").slice(0, count))
    scene.emulator.store.remove("contact", id);
}

async function flagged(): Promise<number> {
  const { rows } = await scene.sql.query<{ count: number }>(
    "select count(*)::int as count from marketing.people where crm_deleted and crm_type = 'contact'",
  );
  return rows[0]?.count ?? 0;
}

async function approve(): Promise<number | undefined> {
  const [connection = 0] = await desk.connections();
  const [approved] = await desk.approve(connection, ["contact"]);
  return approved?.fromDynamics;
}

test("what is held passes with the next cycle, and the approval is spent", async () => {
  remove(30);
  await scene.sync();
  expect(await flagged()).toBe(0);
  expect(await approve()).toBe(30);
  await scene.sync();
  expect(await flagged()).toBe(30);
  remove(25);
  await scene.sync();
  expect(await flagged()).toBe(30);
});

test("more than was approved is held again", async () => {
  remove(30);
  await scene.sync();
  await approve();
  remove(10);
  await scene.sync();
  expect(await flagged()).toBe(0);
  expect(await approve()).toBe(40);
  await scene.sync();
  expect(await flagged()).toBe(40);
});

test("where nothing is held, nothing is approved", async () => {
  remove(10);
  await scene.sync();
  expect(await flagged()).toBe(10);
  expect(await approve()).toBe(0);
  remove(30);
  await scene.sync();
  expect(await flagged()).toBe(10);
});

test("an approval is void after a day", async () => {
  remove(30);
  await scene.sync();
  await approve();
  await scene.sql.query("update marketing_sync.entities set approved_at = approved_at - interval '25 hours'");
  await scene.sync();
  expect(await flagged()).toBe(0);
});

test("an entity that is not known is named, and the others are not approved", async () => {
  const [connection = 0] = await desk.connections();
  await expect(desk.approve(connection, ["contact", "contcat"])).rejects.toThrow("contcat");
});

test("what is let pass from Dynamics lets nothing more pass to Dynamics", async () => {
  await scene.sql.query("update marketing_sync.entities set deletes = 'delete' where name = 'contact'");
  remove(40);
  await scene.sync();
  await approve();
  const before = persons(scene.emulator, "contact").length;
  await scene.sql.query(
    `select marketing.delete_in_dynamics(id)
       from (select p.id from marketing.people p join marketing_sync.links l on l.crm_id = p.crm_id
              where p.crm_type = 'contact' and not p.crm_deleted
                and not exists (select from marketing_sync.held_deletes h where h.crm_id = p.crm_id)
              order by p.id limit 30) present`,
  );
  await scene.sync();
  expect(await flagged()).toBe(40);
  expect(persons(scene.emulator, "contact")).toHaveLength(before);
  expect(await approve()).toBe(0);
  await scene.sync();
  expect(persons(scene.emulator, "contact")).toHaveLength(before - 30);
});
