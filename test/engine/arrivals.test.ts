/**
 * The first pull, and every later one, finds people that marketing has already: they are linked, not doubled.
 */
import { describe, expect, test } from "vitest";
import { decideMatch, listMatches } from "../../src/store/request-desk.ts";
import { guid } from "../support/entity.ts";
import type { PeopleWorld } from "./create-scene.ts";
import { ANN, openPeople } from "./create-scene.ts";
import { pendingChanges, told } from "./edits.ts";

const EMAIL = "ann@example.com";

const matches = (world: PeopleWorld) => listMatches(world.database.pool, world.database.workspace);

/** A workspace that was connected and has not read a record, with people of its own. */
async function beforeFirstPull(
  people: readonly object[] = [ANN],
): Promise<{ world: PeopleWorld; ids: string[] }> {
  const world = await openPeople();
  await world.rows("update entities set position = null, complete = false");
  world.restart();
  const ids: string[] = [];
  for (const person of people) ids.push(await world.add(person as Record<string, string>));
  return { world, ids };
}

describe("at the first pull", () => {
  test.each(["contact", "lead"] as const)("a %s is the person with its e-mail (P33)", async (entity) => {
    const { world, ids } = await beforeFirstPull([{ ...ANN, job_title: "CEO" }]);
    world.source.put(entity, 1, { emailaddress1: "Ann@Example.com", firstname: "Anna", lastname: "Lee" });
    world.source.put(entity, 2, { emailaddress1: "bob@example.com", lastname: "Ray" });
    await world.untilQuiet();
    const [ann] = ids;
    expect(await world.person(ann ?? "")).toMatchObject({
      crm_id: guid(1),
      crm_type: entity,
      job_title: "CEO",
    });
    expect(await world.table("people")).toHaveLength(2);
    expect(world.source.records(entity).get(guid(1))?.fields).toMatchObject({ jobtitle: "CEO" });
    expect(await pendingChanges(world)).toEqual([]);
    expect(await told(world, "linked")).toHaveLength(1);
    expect(world.sink.writes.every(({ kind }) => kind === "update")).toBe(true);
  });

  test("everybody is matched, whatever the size of a page", async () => {
    const people = Array.from({ length: 7 }, (_, at) => ({
      last_name: `L${at}`,
      email: `p${at}@example.com`,
    }));
    const { world } = await beforeFirstPull(people);
    for (const [at, { email, last_name }] of people.entries()) {
      world.source.put(at % 2 === 0 ? "contact" : "lead", at + 1, {
        emailaddress1: email,
        lastname: last_name,
      });
    }
    await world.untilQuiet();
    expect(await world.table("people")).toHaveLength(7);
    expect(await world.rows("select from marketing.people where crm_id is null")).toEqual([]);
    expect((await world.stored("contact")).rows + (await world.stored("lead")).rows).toBe(7);
  });

  test("the contact is the person where a lead has the same e-mail, whichever is read first", async () => {
    const { world, ids } = await beforeFirstPull();
    world.source.put("lead", 1, { emailaddress1: EMAIL, lastname: "Lee" });
    world.source.put("contact", 2, { emailaddress1: EMAIL, lastname: "Lee" });
    await world.cycle({ entities: ["lead", "contact"] });
    expect(await world.person(ids[0] ?? "")).toMatchObject({ crm_id: guid(2), crm_type: "contact" });
    expect(await world.table("people")).toHaveLength(2);
  });

  test.each([
    ["contacts", "of the same e-mail", ["contact", "lead"], EMAIL],
    ["leads", "of the same e-mail", ["lead", "contact"], EMAIL],
    ["contacts", "without an e-mail", ["contact", "lead"], null],
    ["leads", "without an e-mail", ["lead", "contact"], null],
  ])(
    "a contact that was a lead is the person, when %s are read first and the lead is one %s",
    async (...given) => {
      const [, , entities, emailaddress1] = given;
      const { world, ids } = await beforeFirstPull([{ ...ANN, job_title: "CEO" }]);
      const lead = { emailaddress1, lastname: "Lee", statecode: 1, _parentcontactid_value: guid(2) };
      world.source.put("lead", 1, lead);
      world.source.put("contact", 2, {
        emailaddress1: EMAIL,
        lastname: "Lee",
        _originatingleadid_value: guid(1),
      });
      await world.cycle({ entities });
      await world.untilQuiet();
      expect(await world.table("people")).toHaveLength(1);
      expect(await world.person(ids[0] ?? "")).toMatchObject({
        crm_id: guid(2),
        crm_type: "contact",
        job_title: "CEO",
      });
      expect(world.contacts()[0]?.fields).toMatchObject({ jobtitle: "CEO" });
      expect(await pendingChanges(world)).toEqual([]);
    },
  );

  test("a page that is told again after a crash changes nothing", async () => {
    const { world, ids } = await beforeFirstPull();
    world.source.put("contact", 1, { emailaddress1: EMAIL, lastname: "Lee" });
    world.faults = {
      beforeApply: () => {
        throw new Error("killed");
      },
    };
    await expect(world.cycle()).rejects.toThrow("killed");
    world.faults = {};
    world.restart();
    await world.untilQuiet();
    expect(await world.person(ids[0] ?? "")).toMatchObject({ crm_id: guid(1) });
    expect(await world.table("people")).toHaveLength(1);
    expect(await told(world, "linked")).toHaveLength(1);
  });

  test("matching that is off makes everybody anew, as the native sync does", async () => {
    const { world, ids } = await beforeFirstPull();
    world.source.put("contact", 1, { emailaddress1: EMAIL });
    await world.cycle({ people: { ...world.settings.people, matchBy: [] } });
    expect(await world.table("people")).toHaveLength(2);
    expect(await world.person(ids[0] ?? "")).toMatchObject({ crm_id: null });
    expect(world.sink.searched).toEqual([]);
  });

  test("costs nothing where marketing has nobody of its own", async () => {
    const { world } = await beforeFirstPull([]);
    world.source.put("contact", 1, { emailaddress1: EMAIL });
    await world.cycle();
    expect(world.sink.searched).toEqual([]);
    expect(await world.table("people")).toHaveLength(1);
  });
});

