import { describe, expect, test } from "vitest";
import type { Entity } from "../../src/core/organization.ts";
import { attribute, entity, guid } from "../support/entity.ts";
import { edit, passTime, pendingChanges, told } from "./edits.ts";
import type { World } from "./world.ts";
import { CONTACT, LEAD, openWorld } from "./world.ts";

/** People of whom the given number were copied, and everything is quiet. */
async function copied(people: number, contact: Entity = CONTACT): Promise<World> {
  const world = await openWorld(contact);
  for (let id = 1; id <= people; id += 1) {
    world.source.put("contact", id, { firstname: `First ${id}`, lastname: `Last ${id}` });
  }
  await world.cycle();
  await world.cycle();
  return world;
}

function inDynamics(world: World, id: number, entityName = "contact"): object | undefined {
  return world.source.records(entityName).get(guid(id))?.fields;
}

describe("an edit made in marketing", () => {
  test("travels to Dynamics alone, and comes home once", async () => {
    const world = await copied(2);
    await edit(world, 1, { first_name: "Ours" });
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { pushed: 1, refused: 0 } });
    expect(inDynamics(world, 1)).toEqual({ firstname: "Ours", lastname: "Last 1" });
    expect(world.sink.writes).toMatchObject([
      { id: guid(1), kind: "update", values: [{ kind: "value", property: "firstname", value: "Ours" }] },
    ]);
    expect(await pendingChanges(world)).toEqual([]);
    expect(await told(world, "pushed", "changed")).toEqual([
      { kind: "pushed", changes: { first_name: { from: "First 1", to: "Ours" } }, code: null },
    ]);

    expect(await world.cycle()).toMatchObject({ counts: { pushed: 0, updated: 0 } });
    const { committed, sink, source } = world;
    const before = { pages: committed.length, batches: sink.asked.length, requests: source.requests };
    expect(await world.cycle()).toMatchObject({ counts: { pushed: 0, updated: 0, unchanged: 0 } });
    expect(committed).toHaveLength(before.pages);
    expect(sink.asked).toHaveLength(before.batches);
    expect(source.requests).toBe(before.requests + 1);
  });

  test("is guarded by the version that was applied last, unless the guard is off", async () => {
    const world = await copied(1);
    const version = world.source.records("contact").get(guid(1))?.version;
    await edit(world, 1, { first_name: "Ours" });
    await world.cycle();
    expect(world.sink.writes[0]?.guard).toBe(version);
    await world.cycle();
    await edit(world, 1, { first_name: "Ours again" });
    await world.cycle({ guardWrites: false });
    expect(world.sink.writes[1]?.guard).toBeNull();
  });

  test("clears what was cleared", async () => {
    const world = await copied(1);
    await edit(world, 1, { first_name: null });
    await world.cycle();
    expect(inDynamics(world, 1)).toEqual({ firstname: null, lastname: "Last 1" });
  });

  test("brings home what Dynamics made of it, and settles", async () => {
    const world = await copied(1);
    world.sink.normalise = (fields) => ({ ...fields, firstname: "OURS" });
    await edit(world, 1, { first_name: "Ours" });
    await world.cycle();
    expect(await world.cycle()).toMatchObject({ counts: { updated: 1, pushed: 0 } });
    expect(await world.table("people")).toMatchObject([{ first_name: "OURS" }]);
    expect(await world.cycle()).toMatchObject({ counts: { updated: 0, pushed: 0, unchanged: 0 } });
    expect(await told(world, "conflict")).toEqual([]);
  });

  test("goes although Dynamics never told the version of the write", async () => {
    const world = await copied(2);
    world.sink.silent = true;
    await edit(world, 1, { first_name: "Ours" });
    await world.cycle({ guardWrites: false });
    await edit(world, 1, { first_name: "Ours again" });
    await world.cycle();
    await world.cycle();
    expect(inDynamics(world, 1)).toMatchObject({ firstname: "Ours again" });
    expect(await pendingChanges(world)).toEqual([]);
    expect(await told(world, "conflict")).toEqual([]);
  });

  test("of lead and contact go to the entity the person is", async () => {
    const world = await openWorld(CONTACT, LEAD);
    world.source.put("contact", 1, { firstname: "C" });
    world.source.put("lead", 2, { firstname: "L" });
    await world.cycle();
    await edit(world, 1, { first_name: "C2" });
    await edit(world, 2, { first_name: "L2" });
    expect(await world.cycle()).toMatchObject({ counts: { pushed: 2 } });
    expect(inDynamics(world, 1)).toMatchObject({ firstname: "C2" });
    expect(inDynamics(world, 2, "lead")).toMatchObject({ firstname: "L2" });
  });

  test("of a record that Dynamics has deleted stays at home", async () => {
    const world = await copied(1);
    await edit(world, 1, { first_name: "Ours" });
    world.source.remove("contact", 1);
    await world.cycle();
    await world.cycle();
    expect(await pendingChanges(world)).toMatchObject([{ agreed: { first_name: "First 1" } }]);
    expect(await world.table("people")).toMatchObject([{ first_name: "Ours", crm_deleted: true }]);
    expect(world.sink.asked).toEqual([]);
  });

  test("of a field that is switched off waits until it is on again", async () => {
    const world = await copied(1);
    await edit(world, 1, { first_name: "Ours", last_name: "Also ours" });
    await world.rows("update fields set enabled = false where attribute = 'lastname'");
    world.restart();
    await world.cycle();
    expect(inDynamics(world, 1)).toEqual({ firstname: "Ours", lastname: "Last 1" });
    expect(await pendingChanges(world)).toMatchObject([{ agreed: { last_name: "Last 1" } }]);
    await world.rows("update fields set enabled = true where attribute = 'lastname'");
    world.restart();
    await world.cycle();
    expect(inDynamics(world, 1)).toEqual({ firstname: "Ours", lastname: "Also ours" });
    expect(await pendingChanges(world)).toEqual([]);
  });
});

