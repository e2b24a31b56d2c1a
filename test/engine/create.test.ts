/**
 * People of marketing that are asked for are made in Dynamics.
 */
import { describe, expect, test } from "vitest";
import { SyncError } from "../../src/core/errors.ts";
import type { Outcome } from "../../src/core/sink-port.ts";
import { guid } from "../support/entity.ts";
import { ANN, openPeople, passTime, shared } from "./create-scene.ts";
import type { PeopleWorld } from "./create-scene.ts";
import { pendingChanges, told } from "./edits.ts";

const ANN_THERE = { emailaddress1: "ann@example.com", firstname: "Ann", lastname: "Lee" };

describe("a person who is asked for as a lead", () => {
  test("becomes one, and only when asked for", async () => {
    const world = await openPeople();
    const [ann, bob] = [await world.add(), await world.add({ last_name: "Ray" })];
    await world.untilQuiet();
    expect(world.sink.asked).toEqual([]);
    expect(await world.sync(ann)).toBe("queued");
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { pushed: 1, refused: 0 } });
    const [lead] = world.leads();
    expect(lead?.fields).toMatchObject(ANN_THERE);
    expect(world.sink.writes).toEqual([
      {
        kind: "create",
        id: lead?.id,
        guard: null,
        values: Object.entries({ ...ANN_THERE, new_synctomkto: true }).map(([property, value]) => ({
          kind: "value",
          property,
          value,
        })),
      },
    ]);
    expect(await world.person(ann)).toMatchObject({ crm_id: lead?.id, crm_type: "lead", ...ANN });
    expect(await world.person(bob)).toMatchObject({ crm_id: null });
    expect(await world.request(ann)).toMatchObject({ state: "done", outcome: "created", crm_id: lead?.id });
    expect(await told(world, "created-in-dynamics")).toHaveLength(1);
  });

  test("is left in peace from then on: a further cycle writes nothing, and the feed makes nobody twice", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann);
    await world.untilQuiet();
    const [asked, committed] = [world.sink.asked.length, world.committed.length];
    await world.cycle();
    expect([world.sink.asked.length, world.committed.length]).toEqual([asked, committed]);
    expect(await world.table("people")).toHaveLength(1);
    expect(await world.sync(ann)).toBe("already linked");
    await world.cycle();
    expect(world.leads()).toHaveLength(1);
  });

  test("whose record is deleted in Dynamics before leads were ever read is flagged all the same", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann);
    world.source.put("lead", 9, { lastname: "Elsewhere" });
    await world.cycle();
    const [made] = world.leads().filter(({ fields }) => fields["lastname"] === ANN.last_name);
    expect(await world.person(ann)).toMatchObject({ crm_id: made?.id, crm_deleted: false });
    // As if the process had ended right after the record was made.
    await world.rows("update entities set position = null, complete = false where name = 'lead'");
    world.source.remove("lead", made?.id ?? "");
    world.restart();
    await world.untilQuiet();
    expect(await world.person(ann)).toMatchObject({ crm_deleted: true });
    expect(await world.table("people")).toHaveLength(2);
  });

  test("keeps an edit made while the answer was on its way; it is pushed", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann);
    world.sink.after = async () => {
      world.sink.after = () => undefined;
      await world.edit(ann, { last_name: "Ray", job_title: "CEO", first_name: null });
    };
    await world.untilQuiet();
    const [lead] = world.leads();
    expect(lead?.fields).toMatchObject({ firstname: null, lastname: "Ray", jobtitle: "CEO" });
    expect(await world.person(ann)).toMatchObject({ first_name: null, last_name: "Ray", job_title: "CEO" });
    expect(await pendingChanges(world)).toEqual([]);
  });

  test("takes what Dynamics made of a value", async () => {
    const world = await openPeople();
    const ann = await world.add();
    world.sink.normalise = (fields) => ({ ...fields, lastname: "LEE", jobtitle: "None" });
    await world.sync(ann);
    await world.untilQuiet();
    expect(await world.person(ann)).toMatchObject({ last_name: "LEE", job_title: "None", first_name: "Ann" });
    expect(world.sink.asked).toHaveLength(1);
  });

  test.each([
    ["whose answer told no version", (world: PeopleWorld) => void (world.sink.silent = true)],
    [
      "whose id was taken by an earlier try",
      async (world: PeopleWorld, ann: string) => {
        const { crm_id } = await world.request(ann);
        world.source.put("lead", crm_id, ANN_THERE);
      },
    ],
  ])("%s is looked up and linked", async (_, happens) => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann);
    await happens(world, ann);
    await world.cycle({ people: { ...world.settings.people, matchBy: [] } });
    expect(await world.person(ann)).toMatchObject({ crm_id: (await world.request(ann)).crm_id });
    await world.untilQuiet();
    expect(world.leads()).toHaveLength(1);
    expect(await world.table("people")).toHaveLength(1);
  });

  test("is owned by the user that was named", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.rows("select marketing.sync_person($1, 'lead', $2)", [ann, guid(77)]);
    await world.cycle();
    expect(world.leads()[0]?.fields).toMatchObject({ _ownerid_value: guid(77) });
  });

  test.each(["lead", "contact"] as const)(
    "as a %s takes part, though new records are left out by default",
    async (as) => {
      const world = await openPeople();
      const ann = await world.add();
      world.sink.normalise = (fields) => ({ new_synctomkto: false, ...fields });
      world.sink.afterQualify = () => {
        world.source.put("contact", world.contacts()[0]?.id ?? "", { new_synctomkto: false });
      };
      await world.sync(ann, as);
      await world.untilQuiet();
      expect(await world.person(ann)).toMatchObject({ crm_type: as });
      expect(await told(world, "unlinked")).toEqual([]);
      world.source.put(as, (await world.person(ann)).crm_id ?? "", { jobtitle: "CEO" });
      await world.untilQuiet();
      expect(await world.person(ann)).toMatchObject({ job_title: "CEO" });
    },
  );

  test("is made anew when Dynamics has deleted the record", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann);
    await world.untilQuiet();
    const before = (await world.person(ann)).crm_id ?? "";
    world.source.remove("lead", before);
    await world.untilQuiet();
    await world.edit(ann, { job_title: "CEO" });
    expect(await world.sync(ann)).toBe("queued");
    await world.untilQuiet();
    const [lead, ...others] = world.leads();
    expect(others).toEqual([]);
    expect(lead?.id).not.toBe(before);
    expect(lead?.fields).toMatchObject({ ...ANN_THERE, jobtitle: "CEO" });
    expect(await world.person(ann)).toMatchObject({ crm_id: lead?.id, job_title: "CEO" });
    expect(await world.table("people")).toHaveLength(1);
    expect(await pendingChanges(world)).toEqual([]);
  });

  test("who was deleted in marketing while being made does not come back to life (P9)", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann);
    world.sink.after = async () => {
      await world.rows("delete from marketing.people where id = $1", [ann]);
    };
    await world.untilQuiet();
    expect(world.leads()).toHaveLength(1);
    expect(await world.table("people")).toEqual([]);
    expect(await world.request(ann)).toMatchObject({ state: "done", outcome: "gone" });
  });
});

