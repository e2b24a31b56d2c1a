import { describe, expect, test } from "vitest";
import { changeFields, sampledFields } from "../../src/app/field-switches.ts";
import type { Attribute, AttributeType } from "../../src/core/organization.ts";
import { listFields } from "../../src/store/fields.ts";
import { attribute, entity } from "../support/entity.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const HOUR = 3_600_000;

function person(kind: "contact" | "lead", ...further: readonly Attribute[]) {
  return entity(kind, [attribute("firstname", "String"), attribute("lastname", "String"), ...further]);
}

/** A contact and a lead that have a score, of the given types; both are on. */
async function scored(contactType: AttributeType, leadType: AttributeType): Promise<World> {
  const world = await openWorld(
    person("contact", attribute("new_score", contactType, { label: "Score" })),
    person("lead", attribute("new_score", leadType, { label: "Points" })),
  );
  await world.cycle();
  for (const kind of ["contact", "lead"]) {
    await changeFields(world.database, { entity: kind, on: ["new_score"] });
  }
  const value = (type: AttributeType): string | number => (type === "Integer" ? 7 : "seven");
  world.source.put("contact", 1, { firstname: "C", new_score: value(contactType) });
  world.source.put("lead", 2, { firstname: "L", new_score: value(leadType) });
  await world.cycle();
  await world.cycle();
  return world;
}

async function columnOf(world: World, kind: string): Promise<string> {
  const fields = await listFields(world.database, kind);
  return fields.find((field) => field.attribute === "new_score")?.column ?? "";
}

describe("the same attribute of lead and contact", () => {
  test("is one column whatever its labels", async () => {
    const world = await scored("Integer", "Integer");
    expect(await columnOf(world, "contact")).toBe("new_score");
    expect(await columnOf(world, "lead")).toBe("new_score");
    expect(await world.table<{ new_score: number }>("people")).toMatchObject([
      { new_score: 7 },
      { new_score: 7 },
    ]);
  });

  test("of two types has two columns, and both types are shown", async () => {
    const world = await scored("String", "Integer");
    const lead = (await listFields(world.database, "lead")).find((one) => one.attribute === "new_score");
    expect(lead).toMatchObject({
      column: "new_score_lead",
      setAside: null,
      clash: { needs: "integer", has: "text", other: "contact" },
    });
    expect(await world.table("people")).toMatchObject([
      { new_score: "seven", new_score_lead: null },
      { new_score: null, new_score_lead: 7 },
    ]);
  });

  test("lives in one text column by choice, and goes on following Dynamics", async () => {
    const world = await scored("String", "Integer");
    const columns = new Map([["new_score", "new_score"]]);
    await expect(changeFields(world.database, { entity: "lead", columns })).rejects.toThrow(
      "The column people.new_score holds new_score of contact, as text; the values of new_score need integer.",
    );
    await changeFields(world.database, { entity: "lead", columns, asText: ["new_score"] });
    await world.cycle();
    await world.cycle();
    expect(await world.table("people")).toMatchObject([{ new_score: "seven" }, { new_score: "7" }]);
    world.source.put("lead", 2, { new_score: 8 });
    await world.cycle();
    expect(await world.table("people")).toMatchObject([{ new_score: "seven" }, { new_score: "8" }]);
    // Nothing of it comes back with the next description.
    world.clock.now += 2 * HOUR;
    await world.cycle();
    expect(await columnOf(world, "lead")).toBe("new_score");
    const fields = await listFields(world.database, "lead");
    expect(fields.filter((one) => one.attribute === "new_score")).toHaveLength(1);
  });
});

test("a field gets a column of its own; the old one stays as it is, and a default pair does not come back", async () => {
  const world = await openWorld(person("contact"));
  world.source.put("contact", 1, { firstname: "Ann", lastname: "Lee" });
  await world.cycle();
  await changeFields(world.database, {
    entity: "contact",
    columns: new Map([["lastname", "family_name"]]),
  });
  world.source.put("contact", 1, { lastname: "Moved" });
  await world.cycle();
  await world.cycle();
  world.clock.now += 2 * HOUR;
  await world.cycle();
  expect(await world.table("people")).toMatchObject([{ family_name: "Moved", last_name: "Lee" }]);
  const fields = (await listFields(world.database, "contact")).map(({ column }) => column);
  expect(fields).toEqual(["family_name", "first_name"]);
  await world.rows("update marketing.people set family_name = 'Ours'");
  await world.cycle();
  expect([...world.source.records("contact").values()][0]?.fields["lastname"]).toBe("Ours");
});

