/**
 * A field that is switched on late has values in Dynamics that nobody here has read yet.
 */
import { expect, test } from "vitest";
import { changeTravelling } from "../../src/store/capture.ts";
import { switchFields } from "../../src/store/fields.ts";
import { guid } from "../support/entity.ts";
import { edit, pendingChanges, told } from "./edits.ts";
import { CONTACT, openWorld } from "./world.ts";

test("an edit of a field that is still being filled waits for what Dynamics has", async () => {
  const world = await openWorld(CONTACT);
  await world.cycle();
  await switchFields(world.database.pool, { entity: "contact", on: [], off: ["firstname"] });
  for (let id = 1; id <= 9; id += 1) {
    world.source.put("contact", id, { firstname: `Theirs ${id}`, lastname: `Last ${id}` });
  }
  world.restart();
  await world.cycle();
  await changeTravelling(world.database, "contact", (client) =>
    switchFields(client, { entity: "contact", on: ["firstname"], off: [] }),
  );
  await edit(world, 9, { first_name: "Ours", last_name: "Also ours" });
  world.restart();
  await world.cycle({ pageSize: 1 });
  await world.cycle();
  await world.cycle();
  expect(world.source.records("contact").get(guid(9))?.fields).toMatchObject({
    firstname: "Theirs 9",
    lastname: "Also ours",
  });
  expect(await told(world, "conflict")).toMatchObject([
    { changes: { first_name: { to: "Theirs 9", lost: "Ours" } } },
  ]);
  expect(await pendingChanges(world)).toEqual([]);
});