describe("a request that cannot be carried out", () => {
  test("names the field that is missing, sends nothing, and goes on when it is filled in", async () => {
    const world = await openPeople();
    const ann = await world.add({ email: "ann@example.com" });
    await world.sync(ann);
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { pushed: 0, refused: 1 } });
    expect(await world.request(ann)).toMatchObject({
      state: "parked",
      code: "value_invalid",
      field: "last_name",
      detail: "Last Name is required in Dynamics and cannot be left blank.",
    });
    expect(await world.cycle()).toMatchObject({ counts: { refused: 0 } });
    expect(world.sink.asked).toEqual([]);
    await world.edit(ann, { last_name: "Lee" });
    await world.cycle();
    expect(await world.person(ann)).toMatchObject({ crm_type: "lead" });
    expect(await told(world, "refused")).toHaveLength(1);
  });

  test("blocks nobody else (P13)", async () => {
    const world = await openPeople();
    const [ann, bob] = [await world.add({ first_name: "Ann" }), await world.add({ last_name: "Ray" })];
    await world.sync(ann);
    await world.sync(bob);
    await world.cycle();
    expect(world.leads().map(({ fields }) => fields["lastname"])).toEqual(["Ray"]);
  });

  test("is parked with what Dynamics says, and tried again when asked again", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann);
    const { crm_id: id } = await world.request(ann);
    const refused: Outcome = {
      kind: "refused",
      code: "duplicate_in_dynamics",
      detail: "A record like it is there.",
      field: "emailaddress1",
    };
    world.sink.answers.set(id, refused);
    await world.cycle();
    expect(await world.request(ann)).toMatchObject({
      state: "parked",
      code: "duplicate_in_dynamics",
      field: "email",
      detail: "A record like it is there.",
    });
    world.sink.answers.clear();
    await world.cycle();
    expect(world.leads()).toEqual([]);
    expect(await world.sync(ann)).toBe("queued");
    await world.cycle();
    expect(world.leads()).toHaveLength(1);
  });

  test.each<[string, Outcome]>([
    ["Dynamics is busy", { kind: "later", code: "throttled", afterMs: 60_000, detail: "Later." }],
    ["a right is missing", { kind: "refused", code: "write_permission_missing", detail: "No.", field: null }],
  ])("waits while %s, is shown, and goes on by itself", async (_, outcome) => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann);
    const { crm_id: id } = await world.request(ann);
    world.sink.answers.set(id, outcome);
    const code = "code" in outcome ? outcome.code : "";
    expect(await world.cycle()).toMatchObject({ outcome: "partial", troubles: [{ entity: "lead", code }] });
    expect(await world.request(ann)).toMatchObject({ state: "queued", code });
    expect(await world.entityStatus("lead")).toMatchObject({ trouble: { code } });
    world.sink.answers.clear();
    await world.cycle();
    expect(world.leads()).toEqual([]);
    expect(await world.entityStatus("lead")).toMatchObject({ trouble: { code } });
    await passTime(world);
    expect(await world.cycle()).toMatchObject({ outcome: "done" });
    expect(world.leads()).toHaveLength(1);
    await world.cycle();
    expect(await world.entityStatus("lead")).toMatchObject({ trouble: null });
  });

  test("waits while nobody can be looked for: nobody is made twice by a misspelt setting", async () => {
    const world = await openPeople();
    const ann = await world.add();
    const people = { ...world.settings.people, matchBy: ["emial"] };
    expect(await world.cycle({ people })).toMatchObject({ outcome: "done" });
    await world.sync(ann);
    expect(await world.cycle({ people })).toMatchObject({
      outcome: "partial",
      troubles: [{ code: "configuration_invalid", message: expect.stringContaining("emial") as string }],
    });
    expect(world.leads()).toEqual([]);
  });
});

