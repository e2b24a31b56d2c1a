import { afterEach, expect, test } from "vitest";
import type { FaultRule } from "../../emulators/dataverse/faults.ts";
import type { Settings } from "../../emulators/dataverse/settings.ts";
import type { Scene, SceneOptions } from "./scene.ts";
import { openScene, people } from "./scene.ts";

/** Everything the wire does that it should not, or that documents leave open: the end is the same. */

let scene: Scene;

afterEach(() => scene.close());

const SETTINGS: readonly [string, Partial<Settings>][] = [
  ["pages that begin again before the last one ended", { pageOverlap: 7 }],
  ["empty pages in the middle", { emptyPageEvery: 2 }],
  ["a delta link that is lost when annotations are asked for", { annotationsDropDeltaLink: true }],
  ["a server without advice on parallel requests", { parallelismHint: 0 }],
  ["410 for an expired token", { expiredTokenStatus: 410 }],
  ["a re-created record shown only as itself", { recreatedShownAs: "upsert" }],
  ["a re-created record shown as itself and as deleted", { recreatedShownAs: "both" }],
];

test.each(SETTINGS)("%s", async (_, settings) => {
  await open();
  Object.assign(scene.emulator.settings, settings);
  expect((await scene.sync()).complete).toBe(true);
  await changeThings();
  expect((await scene.sync()).complete).toBe(true);
  await expectEqual();
  await expectQuiet();
});

const FAULTS: readonly [string, FaultRule][] = [
  [
    "throttling in seconds",
    { effect: { type: "status", status: 429, code: "0x80072322", retryAfter: 0 }, times: 3 },
  ],
  ["throttling by date", { effect: { type: "status", status: 429, retryAfter: 0, asDate: true }, times: 2 }],
  ["a server error", { effect: { type: "status", status: 503 }, times: 3 }],
  ["answers cut short", { effect: { type: "truncate", share: 0.6 }, url: "/contacts", times: 3 }],
  ["empty answers", { effect: { type: "empty" }, url: "/contacts", times: 3 }],
  ["a proxy's page", { effect: { type: "html" }, url: "/contacts", times: 3 }],
  [
    "tokens that end in mid-walk",
    { effect: { type: "expire-tokens" }, url: "/contacts.*skiptoken", times: 1 },
  ],
];

test.each(FAULTS)("%s, again and again", async (_, rule) => {
  await open();
  for (const skip of [0, 5, 11]) scene.emulator.faults.add({ ...rule, skip });
  expect((await scene.sync()).complete).toBe(true);
  await changeThings();
  scene.emulator.faults.add(rule);
  expect((await scene.sync()).complete).toBe(true);
  await expectEqual();
  await expectQuiet();
});

test("an entity without change tracking is polled, and its deletes are found by comparing", async () => {
  await open();
  scene.emulator.schema.setChangeTracking("contact", false);
  expect((await scene.sync()).complete).toBe(true);
  await changeThings();
  scene.later(7 * 3600);
  expect((await scene.sync()).complete).toBe(true);
  await expectEqual();
  expect(await scene.entity("contact")).toMatchObject({ changeTracking: false, state: "following" });
});

test("a deleted witness of an entity without change tracking is no restore", async () => {
  await open();
  scene.emulator.schema.setChangeTracking("lead", false);
  await scene.sync();
  const newest = scene.emulator.store.create("lead", { firstname: "New", lastname: "Est", subject: "x" });
  await scene.sync();
  scene.emulator.store.remove("lead", newest);
  await scene.restart();
  scene.requests.length = 0;
  expect((await scene.sync()).complete).toBe(true);
  const whole = /\/contacts\?\$select=[^&]*firstname(?!.*deltatoken)/;
  expect(scene.requests.filter((path) => whole.test(path))).toEqual([]);
});

test("a record that is deleted and made again with the same id lives", async () => {
  await open();
  await scene.sync();
  const [id = ""] = scene.emulator.store.ids("contact");
  scene.emulator.store.remove("contact", id);
  await scene.sync();
  scene.emulator.store.create("contact", { contactid: id, firstname: "Back", lastname: "Again" });
  await scene.sync();
  await expectEqual();
});

test("a record that comes and goes between two reads leaves no trace and no error", async () => {
  await open();
  await scene.sync();
  const id = scene.emulator.store.create("lead", { firstname: "May", lastname: "Fly", subject: "x" });
  scene.emulator.store.remove("lead", id);
  expect((await scene.sync()).complete).toBe(true);
  const { rowCount } = await scene.sql.query("select 1 from marketing.people where crm_id = $1", [id]);
  expect(rowCount).toBe(0);
});

async function open(options: SceneOptions = {}): Promise<void> {
  scene = await openScene({ records: 500, pageSize: 40, ...options });
}

/** Creates, edits, deletes, assigns and re-creates some people. */
async function changeThings(): Promise<void> {
  const { store } = scene.emulator;
  const contacts = store.ids("contact");
  const [team = ""] = store.ids("team");
  for (const [at, id] of contacts.slice(0, 12).entries()) {
    store.update("contact", id, { firstname: `Changed ${at}`, emailaddress1: null });
  }
  store.update("contact", contacts[20] ?? "", { ownerid: { entity: "team", id: team } });
  for (const id of contacts.slice(30, 34)) store.remove("contact", id);
  const again = contacts[31] ?? "";
  store.create("contact", { contactid: again, firstname: "Made", lastname: "Again" });
  for (let at = 0; at < 90; at += 1) store.create("contact", { firstname: "New", lastname: `Person ${at}` });
}

async function expectEqual(): Promise<void> {
  for (const kind of ["contact", "lead"] as const) {
    const { dynamics, marketing } = await people(scene, kind);
    expect(marketing).toEqual(dynamics);
  }
}

/** After quiet a further cycle writes nothing. */
async function expectQuiet(): Promise<void> {
  const { status } = await scene.sync();
  expect(status.connections[0]?.lastCycle).toMatchObject({ created: 0, updated: 0, deleted: 0 });
}
