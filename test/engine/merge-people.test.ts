import { describe, expect, test } from "vitest";
import { requireLease } from "../../src/store/lease.ts";
import { guid } from "../support/entity.ts";
import { edit, pendingChanges, told } from "./edits.ts";
import { linkStates, merge, openPeople, people, peopleRows, qualify, quiet } from "./people.ts";
import type { World } from "./world.ts";

/** People whom marketing merges. */

type Fields = Readonly<Record<string, string | boolean | null>>;

/** Contacts 1, 2, … in rows 1, 2, …, in step. */
async function contacts(...all: readonly Fields[]): Promise<World> {
  const world = await openPeople();
  for (const [at, fields] of all.entries()) world.source.put("contact", at + 1, fields);
  await quiet(world, { pageSize: 100 });
  return world;
}

/** A person of marketing alone; returns the row's id. */
async function alone(world: World, values: Readonly<Record<string, string | boolean>>): Promise<string> {
  const [row] = await world.rows<{ id: string }>(
    `insert into marketing.people (${Object.keys(values).join(", ")})
     values (${Object.keys(values)
       .map((_, at) => `$${at + 1}`)
       .join(", ")}) returning id`,
    Object.values(values),
  );
  return row?.id ?? "";
}

async function mergeRows(
  world: World,
  winner: string | number,
  ...losers: readonly (string | number)[]
): Promise<string[]> {
  const answers = await world.rows<{ loser: string; in_dynamics: string }>(
    "select * from marketing.merge_people($1, $2)",
    [winner, losers],
  );
  expect(answers.map(({ loser }) => loser)).toEqual(losers.map(String));
  return answers.map(({ in_dynamics: answer }) => answer);
}

function inDynamics(world: World, id: number, entity: "lead" | "contact" = "contact"): Fields {
  return (world.source.records(entity).get(guid(id))?.fields ?? {}) as Fields;
}

