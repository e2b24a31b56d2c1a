/**
 * What people are shown to be waiting is what travels by itself, sooner or later.
 */
import { expect, test } from "vitest";
import { changeTravelling } from "../../src/store/capture.ts";
import { setPolicy } from "../../src/store/policies.ts";
import { attribute, entity } from "../support/entity.ts";
import { edit, pendingChanges } from "./edits.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const CONTACT = entity("contact", [
  attribute("firstname", "String"),
  attribute("lastname", "String"),
  attribute("new_synctomkto", "Boolean"),
]);

async function edited(): Promise<World> {
  const world = await openWorld(CONTACT);
  world.source.put("contact", 1, { firstname: "Ann", new_synctomkto: true });
  await world.cycle();
  await edit(world, 1, { last_name: "Ours" });
  expect(await world.entityStatus("contact")).toMatchObject({ pending: { waiting: 1 } });
  return world;
}

const NOTHING = { pending: { waiting: 0, parked: 0, oldestAt: null } };

test("no edit of a record that the sync filter has left out", async () => {
  const world = await edited();
  world.source.put("contact", 1, { new_synctomkto: false });
  await world.cycle();
  expect(await pendingChanges(world)).toHaveLength(1);
  expect(await world.entityStatus("contact")).toMatchObject(NOTHING);
});

test("no edit of a field that comes from Dynamics only by now", async () => {
  const world = await edited();
  await changeTravelling(world.database, "contact", (client) =>
    setPolicy(client, { entity: "contact", field: "lastname", direction: "pull" }),
  );
  expect(await world.entityStatus("contact")).toMatchObject(NOTHING);
});
