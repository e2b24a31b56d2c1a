import { describe, expect, test } from "vitest";
import { parseFilter } from "../../src/core/filter-expression.ts";
import type { FilterExit } from "../../src/core/sync-filter.ts";
import { guid } from "../support/entity.ts";
import { edit, pendingChanges, told } from "./edits.ts";
import { linkStates, merge, openPeople, people, peopleRows, qualify, quiet } from "./people.ts";
import type { World } from "./world.ts";
import { ORDER, openWorld } from "./world.ts";

/** `No` leaves out; the others take part. */
const ANSWERS = { Yes: true, No: false, "no answer": null } as const;

async function knownContact(exit: FilterExit = "freeze"): Promise<World> {
  const world = await openPeople();
  world.filter = { ...world.filter, exit };
  world.source.put("contact", 1, { firstname: "Ada", new_synctomkto: true });
  await quiet(world);
  return world;
}

describe("a record that was never synced (reference 12)", () => {
  test.each([
    ["Yes", ["contact 1 Ada"]],
    ["no answer", ["contact 1 Ada"]],
    ["No", []],
  ] as const)("%s: %o", async (answer, expected) => {
    const world = await openPeople();
    world.source.put("contact", 1, { firstname: "Ada", new_synctomkto: ANSWERS[answer] });
    await quiet(world);
    expect(await people(world)).toEqual(expected);
  });

  test("of an entity without the column: synced", async () => {
    const world = await openWorld(ORDER);
    world.source.put("new_order", 1, { new_name: "One" });
    await quiet(world);
    expect(await world.table("custom_new_order")).toHaveLength(1);
  });

  test("of any entity that has it, under the name of the setting", async () => {
    const world = await openWorld(ORDER);
    world.source.redescribe("new_order", (order) => ({
      ...order,
      attributes: [...order.attributes, ...filterOf("new_tandem")],
    }));
    world.filter = { ...world.filter, column: "new_tandem" };
    world.source.put("new_order", 1, { new_name: "One", new_tandem: false });
    world.source.put("new_order", 2, { new_name: "Two" });
    await quiet(world);
    expect(await world.table("custom_new_order")).toMatchObject([{ new_name: "Two" }]);
  });

  test("takes part when it meets the conditions of its entity, and leaves when it no longer does", async () => {
    const world = await openPeople();
    world.filter = {
      ...world.filter,
      exit: "flag",
      expressions: parseFilter("contact: firstname contains a"),
    };
    world.source.put("contact", 1, { firstname: "Ada" });
    world.source.put("contact", 2, { firstname: "Joe" });
    world.source.put("lead", 3, { firstname: "Joe" });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Ada", "lead 3 Joe"]);
    world.source.put("contact", 1, { firstname: "Eve" });
    world.source.put("contact", 2, { firstname: "Joan" });
    await quiet(world);
    expect(await world.table("people")).toMatchObject([
      { crm_id: guid(1), first_name: "Ada", crm_deleted: true },
      { crm_id: guid(2), first_name: "Joan", crm_deleted: false },
      { crm_id: guid(3) },
    ]);
  });

  test("that is turned from No to Yes is created at once", async () => {
    const world = await openPeople();
    world.source.put("contact", 1, { firstname: "Ada", new_synctomkto: false });
    await quiet(world);
    world.source.put("contact", 1, { new_synctomkto: true });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Ada"]);
  });

  test("and cannot be kept parks nothing while it is left out", async () => {
    const world = await openPeople();
    world.source.put("contact", 1, { firstname: "A\u0000da", new_synctomkto: false });
    await quiet(world);
    expect(await world.rows("select * from parked")).toEqual([]);
  });
});

describe("a record that is turned from Yes to No (P32)", () => {
  test.each<[FilterExit, string[]]>([
    ["freeze", ["contact 1 Ada"]],
    ["flag", ["contact 1 Ada (deleted)"]],
    ["remove", []],
  ])("%s: %o, and follows its record no longer, however often it is told", async (exit, expected) => {
    const world = await knownContact(exit);
    world.source.put("contact", 1, { firstname: "Byron", new_synctomkto: false });
    await quiet(world);
    world.source.put("contact", 1, { firstname: "Lovelace" });
    await quiet(world);
    expect(await people(world)).toEqual(expected);
    expect(await linkStates(world)).toEqual({ "contact 1": "f" });
    expect(await told(world, "unlinked")).toHaveLength(1);
    await world.rows("update entities set position = null, compare = 'owed'");
    await quiet(world);
    expect(await people(world)).toEqual(expected);
    expect(await told(world, "unlinked")).toHaveLength(1);
  });

  test.each<[FilterExit]>([["freeze"], ["flag"], ["remove"]])(
    "%s, and back: it is up to date at once",
    async (exit) => {
      const world = await knownContact(exit);
      const [before] = await peopleRows(world);
      world.source.put("contact", 1, { firstname: "Byron", new_synctomkto: false });
      await quiet(world);
      world.source.put("contact", 1, { new_synctomkto: null });
      await quiet(world);
      expect(await people(world)).toEqual(["contact 1 Byron"]);
      expect(await linkStates(world)).toEqual({ "contact 1": "l" });
      const sameRow = (await peopleRows(world))[0]?.id === before?.id;
      expect(sameRow).toBe(exit !== "remove");
    },
  );

  test("keeps its edits until it takes part again", async () => {
    const world = await knownContact();
    world.source.put("contact", 1, { new_synctomkto: false });
    await quiet(world);
    await edit(world, 1, { phone: "1" });
    await quiet(world);
    expect(world.sink.writes).toEqual([]);
    world.source.put("contact", 1, { new_synctomkto: true });
    await quiet(world);
    expect(world.source.records("contact").get(guid(1))?.fields).toMatchObject({ telephone1: "1" });
    expect(await pendingChanges(world)).toEqual([]);
  });

  test("is flagged instead of removed where something else holds on to its row", async () => {
    const world = await knownContact("remove");
    world.source.put("contact", 2, { firstname: "Grace" });
    await quiet(world);
    await world.rows("create table marketing.visits (person bigint references marketing.people)");
    await world.rows("insert into marketing.visits select id from marketing.people where crm_id = $1", [
      guid(1),
    ]);
    for (const id of [1, 2]) world.source.put("contact", id, { new_synctomkto: false });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Ada (deleted)"]);
  });
});