describe("two people of Dynamics", () => {
  test("are the winner, who keeps what they have and takes what they do not", async () => {
    const world = await contacts(
      { firstname: "Ada", telephone1: "1" },
      { firstname: "Augusta", lastname: "Byron", emailaddress1: "a@b.c" },
    );
    const [winner, loser] = await peopleRows(world);
    expect(await mergeRows(world, 1, 2)).toEqual(["left as it is"]);
    const taken = { last_name: "Byron", email: "a@b.c" };
    expect(await peopleRows(world)).toEqual([{ ...winner, ...taken }]);
    const [activity, ...others] = await told(world, "merged");
    expect(others).toEqual([]);
    expect(activity?.changes).toMatchObject({
      id: { from: "1", to: "1", lost: loser?.id },
      crm_id: { from: guid(1), to: guid(1), lost: guid(2) },
      first_name: { from: "Ada", to: "Ada", lost: "Augusta" },
      email: { from: null, to: "a@b.c" },
    });
  });

  test("change the winner's record as an edit does, and the loser's not at all", async () => {
    const world = await contacts({ firstname: "Ada" }, { firstname: "Augusta", lastname: "Byron" });
    await mergeRows(world, 1, 2);
    expect(await pendingChanges(world)).toMatchObject([{ crm_id: guid(1), agreed: { last_name: null } }]);
    await quiet(world);
    expect(world.sink.writes).toMatchObject([{ id: guid(1) }]);
    expect(inDynamics(world, 1)).toEqual({ firstname: "Ada", lastname: "Byron" });
    expect(inDynamics(world, 2)).toEqual({ firstname: "Augusta", lastname: "Byron" });
  });

  test("stay one, whatever becomes of the loser's record", async () => {
    const world = await contacts({ firstname: "Ada" }, { firstname: "Augusta" });
    await mergeRows(world, 1, 2);
    world.source.put("contact", 2, { firstname: "Byron", lastname: "King" });
    await quiet(world);
    world.restart();
    world.source.put("contact", 2, { firstname: "Lovelace" });
    await quiet(world);
    world.source.remove("contact", 2);
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Ada"]);
    expect(await linkStates(world)).toEqual({ "contact 1": "l", "contact 2": "m" });
  });

  test("stay one when Dynamics merges their records as well, and whoever is merged into the loser joins them", async () => {
    const world = await contacts(
      { firstname: "Ada" },
      { firstname: "Augusta" },
      { firstname: "Annabella", emailaddress1: "a@b.c" },
    );
    await mergeRows(world, 1, 2);
    merge(world, "contact", { winner: 2, loser: 3 });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Ada"]);
    expect(await peopleRows(world)).toMatchObject([{ email: "a@b.c" }]);
    merge(world, "contact", { winner: 1, loser: 2 });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Ada"]);
  });

  test.each<[string, boolean | null, boolean | null, boolean]>([
    ["the loser's", null, true, true],
    ["the loser's, against a No", false, true, true],
    ["the winner's", true, false, true],
    ["nobody's", false, false, false],
  ])("stay opted out where one of them was: %s", async (_, winners, losers, expected) => {
    const world = await contacts({ donotemail: winners }, { donotemail: losers });
    await mergeRows(world, 1, 2);
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([{ do_not_email: expected }]);
    expect(inDynamics(world, 1)["donotemail"]).toBe(expected);
  });

  test("of whom one was edited keep the edit where the winner has no value", async () => {
    const world = await contacts({ firstname: "Ada" }, { firstname: "Augusta", telephone1: "2" });
    await edit(world, 2, { phone: "22", first_name: "Byron" });
    await mergeRows(world, 1, 2);
    await quiet(world);
    expect(inDynamics(world, 1)).toEqual({ firstname: "Ada", telephone1: "22" });
    expect(inDynamics(world, 2)).toEqual({ firstname: "Augusta", telephone1: "2" });
    expect(await world.rows("select * from pending_changes")).toEqual([]);
  });

  test("that are a lead and a contact are one as well", async () => {
    const world = await contacts({ firstname: "Ada" });
    world.source.put("lead", 9, { lastname: "Byron", subject: "Looms" });
    await quiet(world);
    const [contact, lead] = await peopleRows(world);
    expect(await mergeRows(world, lead?.id ?? "", contact?.id ?? "")).toEqual([
      "left as it is: a lead and a contact are never merged there",
    ]);
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([
      { id: lead?.id, crm_id: guid(9), crm_type: "lead", first_name: "Ada", last_name: "Byron" },
    ]);
    expect(inDynamics(world, 9, "lead")).toMatchObject({ firstname: "Ada", lastname: "Byron" });
    qualify(world, 9, 8);
    await quiet(world);
    expect(await people(world)).toEqual(["contact 8 Ada"]);
  });
});

describe("several losers", () => {
  test("give what they have in the order in which they are named", async () => {
    const world = await contacts(
      {},
      { firstname: "B", lastname: "B" },
      { firstname: "C", telephone1: "3" },
      { lastname: "D", telephone1: "4", emailaddress1: "4@x.y" },
    );
    await mergeRows(world, 1, 3, 4, 2);
    expect(await peopleRows(world)).toMatchObject([
      { first_name: "C", last_name: "D", phone: "3", email: "4@x.y" },
    ]);
    expect(await told(world, "merged")).toHaveLength(3);
  });

  test("may have lost to one another before", async () => {
    const world = await contacts({ firstname: "A" }, { firstname: "B" }, { lastname: "C" });
    await mergeRows(world, 2, 3);
    await mergeRows(world, 1, 2);
    expect(await world.rows("select distinct row_id from links")).toEqual([{ row_id: "1" }]);
    world.source.put("contact", 3, { firstname: "Changed" });
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 A"]);
  });
});

