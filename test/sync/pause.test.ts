import { afterEach, beforeEach, expect, test } from "vitest";
import { App } from "../../src/app/tandem.ts";
import { readSettings } from "../../src/config/settings.ts";
import type { SyncDesk } from "../../src/core/sync-desk.ts";
import type { Scene } from "./scene.ts";
import { openScene, people } from "./scene.ts";

/** What a person pauses rests, and over the pause nothing is lost or doubled, on either way. */

const DAY = 24 * 3600;

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 300 });
  await scene.sync();
});

afterEach(() => scene.close());

/** As `tandem pause` and `resume` do, from a process of their own. */
async function command(verb: "pause" | "resume", ...entities: readonly string[]): Promise<void> {
  const app = new App("test", () =>
    readSettings({ TANDEM_DATABASE_URL: scene.databaseUrl, TANDEM_LOG: "silent" }),
  );
  const act = async (desk: SyncDesk): Promise<void> => {
    for (const id of await desk.connections()) await desk[verb](id, entities);
  };
  await app.runs(act, new AbortController().signal);
}

/** Somebody new, somebody changed and somebody gone in Dynamics; and everybody's phone edited in marketing. */
async function bothSidesMove(): Promise<{ readonly changed: string; readonly gone: string }> {
  const { store } = scene.emulator;
  const [changed = "", gone = ""] = store.ids("contact");
  store.update("contact", changed, { firstname: "Meanwhile" });
  store.create("contact", { firstname: "Brand", lastname: "New" });
  store.remove("contact", gone);
  await scene.sql.query(
    "update marketing.people set phone = '+1 555 0100' where crm_type = 'contact' and crm_id = $1",
    [changed],
  );
  return { changed, gone };
}

async function expectInStep({ changed, gone }: { changed: string; gone: string }): Promise<void> {
  const { dynamics, marketing } = await people(scene, "contact");
  expect(marketing).toEqual(dynamics);
  expect(scene.emulator.store.get("contact", changed)).toMatchObject({
    firstname: "Meanwhile",
    telephone1: "+1 555 0100",
  });
  const { rows } = await scene.sql.query("select crm_deleted from marketing.people where crm_id = $1", [
    gone,
  ]);
  expect(rows).toEqual([{ crm_deleted: true }]);
  const { rows: doubled } = await scene.sql.query(
    "select crm_id from marketing.people where crm_id is not null group by 1 having count(*) > 1",
  );
  expect(doubled).toEqual([]);
  expect((await scene.sql.query("select from marketing_sync.pending_changes")).rowCount).toBe(0);
}

test("a paused connection is asked nothing and says so plainly; afterwards both sides are in step", async () => {
  await command("pause");
  const moved = await bothSidesMove();
  scene.requests.length = 0;
  await expect(scene.sync()).rejects.toMatchObject({ code: "paused" });
  await expect(scene.sync()).rejects.toThrow(/paused since .* by .*, with a command\. .*`tandem resume`/);
  expect(scene.requests).toEqual([]);
  const [connection] = (await scene.status()).connections;
  expect(connection).toMatchObject({ state: "paused", trouble: null });
  expect(connection?.paused?.by).toMatch(/, with a command$/);
  const { rows } = await scene.sql.query(
    "select count(*)::int as waiting from marketing_sync.pending_changes",
  );
  expect(rows).toEqual([{ waiting: 1 }]);

  await command("resume");
  expect((await scene.sync()).complete).toBe(true);
  expect((await scene.status()).connections[0]).toMatchObject({ state: "resting", paused: null });
  await expectInStep(moved);
});

test("one paused entity rests while the others flow, and is compared when its token has died meanwhile", async () => {
  const { emulator } = scene;
  await command("pause", "contact");
  const moved = await bothSidesMove();
  const [lead = ""] = emulator.store.ids("lead");
  emulator.store.update("lead", lead, { firstname: "Flows" });
  expect((await scene.sync()).complete).toBe(true);
  const flowed = await scene.sql.query("select first_name from marketing.people where crm_id = $1", [lead]);
  expect(flowed.rows).toEqual([{ first_name: "Flows" }]);
  expect(await scene.entity("contact")).toMatchObject({ state: "paused", pending: { waiting: 1 } });
  const { rows } = await scene.sql.query("select first_name from marketing.people where crm_id = $1", [
    moved.changed,
  ]);
  expect(rows).not.toEqual([{ first_name: "Meanwhile" }]);

  emulator.advanceClock(8 * DAY * 1000);
  scene.later(8 * DAY);
  await command("resume", "contact");
  scene.requests.length = 0;
  expect((await scene.sync()).complete).toBe(true);
  const whole = scene.requests.filter((path) => /\/contacts\?\$select/.test(path));
  expect(whole.length).toBeGreaterThan(0);
  await expectInStep(moved);
});
