/**
 * Pushes take turns with everything else, and nothing depends on how.
 */
import { describe, expect, test } from "vitest";
import { attribute, entity, guid } from "../support/entity.ts";
import { edit, pendingChanges, told } from "./edits.ts";
import type { World } from "./world.ts";
import { CONTACT, LEAD, ORDER, openWorld } from "./world.ts";

async function copied(people: number): Promise<World> {
  const world = await openWorld(CONTACT);
  for (let id = 1; id <= people; id += 1) {
    world.source.put("contact", id, { firstname: `First ${id}`, lastname: `Last ${id}` });
  }
  await world.cycle();
  await world.cycle();
  return world;
}

const firstName = (world: World, id: number): unknown =>
  world.source.records("contact").get(guid(id))?.fields["firstname"];

describe("a push", () => {
  test.each([1, 2, 3, 500])("of batches of %d pushes everything once", async (pushSize) => {
    const world = await copied(7);
    for (let id = 1; id <= 7; id += 1) await edit(world, id, { first_name: `Ours ${id}` });
    expect(await world.cycle({ pushSize })).toMatchObject({ outcome: "done", counts: { pushed: 7 } });
    expect(world.sink.asked).toHaveLength(Math.ceil(7 / pushSize));
    expect(world.sink.writes.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7].map(guid));
    expect(await pendingChanges(world)).toEqual([]);
  });

  test("goes on while another entity is copied for the first time, and the copy goes on as well", async () => {
    const world = await openWorld(CONTACT, ORDER);
    world.source.put("contact", 1, { firstname: "First 1" });
    await world.cycle({ entities: ["contact"] });
    for (let id = 11; id <= 20; id += 1) world.source.put("new_order", id, { new_name: `Order ${id}` });
    let pages = 0;
    world.source.before = async ({ phase }) => {
      if (phase !== "snapshot") return;
      pages += 1;
      world.clock.now += 2_000;
      if (pages === 2) await edit(world, 1, { first_name: "Ours" });
      if (pages === 4) expect(firstName(world, 1)).toBe("Ours");
    };
    world.restart();
    expect(await world.cycle({ pageSize: 2 })).toMatchObject({ outcome: "done", counts: { pushed: 1 } });
    expect(pages).toBe(5);
  });

  test("of edits that never stop does not keep a cycle from ending", async () => {
    const world = await copied(3);
    await edit(world, 1, { first_name: "Ours" });
    let edits = 0;
    world.sink.before = async () => {
      edits += 1;
      await edit(world, 2, { first_name: `Ours ${edits}` });
      await edit(world, 3, { first_name: `Ours ${edits}` });
    };
    expect(await world.cycle({ pushSize: 1 })).toMatchObject({ outcome: "done", counts: { pushed: 1 } });
    expect(edits).toBe(1);
    expect(await world.cycle({ pushSize: 1 })).toMatchObject({ outcome: "done", counts: { pushed: 2 } });
  });

  test("that fails for one entity keeps nobody else from being pushed or read", async () => {
    const world = await openWorld(CONTACT, LEAD);
    world.source.put("contact", 1, { firstname: "C" });
    world.source.put("lead", 2, { firstname: "L" });
    await world.cycle();
    await edit(world, 1, { first_name: "Ours" });
    await edit(world, 2, { first_name: "Ours" });
    const later = { kind: "later", code: "unavailable", afterMs: 0, detail: "503" } as const;
    world.sink.answers.set(guid(1), later);
    world.source.put("contact", 3, { firstname: "New" });
    expect(await world.cycle()).toMatchObject({
      outcome: "partial",
      counts: { pushed: 1, created: 1 },
      troubles: [{ entity: "contact", code: "unavailable" }],
    });
  });

  test("of a worker that was overtaken settles nothing, and the other one finds out", async () => {
    const world = await copied(1);
    await edit(world, 1, { first_name: "Ours" });
    const signal = new AbortController().signal;
    const other = world.another();
    world.sink.after = async () => {
      world.sink.after = () => undefined;
      await other.prepare(world.settings, signal);
    };
    await expect(world.cycle()).rejects.toMatchObject({ code: "fenced" });
    expect(await pendingChanges(world)).toMatchObject([{ sent: { first_name: "Ours" } }]);
    await other.cycle(world.settings, signal);
    await other.cycle(world.settings, signal);
    expect(await pendingChanges(world)).toEqual([]);
    expect(world.sink.asked).toHaveLength(1);
  });
});

describe("a value", () => {
  test("that was edited between being read and being noted is not sent any more", async () => {
    const world = await copied(1);
    await edit(world, 1, { first_name: "Ours" });
    world.faults = {
      async beforeNote() {
        world.faults = {};
        await edit(world, 1, { first_name: "Newer" });
      },
    };
    await world.cycle();
    expect(world.sink.asked).toEqual([]);
    await world.cycle();
    expect(firstName(world, 1)).toBe("Newer");
  });

  test("that was pushed is not undone by a page that was read before", async () => {
    const world = await copied(1);
    const old = world.source.records("contact").get(guid(1));
    world.source.put("contact", 1, { lastname: "Theirs" });
    const seen = world.source.records("contact").get(guid(1));
    if (old === undefined || seen === undefined) throw new Error("there is no such record");
    world.source.interject("contact", { last: true });
    await edit(world, 1, { first_name: "Ours" });
    await world.cycle({ guardWrites: false });
    world.source.interject("contact", { upserts: [{ ...seen, fields: old.fields }], last: true });
    await world.cycle();
    expect(await world.table("people")).toMatchObject([{ first_name: "Ours" }]);
    await world.cycle();
    expect(await world.table("people")).toMatchObject([{ first_name: "Ours", last_name: "Theirs" }]);
  });

  test("that a rule does not let go comes back, or stays apart, and is over", async () => {
    const world = await copied(2);
    await world.rows("update fields set rule = 'never-blank' where attribute = 'firstname'");
    await world.rows("update fields set rule = 'create-only' where attribute = 'lastname'");
    world.restart();
    await edit(world, 1, { first_name: null });
    await edit(world, 2, { last_name: "Ours" });
    await world.cycle();
    expect(await world.table("people")).toMatchObject([
      { first_name: "First 1" },
      { first_name: "First 2", last_name: "Ours" },
    ]);
    expect(world.sink.asked).toEqual([]);
    expect(await pendingChanges(world)).toEqual([]);
    expect(await told(world, "kept-apart")).toHaveLength(1);
  });

  test("that refers to a record goes to the entity that is named beside it", async () => {
    const owner = attribute("ownerid", "Owner", {
      targets: ["systemuser", "team"],
      navigation: { systemuser: "ownerid_user", team: "ownerid_team" },
    });
    const world = await openWorld(entity("contact", [attribute("firstname", "String"), owner]));
    const type = "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";
    world.source.put("contact", 1, { _ownerid_value: guid(7), [type]: "systemuser" });
    await world.cycle();
    await world.rows("update fields set direction = 'both' where attribute = 'ownerid'");
    world.restart();
    await world.cycle();
    const [field] = await world.rows<{ column_name: string; type_column: string }>(
      "select column_name, type_column from fields where attribute = 'ownerid'",
    );
    await edit(world, 1, { [field?.column_name ?? ""]: guid(8), [field?.type_column ?? ""]: "team" });
    await world.cycle();
    expect(world.source.records("contact").get(guid(1))?.fields).toMatchObject({
      _ownerid_value: guid(8),
      [type]: "team",
    });
    await world.cycle();
    expect(await world.cycle()).toMatchObject({ counts: { pushed: 0, updated: 0, unchanged: 0 } });
  });
});
