/**
 * Whoever is asked for is looked for before they are made: nobody is doubled, and nobody is taken for somebody else.
 */
import { describe, expect, test } from "vitest";
import type { MatchColumns } from "../../src/core/match-key.ts";
import { decideMatch, listMatches } from "../../src/store/request-desk.ts";
import { guid } from "../support/entity.ts";
import type { PeopleWorld } from "./create-scene.ts";
import { ANN, openPeople } from "./create-scene.ts";
import { pendingChanges, told } from "./edits.ts";

const EMAIL = "ann@example.com";

/** Runs a cycle in which Dynamics changes only after the feeds were read: requests look for themselves. */
async function cycleBlind(world: PeopleWorld, matchBy?: MatchColumns): Promise<void> {
  await world.cycle(matchBy === undefined ? {} : { people: { ...world.settings.people, matchBy } });
}

const created = (world: PeopleWorld): number =>
  world.sink.writes.filter(({ kind }) => kind === "create").length;

describe("one record that is alike and nobody's", () => {
  test.each([
    ["a contact", "contact"],
    ["a lead", "lead"],
  ] as const)("%s is linked, not doubled (P33), and both sides become one", async (_, entity) => {
    const world = await openPeople();
    const ann = await world.add({ ...ANN, job_title: "CEO", first_name: null });
    await world.sync(ann);
    world.source.put(entity, 1, { emailaddress1: "ANN@example.com", firstname: "Anna", lastname: "Lee" });
    await world.untilQuiet();
    expect(created(world)).toBe(0);
    expect(await world.table("people")).toHaveLength(1);
    expect(await world.person(ann)).toMatchObject({
      crm_id: guid(1),
      crm_type: entity,
      first_name: "Anna",
      job_title: "CEO",
    });
    expect(world.source.records(entity).get(guid(1))?.fields).toMatchObject({
      jobtitle: "CEO",
      firstname: "Anna",
    });
    expect(await world.request(ann)).toMatchObject({ state: "done", outcome: "linked" });
    expect(await told(world, "linked")).toHaveLength(1);
    expect(await pendingChanges(world)).toEqual([]);
  });

  test("the contact is taken where there is a lead as well", async () => {
    const world = await openPeople();
    world.source.put("lead", 1, { emailaddress1: EMAIL });
    world.source.put("contact", 2, { emailaddress1: EMAIL });
    await world.cycle();
    const ann = await world.add();
    await world.rows("delete from marketing.people where id <> $1", [ann]);
    await world.sync(ann);
    await cycleBlind(world);
    expect(await world.person(ann)).toMatchObject({ crm_id: guid(2), crm_type: "contact" });
  });

  test("both values of a field meet by the entity's policy, and the one that is given up is told", async () => {
    const world = await openPeople();
    const [ann, bob] = [await world.add(), await world.add({ email: "bob@example.com", last_name: "Ray" })];
    world.source.put("lead", 1, { emailaddress1: EMAIL, lastname: "Li" });
    world.source.put("contact", 2, { emailaddress1: "bob@example.com", lastname: "Rey" });
    await world.sync(ann);
    await world.sync(bob);
    await world.untilQuiet();
    expect(await world.person(ann)).toMatchObject({ last_name: "Lee" });
    expect(await world.person(bob)).toMatchObject({ last_name: "Rey" });
    expect(world.source.records("lead").get(guid(1))?.fields).toMatchObject({ lastname: "Lee" });
    expect(await told(world, "conflict")).toHaveLength(2);
  });

  test.each([
    ["is inactive", { statecode: 1 }],
    ["lost a merge", { merged: true }],
    ["is left out by the sync filter", { new_synctomkto: false }],
    ["has another e-mail", { emailaddress1: "ann@example.org" }],
  ])("is passed by when it %s", async (_, facts) => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann);
    world.source.put("contact", 1, { emailaddress1: EMAIL, ...facts });
    await cycleBlind(world);
    expect(created(world)).toBe(1);
    expect(await world.person(ann)).toMatchObject({ crm_type: "lead" });
  });
});

