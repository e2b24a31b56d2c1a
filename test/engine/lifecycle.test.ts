import { describe, expect, test } from "vitest";
import { guid } from "../support/entity.ts";
import { told } from "./edits.ts";
import { linkStates, openPeople, people, peopleRows, quiet } from "./people.ts";
import type { World } from "./world.ts";

/** A contact that is a person, whom marketing deletes: the database leaves a tombstone. */
async function deletedInMarketing(): Promise<World> {
  const world = await openPeople();
  world.source.put("contact", 1, { firstname: "Ada", emailaddress1: "ada@x.y" });
  await quiet(world);
  await world.rows("delete from marketing.people");
  await world.rows("update links set state = 't'");
  return world;
}

describe("a person that marketing deleted", () => {
  test("is not copied again as it is, however often it is told (P9)", async () => {
    const world = await deletedInMarketing();
    await world.rows("update entities set position = null, compare = 'owed'");
    await quiet(world);
    expect(await people(world)).toEqual([]);
    expect(await linkStates(world)).toEqual({ "contact 1": "t" });
  });

  test("is a new person when Dynamics changes it: the same e-mail, another id", async () => {
    const world = await deletedInMarketing();
    world.source.put("contact", 1, { firstname: "Augusta" });
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([{ id: "2", first_name: "Augusta", email: "ada@x.y" }]);
    expect(await linkStates(world)).toEqual({ "contact 1": "l" });
    expect(await told(world, "created")).toMatchObject([{ kind: "created" }]);
    world.source.put("contact", 1, { firstname: "Byron" });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Byron"]);
  });

  test("and Dynamics too is gone for good", async () => {
    const world = await deletedInMarketing();
    world.source.remove("contact", 1);
    await quiet(world);
    expect(await people(world)).toEqual([]);
    expect(await linkStates(world)).toEqual({ "contact 1": "t" });
  });
});

describe("a person that Dynamics deleted", () => {
  test("is flagged and stays; whoever is made anew there is somebody else", async () => {
    const world = await openPeople();
    world.source.put("contact", 1, { firstname: "Ada" });
    await quiet(world);
    world.source.remove("contact", 1);
    world.source.put("contact", 2, { firstname: "Ada" });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Ada (deleted)", "contact 2 Ada"]);
    expect(await peopleRows(world)).toMatchObject([{ crm_id: guid(1) }, { crm_id: guid(2) }]);
  });
});