describe("a person who is asked for as a contact", () => {
  test("is made as one where the settings say so", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann, "contact");
    await world.cycle({ people: { ...world.settings.people, contactsBy: "direct" } });
    expect(world.leads()).toEqual([]);
    expect(world.contacts().map(shared)).toEqual([ANN_THERE]);
    expect(await world.person(ann)).toMatchObject({ crm_id: world.contacts()[0]?.id, crm_type: "contact" });
  });

  test("is a lead that is qualified without an account, and one person throughout", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann, "contact");
    await world.cycle();
    const [contact] = world.contacts();
    expect(contact?.fields).toMatchObject({ ...ANN_THERE, _originatingleadid_value: world.leads()[0]?.id });
    expect(world.leads()[0]?.fields).toMatchObject({ statecode: 1 });
    expect(await world.person(ann)).toMatchObject({ ...ANN, crm_id: contact?.id, crm_type: "contact" });
    expect(await world.request(ann)).toMatchObject({ state: "done", outcome: "created" });
    await world.untilQuiet();
    expect(await world.table("people")).toHaveLength(1);
    expect(world.contacts()).toHaveLength(1);
  });

  test("loses nothing that Dynamics does not take over from the lead, least of all an opt-out", async () => {
    const world = await openPeople();
    const ann = await world.add({ ...ANN, job_title: "CEO", unsubscribed: "true" });
    world.sink.inherited = new Set(["lastname"]);
    world.sink.afterQualify = () => {
      const [contact] = world.contacts();
      world.source.put("contact", contact?.id ?? "", { donotbulkemail: false });
    };
    await world.sync(ann, "contact");
    await world.untilQuiet();
    expect(await world.person(ann)).toMatchObject({ ...ANN, job_title: "CEO", unsubscribed: true });
    expect(world.contacts()[0]?.fields).toMatchObject({
      ...ANN_THERE,
      jobtitle: "CEO",
      donotbulkemail: true,
    });
    expect(await pendingChanges(world)).toEqual([]);
  });

  test("stays a lead where it cannot be qualified, and the history says why", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann, "contact");
    world.sink.unqualifiable = new SyncError("refused", "The action is not known.", { entity: "lead" });
    await world.cycle();
    expect(await world.person(ann)).toMatchObject({ crm_type: "lead", crm_id: world.leads()[0]?.id });
    expect(await told(world, "refused")).toMatchObject([{ code: "refused" }]);
    await world.untilQuiet();
    expect(await world.request(ann)).toMatchObject({ state: "done", outcome: "already-linked" });
    expect(world.leads()).toHaveLength(1);
  });

  test("waits while qualifying is not possible for the moment", async () => {
    const world = await openPeople();
    const ann = await world.add();
    await world.sync(ann, "contact");
    world.sink.unqualifiable = new SyncError("unavailable", "Later.", { entity: "lead" });
    expect(await world.cycle()).toMatchObject({ outcome: "partial", troubles: [{ entity: "lead" }] });
    expect(await world.request(ann)).toMatchObject({ state: "qualifying", code: "unavailable" });
    world.sink.unqualifiable = null;
    await world.untilQuiet();
    expect(await world.person(ann)).toMatchObject({ crm_type: "contact" });
    expect([world.leads().length, world.contacts().length]).toEqual([1, 1]);
  });
});
