import { describe, expect, test } from "vitest";
import { SyncError } from "../../src/core/errors.ts";
import { guid } from "../support/entity.ts";
import { edit, pendingChanges, told } from "./edits.ts";
import { linkStates, openPeople, people, peopleRows, qualify, quiet } from "./people.ts";
import type { World } from "./world.ts";

/** A lead that is a person for a while. */
async function knownLead(fields: Readonly<Record<string, string | boolean>> = {}): Promise<World> {
  const world = await openPeople();
  world.source.put("lead", 1, { firstname: "Ada", telephone1: "1", subject: "Engines", ...fields });
  await quiet(world);
  return world;
}

const CONTACT_FIRST = { entities: ["contact", "lead"] };
const LEAD_FIRST = { entities: ["lead", "contact"] };

describe("a lead that is qualified", () => {
  test.each([
    ["the contact is read first", CONTACT_FIRST],
    ["the lead is read first", LEAD_FIRST],
  ])("is the same person, now a contact: %s", async (_, order) => {
    const world = await knownLead();
    const [before] = await peopleRows(world);
    await world.rows("alter table marketing.people add column score_of_ours int");
    await world.rows("update marketing.people set score_of_ours = 7");
    qualify(world, 1, 2, { lastname: "Lovelace" });
    await quiet(world, order);
    expect(await people(world)).toEqual(["contact 2 Ada"]);
    expect(await peopleRows(world)).toEqual([
      { ...before, crm_id: guid(2), crm_type: "contact", last_name: "Lovelace" },
    ]);
    expect(await world.rows("select score_of_ours from marketing.people")).toEqual([{ score_of_ours: 7 }]);
    expect(await linkStates(world)).toEqual({ "contact 2": "l", "lead 1": "m" });
    expect([(await world.stored("lead")).rows, (await world.stored("contact")).rows]).toEqual([0, 1]);
    expect(await told(world, "qualified")).toEqual([
      {
        kind: "qualified",
        changes: { crm_id: { from: guid(1), to: guid(2) }, crm_type: { from: "lead", to: "contact" } },
        code: null,
      },
    ]);
  });

  test.each([
    ["contacts first", CONTACT_FIRST],
    ["leads first", LEAD_FIRST],
  ])("before anything was read is one person, whom the first copy makes: %s", async (_, order) => {
    const world = await openPeople();
    world.source.put("lead", 1, { firstname: "Ada", subject: "Engines" });
    qualify(world, 1, 2);
    await quiet(world, order);
    expect(await peopleRows(world)).toMatchObject([
      { crm_id: guid(2), crm_type: "contact", first_name: "Ada", topic: "Engines" },
    ]);
    expect(await linkStates(world)).toEqual({ "contact 2": "l", "lead 1": "m" });
  });

  test("writes its person no longer, but for what only a lead has", async () => {
    const world = await knownLead();
    qualify(world, 1, 2);
    await quiet(world);
    world.source.put("lead", 1, { firstname: "Somebody else", subject: "Looms", statecode: 0 });
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([
      { crm_id: guid(2), crm_type: "contact", first_name: "Ada", topic: "Looms" },
    ]);
    expect(await linkStates(world)).toMatchObject({ "lead 1": "m" });
  });

  test("and deleted afterwards leaves its person alone; the contact's delete flags it", async () => {
    const world = await knownLead();
    qualify(world, 1, 2);
    await quiet(world);
    world.source.remove("lead", 1);
    await quiet(world);
    expect(await people(world)).toEqual(["contact 2 Ada"]);
    world.source.remove("contact", 2);
    await quiet(world);
    expect(await people(world)).toEqual(["contact 2 Ada (deleted)"]);
  });

  test("and deleted before its contact was told is that contact all the same", async () => {
    const world = await knownLead();
    qualify(world, 1, 2);
    world.source.remove("lead", 1);
    await quiet(world, LEAD_FIRST);
    expect(await people(world)).toEqual(["contact 2 Ada"]);
  });

  test("into two contacts is the one that was written first; the other is a person of its own", async () => {
    const world = await knownLead();
    const [before] = await peopleRows(world);
    qualify(world, 1, 3);
    qualify(world, 1, 2, { firstname: "Byron" });
    await quiet(world, { pageSize: 10 });
    expect(await people(world)).toEqual(["contact 3 Ada", "contact 2 Byron"]);
    expect((await peopleRows(world))[0]?.id).toBe(before?.id);
  });

  test("whose row somebody deleted gives nothing: the contact is a new person", async () => {
    const world = await knownLead();
    await world.rows("delete from marketing.people");
    qualify(world, 1, 2);
    await quiet(world);
    expect(await people(world)).toEqual(["contact 2 Ada"]);
    expect(await linkStates(world)).toEqual({ "contact 2": "l", "lead 1": "m" });
  });

  test.each([CONTACT_FIRST, LEAD_FIRST])(
    "whose person marketing deleted is one new person: %o",
    async (order) => {
      const world = await knownLead();
      await world.rows("delete from marketing.people");
      await world.rows("update links set state = 't'");
      qualify(world, 1, 2);
      await quiet(world, order);
      expect(await people(world)).toEqual(["contact 2 Ada"]);
      expect(await linkStates(world)).toEqual({ "contact 2": "l", "lead 1": "m" });
    },
  );

  test("into a contact that was there folds into it", async () => {
    const world = await knownLead();
    world.source.put("contact", 2, { firstname: "Augusta" });
    await quiet(world);
    world.source.put("contact", 2, { _originatingleadid_value: guid(1) });
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([
      { crm_id: guid(2), crm_type: "contact", first_name: "Augusta", topic: "Engines" },
    ]);
    expect(await linkStates(world)).toEqual({ "contact 2": "l", "lead 1": "m" });
  });
});

