/**
 * A field that is set aside, since Dynamics does not show it for a while, is one that people go on editing.
 */
import { expect, test } from "vitest";
import { attribute, entity, guid } from "../support/entity.ts";
import { edit, pendingChanges, told } from "./edits.ts";
import { CONTACT, openWorld } from "./world.ts";

const HOUR = 3_600_000;

test("edits made while a field is set aside wait until it is back, and meet what Dynamics has", async () => {
  const world = await openWorld(CONTACT);
  for (const id of [1, 2]) world.source.put("contact", id, { firstname: "First", lastname: "Last" });
  await world.cycle();
  await world.cycle();
  const redescribe = async (...attributes: Parameters<typeof entity>[1]): Promise<void> => {
    world.source.redescribe("contact", () => entity("contact", attributes));
    world.clock.now += 2 * HOUR;
    await world.cycle();
  };
  await redescribe(attribute("lastname", "String"));
  expect(await world.rows("select attribute from fields where set_aside is not null")).toContainEqual({
    attribute: "firstname",
  });
  await edit(world, 1, { first_name: "Ours" });
  await edit(world, 2, { first_name: "Ours" });
  world.source.put("contact", 2, { firstname: "Theirs" });
  await redescribe(...CONTACT.attributes);
  for (let more = 0; more < 3; more += 1) await world.cycle();
  expect(world.source.records("contact").get(guid(1))?.fields).toMatchObject({ firstname: "Ours" });
  expect(await world.table("people")).toMatchObject([{ first_name: "Ours" }, { first_name: "Theirs" }]);
  expect(await told(world, "conflict")).toMatchObject([{ changes: { first_name: { lost: "Ours" } } }]);
  expect(await pendingChanges(world)).toEqual([]);
});