test("a column that somebody made with another type sets the field aside; another column lets it flow", async () => {
  const world = await openWorld(person("contact", attribute("new_size", "Integer")));
  await world.cycle();
  await world.rows("alter table marketing.people add column new_size boolean");
  await changeFields(world.database, { entity: "contact", on: ["new_size"] });
  world.source.put("contact", 1, { firstname: "C", new_size: 3 });
  world.restart();
  await world.cycle();
  const size = async () =>
    (await listFields(world.database, "contact")).find((one) => one.attribute === "new_size");
  expect(await size()).toMatchObject({
    setAside: "The column new_size is boolean, and the values are integer.",
    clash: { needs: "integer", has: "boolean", other: "the column people.new_size" },
  });
  expect(await world.table("people")).toMatchObject([{ first_name: "C", new_size: null }]);
  const asText = changeFields(world.database, { entity: "contact", asText: ["new_size"] });
  await expect(asText).rejects.toThrow("is boolean, not text. Name a column of its own as well");
  await changeFields(world.database, { entity: "contact", columns: new Map([["new_size", "shoe_size"]]) });
  await world.cycle();
  await world.cycle();
  expect(await world.table("people")).toMatchObject([{ new_size: null, shoe_size: 3 }]);
  expect(await size()).toMatchObject({ setAside: null, clash: null });
});

test.each([
  ["Family", "Family cannot be the name of a column"],
  ["crm_id", "crm_id cannot be the name of a column"],
  ["first_name", "The column people.first_name holds firstname of contact, as text"],
  ["mine", "people has a column mine already, of type bigint: name another."],
])("the column %s is refused, and nothing moves", async (name, message) => {
  const world = await openWorld(person("contact"));
  await world.cycle();
  await world.rows("alter table marketing.people add column mine bigint");
  const columns = new Map([["lastname", name]]);
  await expect(changeFields(world.database, { entity: "contact", columns })).rejects.toThrow(message);
  expect((await listFields(world.database, "contact")).map(({ column }) => column)).toEqual([
    "first_name",
    "last_name",
  ]);
});

test("a field whose edits wait is not moved away from under them", async () => {
  const world = await openWorld(person("contact"));
  world.source.put("contact", 1, { firstname: "Ann", lastname: "Lee" });
  await world.cycle();
  await world.rows("update marketing.people set last_name = 'Ours'");
  const columns = new Map([["lastname", "family_name"]]);
  await expect(changeFields(world.database, { entity: "contact", columns })).rejects.toThrow(
    "1 edit of people.last_name did not reach Dynamics yet",
  );
});

describe("a column that is retyped in Dynamics while the sync runs", () => {
  test("sets its field aside before a record is refused for it; the rest flows", async () => {
    const world = await scored("Integer", "Integer");
    world.source.redescribe("contact", () => person("contact", attribute("new_score", "String")));
    world.source.put("contact", 1, { firstname: "Still", new_score: "nine" });
    expect(await world.cycle()).toMatchObject({ outcome: "done", troubles: [] });
    expect(await world.entityStatus("contact")).toMatchObject({ parked: 0 });
    expect(await world.table("people")).toMatchObject([{ first_name: "Still", new_score: 7 }, {}]);
    // The next cycle describes the organization again, and says what the two types are.
    await world.cycle();
    const aside = (await listFields(world.database, "contact")).find((one) => one.attribute === "new_score");
    expect(aside).toMatchObject({ clash: { needs: "text", has: "integer" } });
    expect(aside?.setAside).toMatch(/integer.*text/);

    world.source.redescribe("contact", () => person("contact", attribute("new_score", "Integer")));
    world.source.put("contact", 1, { new_score: 9 });
    world.clock.now += 2 * HOUR;
    await world.cycle();
    await world.cycle();
    expect(await world.table("people")).toMatchObject([{ new_score: 9 }, {}]);
  });

  test("is asked about once: values that do not fit their type are refused one by one", async () => {
    const world = await scored("Integer", "Integer");
    let described = 0;
    const describeAll = world.source.describe.bind(world.source);
    world.source.describe = async (names) => {
      described += 1;
      return describeAll(names);
    };
    for (let id = 11; id <= 16; id += 1)
      world.source.put("contact", id, { firstname: "F", new_score: "bad" });
    await world.cycle();
    expect(described).toBe(1);
    expect(await world.entityStatus("contact")).toMatchObject({ parked: 6 });
  });
});

test("samples: of fields that are on from the rows, of the others from a few records", async () => {
  const world = await openWorld(
    person(
      "contact",
      attribute("new_colour", "Picklist", { choices: [{ value: 1, label: "Red" }] }),
      attribute("new_note", "Memo"),
    ),
  );
  for (let id = 1; id <= 30; id += 1) {
    world.source.put("contact", id, {
      firstname: id === 1 ? "Ann" : "Bob",
      new_colour: 1,
      new_note: `N${id}`,
    });
  }
  await world.cycle();
  const samples = async () =>
    Object.fromEntries(
      (await sampledFields(world.database, "contact")).map((one) => [one.attribute, one.samples]),
    );
  const shown = await samples();
  expect(shown["firstname"]?.toSorted()).toEqual(["Ann", "Bob"]);
  expect(shown).toMatchObject({ lastname: [], new_colour: ["Red"], new_note: ["N1", "N2", "N3"] });
  // They are looked at again when they have grown old, not before.
  world.source.put("contact", 1, { new_note: "Changed" });
  await world.cycle();
  expect((await samples())["new_note"]).toEqual(["N1", "N2", "N3"]);
  await world.rows("update entities set sampled_at = now() - interval '2 hours'");
  await world.cycle();
  expect((await samples())["new_note"]).toEqual(["Changed", "N2", "N3"]);
});