describe("who is not certain", () => {
  test.each([
    ["two records", [ANN], [1, 2], 3],
    ["two people", [ANN, { ...ANN, first_name: "Anna" }], [1], 3],
  ])(
    "since %s have the e-mail: the record is kept, and the pair waits for a person (P8)",
    async (...given) => {
      const [, people, records, rows] = given;
      const { world, ids } = await beforeFirstPull(people);
      for (const id of records) world.source.put("contact", id, { emailaddress1: EMAIL, lastname: "Lee" });
      await world.untilQuiet();
      expect(await world.table("people")).toHaveLength(rows);
      expect(await world.rows("select id from marketing.people where crm_id is null order by id")).toEqual(
        ids.map((id) => ({ id })),
      );
      const open = await matches(world);
      expect(open.map(({ person, as }) => [person, as])).toEqual(ids.map((id) => [id, null]));
      for (const { candidates } of open) {
        expect(candidates.map(({ id }) => id).toSorted()).toEqual(records.map((id) => guid(id)));
      }
    },
  );

  test("is settled by a person: the two rows are one, or stay apart", async () => {
    const { world, ids } = await beforeFirstPull([
      { ...ANN, job_title: "CEO" },
      { ...ANN, first_name: "Anna" },
    ]);
    world.source.put("contact", 1, { emailaddress1: EMAIL, lastname: "Lee" });
    await world.untilQuiet();
    const [first, second] = await matches(world);
    expect(await decideMatch(world.database, { id: first?.id ?? "", record: guid(1) })).toBe("merged");
    expect(await decideMatch(world.database, { id: second?.id ?? "", record: null })).toBe("kept apart");
    await world.untilQuiet();
    expect(await world.table("people")).toMatchObject([
      { crm_id: guid(1), job_title: "CEO" },
      { id: ids[1], crm_id: null, first_name: "Anna" },
    ]);
    expect(world.source.records("contact").get(guid(1))?.fields).toMatchObject({ jobtitle: "CEO" });
    expect(await matches(world)).toEqual([]);
    expect(world.sink.writes.every(({ kind }) => kind === "update")).toBe(true);
  });

  test("since somebody linked has the e-mail as well", async () => {
    const { world } = await beforeFirstPull([]);
    world.source.put("contact", 1, { emailaddress1: EMAIL });
    await world.untilQuiet();
    const ann = await world.add();
    world.source.put("contact", 2, { emailaddress1: EMAIL });
    await world.untilQuiet();
    expect(await world.person(ann)).toMatchObject({ crm_id: null });
    expect(await matches(world)).toMatchObject([{ person: ann }]);
  });
});

