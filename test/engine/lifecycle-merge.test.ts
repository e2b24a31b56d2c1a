import { describe, expect, test } from "vitest";
import { guid } from "../support/entity.ts";
import { edit, pendingChanges, told } from "./edits.ts";
import { linkStates, merge, openPeople, people, peopleRows, qualify, quiet } from "./people.ts";
import type { World } from "./world.ts";

type Fields = Readonly<Record<string, string | boolean | null>>;

/** Contacts that are people, and a column of marketing's own. */
async function knownContacts(...all: readonly Fields[]): Promise<World> {
  const world = await openPeople();
  for (const [at, fields] of all.entries()) world.source.put("contact", at + 1, fields);
  await quiet(world);
  await world.rows("alter table marketing.people add column segment text unique");
  return world;
}

function inDynamics(world: World, id: number): Fields {
  return (world.source.records("contact").get(guid(id))?.fields ?? {}) as Fields;
}

describe("two contacts that are merged in Dynamics", () => {
  test("are one person: the loser's row folds into the winner's", async () => {
    const world = await knownContacts({ firstname: "Ada" }, { firstname: "Augusta" });
    const [winner, loser] = await peopleRows(world);
    merge(world, "contact", { winner: 1, loser: 2, content: { lastname: "Lovelace" } });
    await quiet(world);
    expect(await peopleRows(world)).toEqual([{ ...winner, last_name: "Lovelace" }]);
    expect(await linkStates(world)).toEqual({ "contact 1": "l", "contact 2": "m" });
    expect(await world.rows("select row_id from links")).toEqual([
      { row_id: winner?.id },
      { row_id: winner?.id },
    ]);
    const [activity] = await told(world, "merged");
    expect(activity?.changes).toMatchObject({
      id: { from: winner?.id, to: winner?.id, lost: loser?.id },
      crm_id: { from: guid(1), to: guid(1), lost: guid(2) },
      first_name: { from: "Ada", to: "Ada", lost: "Augusta" },
    });
    expect(Object.keys(activity?.changes ?? {}).toSorted()).toEqual([
      "created_at",
      "crm_id",
      "first_name",
      "id",
    ]);
  });

  test("leave nothing blank that one of them knew, and Dynamics learns it", async () => {
    const world = await knownContacts(
      { firstname: "Ada", lastname: null },
      { lastname: "Lovelace", emailaddress1: "a@b.c" },
    );
    merge(world, "contact", { winner: 1, loser: 2 });
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([
      { first_name: "Ada", last_name: "Lovelace", email: "a@b.c" },
    ]);
    expect(inDynamics(world, 1)).toMatchObject({
      firstname: "Ada",
      lastname: "Lovelace",
      emailaddress1: "a@b.c",
    });
    expect(await pendingChanges(world)).toEqual([]);
  });

  test("keep what the winner has, and what marketing alone owns where the winner's is blank", async () => {
    const world = await knownContacts({ firstname: "Ada" }, { firstname: "Augusta" }, { firstname: "Grace" });
    await world.rows("update marketing.people set segment = first_name where first_name <> 'Ada'");
    merge(world, "contact", { winner: 1, loser: 2 });
    await quiet(world);
    merge(world, "contact", { winner: 1, loser: 3 });
    await quiet(world);
    expect(await world.rows("select first_name, segment from marketing.people")).toEqual([
      { first_name: "Ada", segment: "Augusta" },
    ]);
    expect(world.sink.writes).toEqual([]);
  });

  test.each<[string, boolean | null, boolean | null, boolean]>([
    ["the loser's", null, true, true],
    ["the loser's, against a No", false, true, true],
    ["the winner's", true, false, true],
    ["nobody's", false, false, false],
  ])("stay opted out where one of them was: %s", async (_, winners, losers, expected) => {
    const world = await knownContacts({ donotemail: winners }, { donotemail: losers });
    merge(world, "contact", { winner: 1, loser: 2 });
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([{ do_not_email: expected }]);
    expect(inDynamics(world, 1)["donotemail"]).toBe(expected);
  });

  test("keep edits of the loser that Dynamics did not have yet, where the winner has none", async () => {
    const world = await knownContacts(
      { firstname: "Ada", telephone1: "1", emailaddress1: "1@x.y" },
      { firstname: "Ada", telephone1: "2", emailaddress1: "2@x.y" },
    );
    await edit(world, 2, { phone: "22", email: "22@x.y", first_name: null });
    await edit(world, 1, { email: "11@x.y" });
    merge(world, "contact", { winner: 1, loser: 2 });
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([{ first_name: "Ada", phone: "22", email: "11@x.y" }]);
    expect(inDynamics(world, 1)).toMatchObject({
      firstname: "Ada",
      telephone1: "22",
      emailaddress1: "11@x.y",
    });
    // Told to the loser's record they would have been lost.
    expect(inDynamics(world, 2)).toMatchObject({ firstname: "Ada", telephone1: "2", emailaddress1: "2@x.y" });
    expect(await pendingChanges(world)).toEqual([]);
    expect(await world.rows("select count(*)::int as left from pending_changes")).toEqual([{ left: 0 }]);
  });

  test("have one history, and what refers to a row refers to the other", async () => {
    const world = await knownContacts({ firstname: "Ada" }, { firstname: "Augusta" });
    world.source.put("contact", 2, { firstname: "Byron" });
    await quiet(world);
    await world.rows(`create table marketing.visits (person bigint references marketing.people, page text)`);
    await world.rows("insert into marketing.visits select id, first_name from marketing.people");
    merge(world, "contact", { winner: 1, loser: 2 });
    await quiet(world);
    const [winner] = await peopleRows(world);
    expect(await world.rows("select distinct row_id from marketing.activities")).toEqual([
      { row_id: winner?.id },
    ]);
    expect(await world.rows("select person, page from marketing.visits order by page")).toEqual([
      { person: winner?.id, page: "Ada" },
      { person: winner?.id, page: "Byron" },
    ]);
  });

  test("of which something else holds on to one: it stays, parked with the reason, and the others go", async () => {
    const world = await knownContacts(
      { firstname: "A" },
      { firstname: "B" },
      { firstname: "C" },
      { firstname: "D" },
    );
    await world.rows("create table marketing.kept (person uuid references marketing.people (crm_id))");
    await world.rows("insert into marketing.kept values ($1)", [guid(2)]);
    merge(world, "contact", { winner: 1, loser: 2 });
    merge(world, "contact", { winner: 3, loser: 4 });
    await quiet(world, { pageSize: 100 });
    expect(await people(world)).toEqual(["contact 1 A", "contact 2 B", "contact 3 C"]);
    const parked = await world.rows<{ crm_id: string; detail: string }>("select crm_id, detail from parked");
    expect(parked).toMatchObject([{ crm_id: guid(2) }]);
    expect(parked[0]?.detail).toMatch(/kept_person_fkey/);
    await world.rows("drop table marketing.kept");
    world.source.put("contact", 1, { lastname: "Changed" });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 A", "contact 3 C"]);
    expect(await world.rows("select * from parked")).toEqual([]);
  });
});