describe("people of marketing alone", () => {
  test("are merged without anything in Dynamics", async () => {
    const world = await contacts();
    const [winner, loser] = [await alone(world, { first_name: "Ada" }), await alone(world, { phone: "1" })];
    expect(await mergeRows(world, winner, loser)).toEqual(["not in Dynamics"]);
    expect(await peopleRows(world)).toMatchObject([{ id: winner, first_name: "Ada", phone: "1" }]);
    await quiet(world);
    expect(world.sink.writes).toEqual([]);
    expect(await world.rows("select entity, crm_id from marketing.activities")).toEqual([
      { entity: "person", crm_id: null },
    ]);
  });

  test("give a person of Dynamics what that one does not have", async () => {
    const world = await contacts({ firstname: "Ada" });
    const loser = await alone(world, { first_name: "Augusta", phone: "1", do_not_email: true });
    expect(await mergeRows(world, 1, loser)).toEqual(["not in Dynamics"]);
    await quiet(world);
    expect(inDynamics(world, 1)).toEqual({ firstname: "Ada", telephone1: "1", donotemail: true });
  });

  test("stand for the record of the first loser who has one; what differs travels, edits go along", async () => {
    const world = await contacts({ firstname: "Ada", lastname: "Byron" }, { firstname: "Annabella" });
    await edit(world, 1, { phone: "1", last_name: null });
    const winner = await alone(world, { first_name: "Augusta", email: "a@b.c" });
    expect(await mergeRows(world, winner, 1, 2)).toEqual(["now the record of the winner", "left as it is"]);
    expect(await peopleRows(world)).toMatchObject([{ id: winner, crm_id: guid(1), crm_type: "contact" }]);
    expect(await pendingChanges(world)).toMatchObject([
      { agreed: { first_name: "Ada", last_name: "Byron", phone: null, email: null } },
    ]);
    await quiet(world);
    expect(inDynamics(world, 1)).toEqual({
      firstname: "Augusta",
      lastname: null,
      telephone1: "1",
      emailaddress1: "a@b.c",
    });
    expect(await linkStates(world)).toEqual({ "contact 1": "l", "contact 2": "m" });
    world.source.put("contact", 1, { lastname: "King" });
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([{ id: winner, last_name: "King" }]);
  });

  test("stand for a record that lives rather than for one that Dynamics has deleted", async () => {
    const world = await contacts({ firstname: "Ada" }, { firstname: "Augusta" });
    world.source.remove("contact", 1);
    await quiet(world);
    expect(await people(world)).toEqual(["contact 1 Ada (deleted)", "contact 2 Augusta"]);
    expect(await mergeRows(world, 1, 2)).toEqual(["now the record of the winner"]);
    await quiet(world);
    expect(await people(world)).toEqual(["contact 2 Ada"]);
    expect(inDynamics(world, 2)).toEqual({ firstname: "Ada" });
  });

  test("who were to be in Dynamics still are", async () => {
    const world = await contacts();
    const [winner, loser] = [await alone(world, { first_name: "Ada" }), await alone(world, { phone: "1" })];
    await world.rows("select marketing.sync_person($1)", [loser]);
    await mergeRows(world, winner, loser);
    expect(await world.rows("select row_id, state from sync_requests")).toEqual([
      { row_id: winner, state: "queued" },
    ]);
  });
});

describe("a page that was decided before the merge", () => {
  test("makes no row for the loser, and reaches the record that the winner took over", async () => {
    const world = await contacts({ firstname: "Ada" }, { firstname: "Augusta" });
    const winner = await alone(world, { email: "a@b.c" });
    world.source.put("contact", 1, { lastname: "King" });
    world.source.put("contact", 2, { lastname: "Byron" });
    world.faults = {
      beforeApply: async () => {
        world.faults = {};
        await mergeRows(world, winner, 1, 2);
      },
    };
    await quiet(world);
    expect(await peopleRows(world)).toMatchObject([
      { id: winner, crm_id: guid(1), first_name: "Ada", last_name: "King" },
    ]);
    expect(await linkStates(world)).toEqual({ "contact 1": "l", "contact 2": "m" });
    expect(await world.rows("select * from parked")).toEqual([]);
    expect(inDynamics(world, 1)).toEqual({ firstname: "Ada", lastname: "King", emailaddress1: "a@b.c" });
  });

  test("and takes effect at this moment is waited for", async () => {
    const world = await contacts({ firstname: "Ada" }, { firstname: "Augusta" });
    const page = await world.database.pool.connect();
    await page.query("begin");
    await requireLease(page, await world.store.claim(world.lease.connectionId));
    const merging = mergeRows(world, 1, 2);
    const waiting =
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while ((await world.rows(waiting)).length === 0);
    await page.query("update marketing.people set last_name = 'Byron' where id = 2");
    await page.query("commit");
    page.release();
    await merging;
    expect(await peopleRows(world)).toMatchObject([{ first_name: "Ada", last_name: "Byron" }]);
  });
});

