/**
 * A process that ends in the middle of making a person, at every step of it, and what may happen before the next one
 * begins: nobody is made twice, and no edit is lost.
 */
import { describe, expect, test } from "vitest";
import type { PeopleWorld } from "./create-scene.ts";
import { ANN, openPeople, shared } from "./create-scene.ts";
import { pendingChanges } from "./edits.ts";
import type { PersonStep } from "./world.ts";

class Killed extends Error {}

function die(): never {
  throw new Killed("killed");
}

const around =
  (step: PersonStep, when: "before" | "after") =>
  (world: PeopleWorld): void => {
    world.faults = { person: (...at) => (at.join() === [step, when].join() ? die() : undefined) };
  };

type End = (world: PeopleWorld) => void;

/** Ways to end a process, by where it is. */
const ENDS: Readonly<Record<string, End>> = {
  "before what is sent is noted": around("noteCreating", "before"),
  "after what is sent was noted": around("noteCreating", "after"),
  "before the request arrives": (world) => (world.sink.before = die),
  "after the request took effect": (world) => (world.sink.after = die),
  "before the person is linked": around("linkPeople", "before"),
  "after the person was linked": around("linkPeople", "after"),
};

const QUALIFYING: Readonly<Record<string, End>> = {
  "after the lead was qualified": (world) => (world.sink.afterQualify = die),
  "before what the contact lacks is noted": around("oweFirst", "before"),
  "after what the contact lacks was noted": around("oweFirst", "after"),
  "before the contact takes over the row": around("applyRecords", "before"),
  "after the contact took over the row": around("applyRecords", "after"),
  "before the request is over": around("settleRequests", "before"),
  "after the request was over": around("settleRequests", "after"),
};

interface Meanwhile {
  readonly happens: (world: PeopleWorld, person: string) => Promise<unknown>;
  readonly firstName: string | null;
}

/** What happens while no process runs. */
const MEANWHILE: Readonly<Record<string, Meanwhile>> = {
  nothing: { happens: async () => undefined, firstName: "Ann" },
  "marketing edits the person": {
    happens: (world, person) => world.edit(person, { first_name: "Anna" }),
    firstName: "Anna",
  },
  "marketing clears a value": {
    happens: (world, person) => world.edit(person, { first_name: null }),
    firstName: null,
  },
};

async function revive(world: PeopleWorld): Promise<void> {
  world.faults = {};
  world.sink.before = () => undefined;
  world.sink.after = () => undefined;
  world.sink.afterQualify = () => undefined;
  world.restart();
  await world.untilQuiet();
}

async function expectOne(world: PeopleWorld, person: string, as: "lead" | "contact"): Promise<void> {
  const record = as === "lead" ? world.leads()[0] : world.contacts()[0];
  expect([world.leads().length, world.contacts().length]).toEqual([1, as === "lead" ? 0 : 1]);
  const row = await world.person(person);
  expect(row).toMatchObject({ crm_id: record?.id, crm_type: as });
  expect(record === undefined ? undefined : shared(record)).toEqual({
    firstname: row.first_name,
    lastname: row.last_name,
    emailaddress1: row.email,
  });
  expect(await world.table("people")).toHaveLength(1);
  expect(await pendingChanges(world)).toEqual([]);
  expect(await world.request(person)).toMatchObject({ state: "done" });
  const batches = world.sink.asked.length;
  await world.cycle();
  expect(world.sink.asked).toHaveLength(batches);
}

async function asked(as: "lead" | "contact"): Promise<{ own: PeopleWorld; person: string }> {
  const own = await openPeople();
  const person = await own.add({ ...ANN, job_title: "CEO" });
  await own.sync(person, as);
  return { own, person };
}

describe.each(Object.keys(ENDS))("a process that ends %s", (when) => {
  test.each(Object.keys(MEANWHILE))("makes one lead and loses nothing when %s meanwhile", async (what) => {
    const { own, person } = await asked("lead");
    ENDS[when]?.(own);
    await expect(own.cycle()).rejects.toThrow(Killed);
    await MEANWHILE[what]?.happens(own, person);
    await revive(own);
    await expectOne(own, person, "lead");
    expect(await own.person(person)).toMatchObject({
      first_name: MEANWHILE[what]?.firstName,
      job_title: "CEO",
    });
  });
});

describe.each(Object.keys({ ...ENDS, ...QUALIFYING }))("as a contact, a process that ends %s", (when) => {
  test.each(Object.keys(MEANWHILE))("makes one contact and loses nothing when %s meanwhile", async (what) => {
    const { own, person } = await asked("contact");
    ({ ...ENDS, ...QUALIFYING })[when]?.(own);
    await expect(own.cycle()).rejects.toThrow(Killed);
    await MEANWHILE[what]?.happens(own, person);
    await revive(own);
    await expectOne(own, person, "contact");
    expect(await own.person(person)).toMatchObject({
      first_name: MEANWHILE[what]?.firstName,
      job_title: "CEO",
    });
  });
});

describe("a record that arrived unheard", () => {
  test("is not taken for a new person when the feed tells it first", async () => {
    const { own, person } = await asked("lead");
    own.sink.after = die;
    await expect(own.cycle()).rejects.toThrow(Killed);
    own.sink.after = () => undefined;
    // The next process cannot look it up yet, but reads the feed.
    await own.rows("update sync_requests set retry_at = now() + interval '1 hour'");
    own.restart();
    await own.cycle();
    expect(await own.table("people")).toHaveLength(1);
    expect(await own.person(person)).toMatchObject({ crm_id: null });
    await revive(own);
    await expectOne(own, person, "lead");
  });

  test("does not come back to life when the person was deleted meanwhile (P9)", async () => {
    const { own, person } = await asked("lead");
    own.sink.after = die;
    await expect(own.cycle()).rejects.toThrow(Killed);
    await own.rows("delete from marketing.people where id = $1", [person]);
    await revive(own);
    expect(await own.table("people")).toEqual([]);
    expect(own.leads()).toHaveLength(1);
  });

  test.each([
    ["made", false],
    ["found", true],
  ])(
    "and was %s does not come back to life when the person is deleted before the feed tells it (P9)",
    async (_, there) => {
      const { own, person } = await asked("lead");
      if (there) own.source.put("lead", 1, { emailaddress1: ANN.email, lastname: "Lee" });
      own.faults = {
        person: async (step, when) => {
          if (step !== "linkPeople" || when !== "after") return;
          await own.rows("delete from marketing.people where id = $1", [person]);
        },
      };
      await own.cycle();
      await revive(own);
      expect(await own.table("people")).toEqual([]);
      expect(own.leads()).toHaveLength(1);
    },
  );

  test("under an id that two tries were made with is one record, with what was noted", async () => {
    const { own, person } = await asked("contact");
    const direct = { people: { ...own.settings.people, contactsBy: "direct" as const } };
    own.sink.before = die;
    await expect(own.cycle(direct)).rejects.toThrow(Killed);
    await own.edit(person, { first_name: "Anna" });
    own.sink.before = () => undefined;
    own.restart();
    await own.cycle(direct);
    const creations = own.sink.writes.filter(({ kind }) => kind === "create");
    expect(creations).toHaveLength(2);
    expect(creations[1]).toEqual(creations[0]);
    await own.untilQuiet();
    expect(own.contacts().map(shared)).toMatchObject([{ firstname: "Anna" }]);
  });
});