describe("edits of a lead's person", () => {
  test.each([
    ["the contact is read first", CONTACT_FIRST],
    ["the lead is read first", LEAD_FIRST],
  ])("go along and reach the contact: %s", async (_, order) => {
    const world = await knownLead();
    await edit(world, 1, { phone: "2" });
    world.sink.answers.set(guid(1), {
      kind: "later",
      code: "unavailable",
      afterMs: 60_000,
      detail: "not now",
    });
    await world.cycle(order);
    qualify(world, 1, 2);
    await quiet(world, order);
    expect(world.source.records("contact").get(guid(2))?.fields).toMatchObject({ telephone1: "2" });
    expect(world.source.records("lead").get(guid(1))?.fields).toMatchObject({ telephone1: "1" });
    expect(await peopleRows(world)).toMatchObject([{ crm_id: guid(2), phone: "2" }]);
    expect(await pendingChanges(world)).toEqual([]);
  });

  test("wait while the lead is known to be qualified and its contact is not seen yet", async () => {
    const world = await knownLead();
    await edit(world, 1, { phone: "2" });
    qualify(world, 1, 2);
    // Contacts are not read: the write is overtaken by the qualification, and goes no further.
    world.restart();
    await world.cycle({ entities: ["lead"] });
    world.restart();
    expect(world.source.records("lead").get(guid(1))?.fields).toMatchObject({ telephone1: "1" });
    expect(await pendingChanges(world)).toMatchObject([{ crm_id: guid(1), agreed: { phone: "1" } }]);
    await quiet(world);
    expect(world.source.records("contact").get(guid(2))?.fields).toMatchObject({ telephone1: "2" });
    expect(await pendingChanges(world)).toEqual([]);
  });

  test("wait as long as contacts cannot be read, and are not lost when they can", async () => {
    const world = await knownLead();
    world.source.deny("contact", new SyncError("permission_missing", "no", { entity: "contact" }));
    qualify(world, 1, 2);
    await world.cycle();
    await edit(world, 1, { phone: "2" });
    await world.cycle();
    await world.cycle();
    expect(world.source.records("lead").get(guid(1))?.fields).toMatchObject({ telephone1: "1" });
    world.source.deny("contact", null);
    world.restart();
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([{ crm_id: guid(2), phone: "2" }]);
    expect(world.source.records("contact").get(guid(2))?.fields).toMatchObject({ telephone1: "2" });
  });

  test("follow the contact's policy: Dynamics wins", async () => {
    const world = await knownLead();
    await edit(world, 1, { phone: "2" });
    qualify(world, 1, 2, { telephone1: "3" });
    await quiet(world, CONTACT_FIRST);
    expect(await peopleRows(world)).toMatchObject([{ crm_id: guid(2), phone: "3" }]);
    expect(await told(world, "conflict")).toEqual([
      { kind: "conflict", changes: { phone: { from: "1", to: "3", lost: "2" } }, code: null },
    ]);
  });

  test.each([CONTACT_FIRST, LEAD_FIRST])(
    "of what only a lead has stay in marketing, and it is told: %o",
    async (order) => {
      const world = await knownLead();
      await edit(world, 1, { topic: "Numbers", phone: "2" });
      world.sink.answers.set(guid(1), { kind: "refused", code: "write_refused", detail: "no", field: null });
      await world.cycle();
      qualify(world, 1, 2);
      world.sink.answers.clear();
      await quiet(world, order);
      expect(await peopleRows(world)).toMatchObject([{ topic: "Numbers", phone: "2" }]);
      expect(await pendingChanges(world)).toEqual([]);
      expect(await told(world, "kept-apart")).toHaveLength(1);
    },
  );
});