describe("both sides", () => {
  test("that changed the same field end by rule, with the loser on record", async () => {
    const world = await openWorld(CONTACT, LEAD);
    world.source.put("contact", 1, { firstname: "A" });
    world.source.put("lead", 2, { firstname: "A" });
    await world.cycle();
    await edit(world, 1, { first_name: "M" });
    await edit(world, 2, { first_name: "M" });
    world.source.put("contact", 1, { firstname: "D" });
    world.source.put("lead", 2, { firstname: "D" });
    await world.cycle();
    await world.cycle();
    expect(inDynamics(world, 1)).toMatchObject({ firstname: "D" });
    expect(inDynamics(world, 2, "lead")).toMatchObject({ firstname: "M" });
    expect(await world.table("people")).toMatchObject([{ first_name: "D" }, { first_name: "M" }]);
    expect(await told(world, "conflict")).toMatchObject([
      { changes: { first_name: { from: "A", to: "D", lost: "M" } } },
      { changes: { first_name: { from: "A", to: "M", lost: "D" } } },
    ]);
    expect(await pendingChanges(world)).toEqual([]);
  });

  test("that change in the very moment meet, and what is left is pushed in the same turn", async () => {
    const world = await copied(1);
    await edit(world, 1, { first_name: "Ours" });
    let raced = false;
    world.sink.before = () => {
      if (!raced) world.source.put("contact", 1, { lastname: "Theirs" });
      raced = true;
    };
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { pushed: 1 } });
    expect(world.sink.asked).toHaveLength(2);
    expect(inDynamics(world, 1)).toEqual({ firstname: "Ours", lastname: "Theirs" });
    expect(await world.table("people")).toMatchObject([{ first_name: "Ours", last_name: "Theirs" }]);
    expect(await told(world, "conflict")).toEqual([]);
  });

  test("of which one never stops is left for the next cycle after three rounds", async () => {
    const world = await copied(1);
    await edit(world, 1, { first_name: "Ours" });
    let count = 0;
    world.sink.before = () => {
      count += 1;
      world.source.put("contact", 1, { lastname: `Theirs ${count}` });
    };
    expect(await world.cycle()).toMatchObject({ counts: { pushed: 0 } });
    expect(count).toBe(3);
    world.sink.before = () => undefined;
    await world.cycle();
    expect(inDynamics(world, 1)).toEqual({ firstname: "Ours", lastname: "Theirs 3" });
  });

  test("of which marketing goes on while a value is on its way both keep what is theirs", async () => {
    const world = await copied(1);
    await edit(world, 1, { first_name: "First edit", last_name: "Only edit" });
    world.sink.before = async () => {
      world.sink.before = () => undefined;
      await edit(world, 1, { first_name: "Second edit" });
    };
    await world.cycle();
    expect(inDynamics(world, 1)).toEqual({ firstname: "First edit", lastname: "Only edit" });
    expect(await pendingChanges(world)).toMatchObject([{ agreed: { first_name: "First edit" }, sent: {} }]);
    await world.cycle();
    expect(inDynamics(world, 1)).toEqual({ firstname: "Second edit", lastname: "Only edit" });
    expect(await told(world, "conflict")).toEqual([]);
  });

  test("agree again when an edit is taken back while it is on its way", async () => {
    const world = await copied(1);
    await edit(world, 1, { first_name: "Ours" });
    world.sink.before = async () => {
      world.sink.before = () => undefined;
      await edit(world, 1, { first_name: "First 1" });
    };
    await world.cycle();
    await world.cycle();
    await world.cycle();
    expect(inDynamics(world, 1)).toMatchObject({ firstname: "First 1" });
    expect(await world.table("people")).toMatchObject([{ first_name: "First 1" }]);
    expect(await pendingChanges(world)).toEqual([]);
  });
});