test("what refers to the losers refers to the winner, and what is unique may be taken over", async () => {
  const world = await contacts({ firstname: "Ada" }, { firstname: "Augusta" });
  await world.rows("alter table marketing.people add column member_number text unique");
  await world.rows("update marketing.people set member_number = '7' where id = 2");
  await world.rows("create table marketing.visits (person bigint references marketing.people, page text)");
  await world.rows("insert into marketing.visits values (1, 'one'), (2, 'two')");
  world.source.put("contact", 2, { lastname: "Byron" });
  await quiet(world);
  await mergeRows(world, 1, 2);
  expect(await world.rows("select * from marketing.visits order by page")).toEqual([
    { person: "1", page: "one" },
    { person: "1", page: "two" },
  ]);
  expect(await world.rows("select member_number, last_name from marketing.people")).toEqual([
    { member_number: "7", last_name: "Byron" },
  ]);
  expect(await world.rows("select distinct row_id from marketing.activities")).toEqual([{ row_id: "1" }]);
});

test("what is merged wrongly is refused, and nothing is changed", async () => {
  const world = await contacts({ firstname: "Ada" }, { firstname: "Augusta" });
  await expect(mergeRows(world, 1, 1)).rejects.toThrow(/each once/);
  await expect(mergeRows(world, 1)).rejects.toThrow(/at least one loser/);
  await expect(mergeRows(world, 1, 2, 17)).rejects.toThrow("There is no person 17.");
  const person = await alone(world, { first_name: "Annabella" });
  await world.rows("select marketing.sync_person($1)", [person]);
  await world.rows("update sync_requests set state = 'creating'");
  await expect(mergeRows(world, 1, person)).rejects.toThrow(`Person ${person} is being made in Dynamics`);
  expect(await people(world)).toEqual(["contact 1 Ada", "contact 2 Augusta", " nobody Annabella"]);
  expect(await told(world, "merged")).toEqual([]);
});

test("whoever may edit and delete people may merge them, without a right on anything else", async () => {
  const world = await contacts({ firstname: "Ada" }, { firstname: "Augusta", lastname: "Byron" });
  const name = `editor_${process.pid}`;
  await world.rows(`create role ${name} login password 'editor'`);
  try {
    await world.rows(`grant usage on schema marketing to ${name}`);
    await world.rows(`grant select, update on marketing.people to ${name}`);
    const as = async (sql: string): Promise<void> => {
      const client = await world.database.pool.connect();
      try {
        await client.query(`set session authorization ${name}`);
        await client.query(sql);
      } finally {
        await client.query("reset session authorization");
        client.release();
      }
    };
    const sql = "select * from marketing.merge_people(1, '{2}')";
    await expect(as(sql)).rejects.toThrow("Only who may edit and delete people may merge them.");
    await world.rows(`grant delete on marketing.people to ${name}`);
    await as(sql);
    expect(await people(world)).toEqual(["contact 1 Ada"]);
    expect(await pendingChanges(world)).toMatchObject([{ agreed: { last_name: null } }]);
  } finally {
    await world.rows(`drop owned by ${name}`);
    await world.rows(`drop role ${name}`);
  }
});
