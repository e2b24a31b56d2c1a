import { afterEach, beforeEach, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene, people, persons } from "./scene.ts";

/** Lost history: whatever the reason, both sides are equal again, nothing comes back from the dead, nothing is doubled. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
  await scene.sync();
});

afterEach(() => scene.close());

test("a restored organization is noticed although it accepts the old token", async () => {
  const { emulator } = scene;
  const [first = "", second = "", third = ""] = emulator.store.ids("contact");
  const backup = emulator.organization.snapshot();
  emulator.store.update("contact", first, { firstname: "Later" });
  const born = emulator.store.create("contact", { firstname: "Only", lastname: "Later" });
  await scene.sync();

  emulator.organization.restore(backup);
  emulator.store.update("contact", second, { firstname: "After the restore" });
  emulator.store.remove("contact", third);
  await scene.restart();
  const result = await scene.sync();

  expect(result.complete).toBe(true);
  await expectEqual();
  const { rows } = await scene.sql.query("select crm_deleted from marketing.people where crm_id = $1", [
    born,
  ]);
  expect(rows).toEqual([{ crm_deleted: true }]);
});

test("an expired token ends in a compare pass that finds what was deleted meanwhile", async () => {
  const { emulator } = scene;
  const [gone = "", changed = ""] = emulator.store.ids("lead");
  emulator.store.remove("lead", gone);
  emulator.store.update("lead", changed, { lastname: "Changed" });
  emulator.advanceClock(8 * 24 * 3600 * 1000);

  expect((await scene.sync()).complete).toBe(true);
  await expectEqual();
  expect((await scene.entity("lead")).state).toBe("following");
});

test("more deletes than the guard allows wait for approval, and nothing is flagged before", async () => {
  const { emulator } = scene;
  for (const id of persons(emulator, "lead").slice(0, 40)) emulator.store.remove("lead", id);
  emulator.advanceClock(8 * 24 * 3600 * 1000);

  expect((await scene.sync()).complete).toBe(false);
  expect((await scene.entity("lead")).trouble).toMatchObject({ code: "mass_change", who: "admin" });
  expect(await flagged("lead")).toBe(0);

  expect((await scene.sync({ approveDeletes: true })).complete).toBe(true);
  expect(await flagged("lead")).toBe(40);
  await expectEqual();
  expect((await scene.entity("lead")).trouble).toBeNull();
});

test("the guard also holds the deletes of a feed, however often it is asked, while everything else flows", async () => {
  const { emulator } = scene;
  const ids = emulator.store.ids("contact");
  for (const id of ids.slice(0, 45)) emulator.store.remove("contact", id);
  for (const _ of [1, 2, 3]) {
    expect((await scene.sync()).complete).toBe(false);
    expect(await flagged("contact")).toBe(0);
  }
  const message = "contact: 45 deletes wait for approval; 20 pass without. None of them was flagged.";
  expect((await scene.entity("contact")).trouble).toMatchObject({ code: "mass_change", message });
  emulator.store.update("contact", ids[50] ?? "", { firstname: "Flowing" });
  emulator.store.create("contact", { contactid: ids[0] ?? "", firstname: "Back", lastname: "Again" });
  await scene.sync();
  const { rows } = await scene.sql.query<{ first_name: string }>(
    "select first_name from marketing.people where crm_id = any($1)",
    [[ids[0], ids[50]]],
  );
  expect(rows.map(({ first_name: name }) => name).toSorted()).toEqual(["Back", "Flowing"]);

  expect((await scene.sync({ approveDeletes: true })).complete).toBe(true);
  expect(await flagged("contact")).toBe(44);
  await expectEqual();
});

test("lost permission is not taken for a delete, neither in a compare pass nor before it", async () => {
  const { emulator } = scene;
  const application = emulator.organization.standard.applicationUser;
  emulator.advanceClock(8 * 24 * 3600 * 1000);
  emulator.access.set(application, "lead", "Read", "user");

  expect((await scene.sync()).complete).toBe(false);
  expect((await scene.entity("lead")).trouble).toMatchObject({ code: "permission_missing" });
  expect(await flagged("lead")).toBe(0);

  emulator.access.set(application, "lead", "Read", "global");
  expect((await scene.sync()).complete).toBe(true);
  expect(await flagged("lead")).toBe(0);
  await expectEqual();
});

async function expectEqual(): Promise<void> {
  for (const kind of ["contact", "lead"] as const) {
    const { dynamics, marketing } = await people(scene, kind);
    expect(marketing).toEqual(dynamics);
  }
}

async function flagged(kind: string): Promise<number> {
  const { rows } = await scene.sql.query<{ count: number }>(
    "select count(*)::int as count from marketing.people where crm_type = $1 and crm_deleted",
    [kind],
  );
  return rows[0]?.count ?? -1;
}