describe("a change that cannot go", () => {
  const NAMED = entity("contact", [
    attribute("firstname", "String", { maxLength: 5 }),
    attribute("lastname", "String"),
  ]);

  test("because a value does not fit is parked before it is sent, and goes when it is mended", async () => {
    const world = await copied(2, NAMED);
    await edit(world, 1, { first_name: "Far too long", last_name: "Fine" });
    await edit(world, 2, { last_name: "Also fine" });
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { pushed: 1, refused: 1 } });
    expect(world.sink.writes.map(({ id }) => id)).toEqual([guid(2)]);
    const [parked] = await pendingChanges(world);
    expect(parked).toMatchObject({ parked: { code: "value_invalid", field: "first_name" } });
    expect(await world.entityStatus("contact")).toMatchObject({ pending: { waiting: 0, parked: 1 } });
    await world.cycle();
    expect(world.sink.writes).toHaveLength(1);
    await edit(world, 1, { first_name: "Short" });
    await world.cycle();
    expect(inDynamics(world, 1)).toEqual({ firstname: "Short", lastname: "Fine" });
    expect(await world.entityStatus("contact")).toMatchObject({ pending: { waiting: 0, parked: 0 } });
  });

  test("because a value does not fit goes by itself once Dynamics has room for it", async () => {
    const world = await copied(1, NAMED);
    await edit(world, 1, { first_name: "Far too long" });
    await world.cycle();
    world.restart();
    expect(await world.cycle()).toMatchObject({ counts: { pushed: 0, refused: 0 } });
    world.source.redescribe("contact", (contact) => ({
      ...contact,
      attributes: contact.attributes.map((each) =>
        each.name === "firstname" ? { ...each, maxLength: 100 } : each,
      ),
    }));
    world.restart();
    await world.cycle();
    expect(inDynamics(world, 1)).toMatchObject({ firstname: "Far too long" });
    expect(await world.entityStatus("contact")).toMatchObject({ pending: { waiting: 0, parked: 0 } });
  });

  test("because Dynamics refuses it blocks only itself (P35)", async () => {
    const world = await copied(3);
    const refused = {
      kind: "refused",
      code: "write_refused",
      detail: "a plug-in says no",
      field: "firstname",
    };
    world.sink.answers.set(guid(2), refused as never);
    for (const id of [1, 2, 3]) await edit(world, id, { first_name: "Ours" });
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { pushed: 2, refused: 1 } });
    expect(await pendingChanges(world)).toMatchObject([
      {
        crm_id: guid(2),
        agreed: { first_name: "First 2" },
        sent: {},
        parked: { code: "write_refused", field: "first_name", detail: "a plug-in says no" },
        waits: false,
      },
    ]);
    expect(await told(world, "refused")).toMatchObject([{ code: "write_refused" }]);
  });

  test("because the user may not write waits with all others, and nobody hammers", async () => {
    const world = await copied(3);
    const refused = { kind: "refused", code: "write_permission_missing", detail: "no Write on contact" };
    for (const id of [1, 2, 3]) {
      world.sink.answers.set(guid(id), { ...refused, field: null } as never);
      await edit(world, id, { first_name: "Ours" });
    }
    const denied = await world.cycle({ pushSize: 2 });
    expect(denied).toMatchObject({
      outcome: "partial",
      troubles: [{ entity: "contact", code: "write_permission_missing", message: "no Write on contact" }],
    });
    expect(world.sink.asked).toHaveLength(1);
    expect(await pendingChanges(world)).toMatchObject([{ parked: null }, { parked: null }, { parked: null }]);
    expect(await world.entityStatus("contact")).toMatchObject({
      state: "following",
      trouble: { code: "write_permission_missing" },
      pending: { waiting: 3, parked: 0 },
    });
    world.sink.answers.clear();
    await passTime(world);
    expect(await world.cycle({ pushSize: 2 })).toMatchObject({ outcome: "done", counts: { pushed: 3 } });
    expect(await world.entityStatus("contact")).toMatchObject({ trouble: null, pending: { waiting: 0 } });
  });

  test("because Dynamics asks for patience is tried again after it", async () => {
    const world = await copied(1);
    const later = { kind: "later", code: "throttled", afterMs: 60_000, detail: "slow down" } as const;
    world.sink.answers.set(guid(1), later);
    await edit(world, 1, { first_name: "Ours" });
    expect(await world.cycle()).toMatchObject({ outcome: "partial", troubles: [{ code: "throttled" }] });
    expect(await pendingChanges(world)).toMatchObject([{ attempts: 1, waits: true, sent: {} }]);
    world.sink.answers.clear();
    expect(await world.cycle()).toMatchObject({ outcome: "partial", troubles: [{ code: "throttled" }] });
    expect(world.sink.asked).toHaveLength(1);
    await passTime(world);
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { pushed: 1 } });
  });

  test("because its record is gone waits for the feed to say so", async () => {
    const world = await copied(1);
    world.sink.answers.set(guid(1), { kind: "gone" });
    await edit(world, 1, { first_name: "Ours" });
    expect(await world.cycle()).toMatchObject({ counts: { refused: 1 } });
    expect(await pendingChanges(world)).toMatchObject([{ parked: { code: "record_gone" }, waits: true }]);
    await passTime(world);
    expect(await world.cycle()).toMatchObject({ counts: { refused: 0 } });
    expect(world.sink.asked).toHaveLength(2);
    world.source.remove("contact", 1);
    await world.cycle();
    await passTime(world);
    await world.cycle();
    expect(world.sink.asked).toHaveLength(2);
    expect(await told(world, "refused")).toHaveLength(1);
  });
});