/** Reference 10.1: what qualifying makes of a person, by the answers of the lead and of the contact. */
describe("a lead is qualified", () => {
  const rows = [
    { lead: "No", contact: "No", outcome: [], same: false },
    { lead: "Yes", contact: "Yes", outcome: ["contact 2 Ada"], same: true },
    { lead: "No", contact: "Yes", outcome: ["contact 2 Ada"], same: false },
    { lead: "Yes", contact: "No", outcome: ["lead 1 Ada"], same: true },
  ] as const;

  for (const order of [["contact", "lead"] as const, ["lead", "contact"] as const]) {
    test.each(rows)(
      `lead $lead, contact $contact: $outcome; ${order[0]} read first`,
      async ({ lead, contact, outcome, same }) => {
        const world = await openPeople();
        world.source.put("lead", 1, { firstname: "Ada", new_synctomkto: ANSWERS[lead] });
        await quiet(world);
        const [before] = await peopleRows(world);
        qualify(world, 1, 2, { new_synctomkto: ANSWERS[contact] });
        await quiet(world, { entities: order });
        expect(await people(world)).toEqual(outcome);
        if (same) expect((await peopleRows(world))[0]?.id).toBe(before?.id);
      },
    );
  }

  test("lead Yes, contact No: the lead's person gets the lead's update, and its edits reach the lead", async () => {
    const world = await openPeople();
    world.source.put("lead", 1, { firstname: "Ada" });
    await quiet(world);
    qualify(world, 1, 2, { new_synctomkto: false });
    world.source.put("lead", 1, { lastname: "Lovelace" });
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([{ crm_type: "lead", last_name: "Lovelace" }]);
    await edit(world, 1, { phone: "1" });
    await quiet(world);
    expect(world.source.records("lead").get(guid(1))?.fields).toMatchObject({ telephone1: "1" });
  });

  test("lead Yes, contact No, then Yes: the same person, now a contact", async () => {
    const world = await openPeople();
    world.source.put("lead", 1, { firstname: "Ada" });
    await quiet(world);
    const [before] = await peopleRows(world);
    qualify(world, 1, 2, { new_synctomkto: false });
    await quiet(world);
    world.source.put("contact", 2, { new_synctomkto: true });
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([{ id: before?.id, crm_id: guid(2), crm_type: "contact" }]);
  });

  test("lead No after it was synced, contact Yes: a new person, and the old one goes stale", async () => {
    const world = await openPeople();
    world.source.put("lead", 1, { firstname: "Ada" });
    await quiet(world);
    world.source.put("lead", 1, { new_synctomkto: false });
    await quiet(world);
    qualify(world, 1, 2, { new_synctomkto: true, firstname: "Augusta" });
    await quiet(world);
    expect(await people(world)).toEqual(["lead 1 Ada", "contact 2 Augusta"]);
  });
});

/** Reference 10.3 and the page on merging: the winner's answer alone decides. */
describe("two synced contacts are merged", () => {
  test.each([
    { winner: "Yes", loser: "Yes", outcome: ["contact 1 Ada"], lastName: "Byron" },
    { winner: "Yes", loser: "No", outcome: ["contact 1 Ada"], lastName: "Byron" },
    { winner: "No", loser: "Yes", outcome: ["contact 1 Ada", "contact 2 Augusta"], lastName: null },
    { winner: "No", loser: "No", outcome: ["contact 1 Ada", "contact 2 Augusta"], lastName: null },
  ] as const)("winner $winner, loser $loser: $outcome", async ({ winner, loser, outcome, lastName }) => {
    const world = await openPeople();
    world.source.put("contact", 1, { firstname: "Ada" });
    world.source.put("contact", 2, { firstname: "Augusta", lastname: "Byron" });
    await quiet(world);
    world.source.put("contact", 1, { new_synctomkto: ANSWERS[winner] });
    world.source.put("contact", 2, { new_synctomkto: ANSWERS[loser] });
    await quiet(world);
    merge(world, "contact", { winner: 1, loser: 2 });
    await quiet(world);
    expect(await people(world)).toEqual(outcome);
    expect((await peopleRows(world))[0]?.last_name).toBe(lastName);
  });

  test.each([
    { winner: "Yes", loser: "Yes", outcome: ["contact 1 Ada"] },
    { winner: "Yes", loser: "No", outcome: ["contact 1 Ada"] },
    { winner: "No", loser: "Yes", outcome: [] },
    { winner: "No", loser: "No", outcome: [] },
  ] as const)(
    "before they were ever read: winner $winner, loser $loser: $outcome",
    async ({ winner, loser, outcome }) => {
      const world = await openPeople();
      world.source.put("contact", 1, { firstname: "Ada", new_synctomkto: ANSWERS[winner] });
      world.source.put("contact", 2, { firstname: "Augusta", new_synctomkto: ANSWERS[loser] });
      merge(world, "contact", { winner: 1, loser: 2 });
      await quiet(world);
      expect(await people(world)).toEqual(outcome);
    },
  );
});

function filterOf(name: string) {
  return ORDER.attributes
    .slice(0, 1)
    .map((id) => ({ ...id, name, property: name, type: "Boolean" as const }));
}