describe("what is compared", () => {
  test.each(["o'brien@example.com", 'a"b(c)&d%@example.com', "ann+1@example.com", "zoë@exämple.com"])(
    "may be %s: quotes and marks are values (P14)",
    async (email) => {
      const world = await openPeople();
      const ann = await world.add({ ...ANN, email: ` ${email.toUpperCase()} ` });
      world.source.put("contact", 1, { emailaddress1: email, lastname: "Lee" });
      world.source.put("contact", 2, { emailaddress1: email.replaceAll(/['"+]/g, ""), lastname: "Lee" });
      world.source.remove("contact", ...(/['"+]/.test(email) ? [] : [2]));
      await world.sync(ann);
      await cycleBlind(world);
      expect(await world.person(ann)).toMatchObject({ crm_id: guid(1) });
    },
  );

  test("is nothing of a person without an e-mail: they are made", async () => {
    const world = await openPeople();
    const ann = await world.add({ last_name: "Lee" });
    world.source.put("contact", 1, { lastname: "Lee" });
    await world.sync(ann);
    await cycleBlind(world);
    expect(created(world)).toBe(1);
    expect(world.sink.searched).toEqual([]);
  });

  test("may be several columns, which must all be the same", async () => {
    const world = await openPeople();
    const [ann, eve] = [await world.add(), await world.add({ ...ANN, last_name: "Fox" })];
    world.source.put("contact", 1, { emailaddress1: EMAIL, lastname: "LEE" });
    await world.sync(ann);
    await world.sync(eve);
    await cycleBlind(world, ["email", "last_name"]);
    expect(await world.person(ann)).toMatchObject({ crm_id: guid(1) });
    expect(await world.person(eve)).toMatchObject({ crm_type: "lead" });
  });

  test("may be nothing at all: everybody is made, as the native sync does", async () => {
    const world = await openPeople();
    world.source.put("contact", 1, { emailaddress1: EMAIL });
    const [ann, twin] = [await world.add(), await world.add()];
    await world.sync(ann);
    await world.sync(twin);
    await cycleBlind(world, []);
    expect(created(world)).toBe(2);
    expect(world.sink.searched).toEqual([]);
  });

  test("is searched once for each kind, however many people there are", async () => {
    const world = await openPeople();
    for (let id = 0; id < 20; id += 1)
      await world.sync(await world.add({ ...ANN, email: `a${id}@example.com` }));
    await world.cycle();
    expect(world.sink.searched.map(({ entity, values }) => [entity, values.length])).toEqual([
      ["contact", 20],
      ["lead", 20],
    ]);
    expect(world.sink.asked).toHaveLength(1);
    expect(created(world)).toBe(20);
  });
});

describe("two people with the same e-mail", () => {
  test("are two people: one is made, the other waits for a person (P12)", async () => {
    const world = await openPeople();
    const [ann, twin] = [
      await world.add(),
      await world.add({ ...ANN, first_name: "Anna", email: "ANN@example.com" }),
    ];
    await world.sync(ann);
    await world.sync(twin);
    await world.untilQuiet();
    expect(world.leads()).toHaveLength(1);
    expect(await world.person(ann)).toMatchObject({ crm_id: world.leads()[0]?.id });
    expect(await world.person(twin)).toMatchObject({ crm_id: null, first_name: "Anna" });
    expect(await world.request(twin)).toMatchObject({
      state: "waiting",
      code: "several_matches",
      candidates: [{ id: world.leads()[0]?.id, rowId: ann }],
    });
  });

  test("of whom the first cannot be made: the other one is, in the same turn", async () => {
    const world = await openPeople();
    const [ann, twin] = [await world.add({ email: EMAIL }), await world.add()];
    await world.sync(ann);
    await world.sync(twin);
    await world.cycle();
    expect(await world.request(ann)).toMatchObject({ state: "parked", field: "last_name" });
    expect(await world.person(twin)).toMatchObject({ crm_type: "lead" });
  });

  test("wait for an answer that was lost: the second is not made meanwhile", async () => {
    const world = await openPeople();
    const [ann, twin] = [await world.add(), await world.add()];
    await world.sync(ann);
    const { crm_id: id } = await world.request(ann);
    world.sink.answers.set(id, { kind: "unknown", detail: "lost" });
    await world.cycle();
    await world.sync(twin);
    await world.cycle();
    expect(created(world)).toBe(1);
    world.sink.answers.clear();
    await world.untilQuiet();
    expect(world.leads()).toHaveLength(1);
    expect(await world.request(twin)).toMatchObject({ state: "waiting" });
  });
});

describe("several records that are alike", () => {
  async function undecided(): Promise<{ world: PeopleWorld; ann: string; match: string }> {
    const world = await openPeople();
    world.source.put("contact", 1, {
      emailaddress1: EMAIL,
      lastname: "Lee",
      fullname: "A. Lee",
      new_synctomkto: true,
    });
    world.source.put("contact", 2, { emailaddress1: EMAIL, lastname: "Lea", fullname: "Ann Lea" });
    const ann = await world.add();
    await world.sync(ann);
    // The records stay unread, so that none of them is anybody's yet.
    world.source.deny("contact", null);
    await world.cycle({ entities: ["lead", "contact"] });
    const [match] = await listMatches(world.database.pool, world.database.workspace);
    return { world, ann, match: match?.id ?? "" };
  }

  test("wait for a person, with all of them shown, and none is preferred (P8)", async () => {
    const { world, ann } = await undecided();
    expect(created(world)).toBe(0);
    expect(await world.person(ann)).toMatchObject({ crm_id: null });
    expect(await listMatches(world.database.pool, world.database.workspace)).toMatchObject([
      {
        person: ann,
        name: "Ann Lee",
        email: EMAIL,
        as: "lead",
        candidates: [
          { id: guid(1), entity: "contact", name: "A. Lee", key: EMAIL },
          { id: guid(2), entity: "contact", name: "Ann Lea" },
        ],
      },
    ]);
    await world.untilQuiet();
    expect(await world.sync(ann)).toBe("waiting");
    expect(await told(world, "refused")).toMatchObject([{ code: "several_matches" }]);
  });

  test("and the person says that it is a new one", async () => {
    const { world, ann, match } = await undecided();
    expect(await decideMatch(world.database, { id: match, record: null })).toBe("queued");
    await world.untilQuiet();
    expect(await world.person(ann)).toMatchObject({ crm_type: "lead" });
    expect(created(world)).toBe(1);
    expect(await decideMatch(world.database, { id: match, record: null })).toBeNull();
  });

  test("and the person says which one it is: their rows become one", async () => {
    const { world, ann, match } = await undecided();
    await world.edit(ann, { job_title: "CEO" });
    expect(await decideMatch(world.database, { id: match, record: guid(2) })).toBe("merged");
    await world.untilQuiet();
    const people = await world.table<{ crm_id: string; last_name: string; job_title: string | null }>(
      "people",
    );
    expect(people).toMatchObject([
      { crm_id: guid(1), job_title: null },
      { crm_id: guid(2), last_name: "Lea", job_title: "CEO" },
    ]);
    expect(world.source.records("contact").get(guid(2))?.fields).toMatchObject({ jobtitle: "CEO" });
    expect(await told(world, "merged")).toHaveLength(1);
    expect(created(world)).toBe(0);
    await expect(world.person(ann)).rejects.toThrow("there is no row");
  });

  test("and the person names one that is not among them", async () => {
    const { world, match } = await undecided();
    expect(await decideMatch(world.database, { id: match, record: guid(9) })).toBe("no candidate");
  });

  test("and the e-mail was a mistake: when it is corrected, the person is made", async () => {
    const { world, ann } = await undecided();
    await world.edit(ann, { email: "ann.lee@example.com" });
    await world.untilQuiet();
    expect(await world.person(ann)).toMatchObject({ crm_type: "lead" });
  });
});

describe("a record that was chosen", () => {
  async function chosen(): Promise<{ world: PeopleWorld; ann: string }> {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann);
    await world.rows(
      "update sync_requests set decided = 'with', chosen_id = $1, chosen_entity = 'contact' where row_id = $2",
      [guid(1), ann],
    );
    return { world, ann };
  }

  test("and is nobody's is linked, whatever its e-mail", async () => {
    const { world, ann } = await chosen();
    world.source.put("contact", 1, { emailaddress1: "other@example.com", firstname: "Anna" });
    await cycleBlind(world);
    expect(await world.person(ann)).toMatchObject({ crm_id: guid(1), crm_type: "contact" });
    expect(await world.table("people")).toHaveLength(1);
  });

  test("but is somebody's by now waits again", async () => {
    const { world, ann } = await chosen();
    const bob = await world.add({ last_name: "Ray" });
    world.source.put("contact", 1, { lastname: "Ray" });
    await world.rows("update marketing.people set crm_id = $1, crm_type = 'contact' where id = $2", [
      guid(1),
      bob,
    ]);
    await cycleBlind(world);
    expect(await world.request(ann)).toMatchObject({
      state: "waiting",
      candidates: [{ id: guid(1), rowId: bob }],
    });
  });

  test("but is gone by now is told", async () => {
    const { world, ann } = await chosen();
    await cycleBlind(world);
    expect(await world.request(ann)).toMatchObject({ state: "parked", code: "record_gone" });
    expect(await world.sync(ann)).toBe("queued");
    await world.untilQuiet();
    expect(await world.person(ann)).toMatchObject({ crm_type: "lead" });
  });
});
