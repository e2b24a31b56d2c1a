/**
 * An edit of a person whose record cannot be read as it is now.
 */
import { expect, test } from "vitest";
import { guid } from "../support/entity.ts";
import { edit, passTime, pendingChanges } from "./edits.ts";
import { CONTACT, openWorld } from "./world.ts";

test("an edit that meets a value nobody can keep is tried now and then, and travels when that is gone", async () => {
  const world = await openWorld(CONTACT);
  world.source.put("contact", 1, { firstname: "Ann", lastname: "Lee" });
  await world.cycle();
  await world.cycle();
  world.source.put("contact", 1, { lastname: "L\u0000ee" });
  await edit(world, 1, { first_name: "Ours" });
  for (let cycle = 0; cycle < 4; cycle += 1) await world.cycle();
  expect(world.sink.writes).toHaveLength(1);
  expect(await pendingChanges(world)).toMatchObject([{ attempts: 1, waits: true, sent: {}, parked: null }]);
  world.source.put("contact", 1, { lastname: "Lee" });
  await passTime(world);
  await world.cycle();
  expect(world.source.records("contact").get(guid(1))?.fields).toMatchObject({ firstname: "Ours" });
  expect(await pendingChanges(world)).toEqual([]);
});