describe("later on", () => {
  test("a record that a seller makes is the person of marketing with its e-mail", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.untilQuiet();
    world.source.put("lead", 1, { emailaddress1: EMAIL, lastname: "Lee" });
    await world.untilQuiet();
    expect(await world.person(ann)).toMatchObject({ crm_id: guid(1) });
    expect(await world.table("people")).toHaveLength(1);
  });

  test.each([
    ["is left out by the sync filter", { new_synctomkto: false }, 0],
    ["is inactive", { statecode: 1 }, 1],
    ["has no e-mail", { emailaddress1: null }, 1],
  ])("a record that %s is nobody's match", async (_, facts, rows) => {
    const world = await openPeople();
    const ann = await world.add();
    world.source.put("contact", 1, { emailaddress1: EMAIL, lastname: "Lee", ...facts });
    await world.untilQuiet();
    expect(await world.person(ann)).toMatchObject({ crm_id: null });
    expect(await world.rows("select from marketing.people where crm_id is not null")).toHaveLength(rows);
  });

  test("a person whose row refuses the record's values does not hold up the page", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.rows("alter table marketing.people add check (first_name <> 'Bad')");
    world.source.put("contact", 1, { emailaddress1: EMAIL, firstname: "Bad" });
    world.source.put("contact", 2, { emailaddress1: "bob@example.com" });
    await world.cycle();
    expect(await world.person(ann)).toMatchObject({ crm_id: null });
    expect(await world.rows("select crm_id from marketing.people where crm_id is not null")).toEqual([
      { crm_id: guid(2) },
    ]);
    expect(await world.rows("select crm_id from parked")).toEqual([{ crm_id: guid(1) }]);
  });
});

describe("a preview", () => {
  test("counts whom matching would link, and whom somebody must decide about, and writes nothing", async () => {
    const { world } = await beforeFirstPull([
      ANN,
      { last_name: "Ray", email: "bob@example.com" },
      { last_name: "Doe", email: "twin@example.com" },
      { last_name: "Roe", email: "TWIN@example.com" },
      { last_name: "Poe", email: "poe@example.com" },
      { last_name: "Nil" },
    ]);
    world.source.put("contact", 1, { emailaddress1: "Ann@example.com" });
    world.source.put("lead", 2, { emailaddress1: "bob@example.com" });
    world.source.put("lead", 3, { emailaddress1: "bob@example.com" });
    world.source.put("contact", 4, { emailaddress1: "twin@example.com" });
    world.source.put("contact", 5, { emailaddress1: "poe@example.com", new_synctomkto: false });
    const before = await world.rows("select * from marketing.people order by id");
    const committed = world.committed.length;
    expect(await world.preview()).toEqual({
      matchBy: ["email"],
      people: 6,
      certain: 1,
      undecided: 3,
      alone: 2,
    });
    expect(await world.rows("select * from marketing.people order by id")).toEqual(before);
    expect(await world.rows("select from sync_requests")).toEqual([]);
    expect(world.committed).toHaveLength(committed);
    await world.untilQuiet();
    expect(await world.preview()).toEqual({
      matchBy: ["email"],
      people: 5,
      certain: 0,
      undecided: 3,
      alone: 2,
    });
  });

  test("says so when nobody is matched", async () => {
    const { world } = await beforeFirstPull();
    expect(await world.preview({ matchBy: [] })).toEqual({
      matchBy: [],
      people: 1,
      certain: 0,
      undecided: 0,
      alone: 1,
    });
    await expect(world.preview({ matchBy: ["emial"] })).rejects.toThrow("emial");
  });
});