describe("whoever loses a merge", () => {
  test("before the first copy never becomes a person, and its winner is left as it is", async () => {
    const world = await openPeople();
    world.source.put("contact", 1, { firstname: "Ada" });
    world.source.put("contact", 2, { firstname: "Augusta", lastname: "Byron" });
    merge(world, "contact", { winner: 1, loser: 2 });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Ada"]);
    expect(await linkStates(world)).toEqual({ "contact 1": "l", "contact 2": "m" });
    expect(await world.rows("select distinct row_id from links")).toHaveLength(1);
    expect(world.sink.writes).toEqual([]);
  });

  test("waits for a winner that is not known, and folds when it comes", async () => {
    const world = await knownContacts({ firstname: "Ada" });
    world.source.put("contact", 1, { merged: true, _masterid_value: guid(9), lastname: "Byron" });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Ada"]);
    expect(await linkStates(world)).toEqual({ "contact 1": "l" });
    world.restart();
    world.source.put("contact", 9, { firstname: "Augusta" });
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([
      { crm_id: guid(9), first_name: "Augusta", last_name: "Byron" },
    ]);
    expect(await linkStates(world)).toEqual({ "contact 1": "m", "contact 9": "l" });
  });

  test("keeps its edits travelling while it waits", async () => {
    const world = await knownContacts({ firstname: "Ada" });
    world.source.put("contact", 1, { merged: true, _masterid_value: guid(9) });
    await quiet(world);
    await edit(world, 1, { phone: "1" });
    await quiet(world);
    expect(inDynamics(world, 1)).toMatchObject({ telephone1: "1" });
  });

  test("in a chain ends with everybody in the last winner, whatever the order", async () => {
    const orders = [
      [1, 2, 3],
      [3, 2, 1],
      [2, 3, 1],
    ];
    for (const order of orders) {
      const world = await knownContacts(
        { lastname: "A", telephone1: "1", emailaddress1: "1@x.y" },
        { lastname: "B", telephone1: "2" },
        { lastname: "C" },
      );
      const masters = { 1: 2, 2: 3 } as const;
      for (const id of order) {
        const master = id === 3 ? {} : { merged: true, _masterid_value: guid(masters[id as 1 | 2]) };
        world.source.put("contact", id, master);
        if (order[0] === 2) await quiet(world);
      }
      await quiet(world);
      expect(await peopleRows(world)).toMatchObject([
        { crm_id: guid(3), last_name: "C", phone: "2", email: "1@x.y" },
      ]);
      expect(await linkStates(world)).toEqual({ "contact 1": "m", "contact 2": "m", "contact 3": "l" });
    }
  });

  test("and is told before its winner takes nothing from what the seller chose for it", async () => {
    const world = await openPeople();
    world.source.put("lead", 1, { firstname: "Ada" });
    world.source.put("lead", 2, { firstname: "Ada", telephone1: "old" });
    await quiet(world);
    world.source.put("lead", 2, { merged: true, _masterid_value: guid(1) });
    world.source.put("lead", 1, { telephone1: "chosen" });
    await quiet(world, { pageSize: 1 });
    // Marketing wins for leads: what was filled from the loser would have won.
    expect(await peopleRows(world)).toMatchObject([{ crm_id: guid(1), phone: "chosen" }]);
    expect(world.sink.writes).toEqual([]);
  });

  test.each([
    [2, 3],
    [3, 2],
  ])(
    "with another: the one that changed last gives first, whoever is told first: %i, %i",
    async (...losers) => {
      const world = await knownContacts(
        { firstname: "Ada" },
        { firstname: "Ada", lastname: "2" },
        { firstname: "Ada", lastname: "3" },
      );
      for (const id of losers) world.source.put("contact", id, { merged: true, _masterid_value: guid(1) });
      await quiet(world, { pageSize: 1 });
      expect(await peopleRows(world)).toMatchObject([{ crm_id: guid(1), last_name: String(losers.at(-1)) }]);
    },
  );

  test("as a lead into one that was qualified is that one's contact", async () => {
    const world = await openPeople();
    world.source.put("lead", 1, { firstname: "Ada", subject: "Looms" });
    world.source.put("lead", 2, { firstname: "Ada" });
    await quiet(world);
    merge(world, "lead", { winner: 2, loser: 1 });
    qualify(world, 2, 3);
    await quiet(world);
    expect(await people(world)).toEqual(["contact 3 Ada"]);
    expect(await peopleRows(world)).toMatchObject([{ topic: "Looms" }]);
    expect(await linkStates(world)).toEqual({ "contact 3": "l", "lead 1": "m", "lead 2": "m" });
  });

  test("after marketing deleted it brings nothing", async () => {
    const world = await knownContacts({ firstname: "Ada" }, { firstname: "Augusta", lastname: "Byron" });
    await world.rows("delete from marketing.people where crm_id = $1", [guid(2)]);
    await world.rows("update links set state = 't' where crm_id = $1", [guid(2)]);
    merge(world, "contact", { winner: 1, loser: 2 });
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([{ crm_id: guid(1), last_name: null }]);
    expect(await linkStates(world)).toEqual({ "contact 1": "l", "contact 2": "m" });
  });
});

test("500 merges in one page", async () => {
  const world = await openPeople();
  for (let id = 1; id <= 1_000; id += 1) {
    world.source.put("contact", id, { firstname: `P${id}`, ...(id > 500 ? { lastname: `L${id}` } : {}) });
  }
  await quiet(world, { pageSize: 1_000 });
  for (let id = 1; id <= 500; id += 1) merge(world, "contact", { winner: id, loser: id + 500 });
  await quiet(world, { pageSize: 1_000 });
  const [counted] = await world.rows<{ people: number; filled: number }>(
    `select count(*)::int as people,
            count(*) filter (where last_name = 'L' || (substring(first_name from 2)::int + 500))::int as filled
       from marketing.people`,
  );
  expect(counted).toEqual({ people: 500, filled: 500 });
  expect(await told(world, "merged")).toHaveLength(500);
  expect(inDynamics(world, 500)).toMatchObject({ lastname: "L1000" });
});
