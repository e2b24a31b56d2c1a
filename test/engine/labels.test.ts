import { describe, expect, test } from "vitest";
import type { Choice, Entity } from "../../src/core/organization.ts";
import { attribute, entity } from "../support/entity.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const HOUR = 3_600_000;
const OPEN = { value: 1, label: "Open" };
const WON = { value: 2, label: "Won" };

function orderWith(...choices: readonly Choice[]): Entity {
  return entity("new_order", [
    attribute("new_stage", "Picklist", { choices }),
    attribute("new_tags", "MultiSelectPicklist", { choices }),
  ]);
}

/** Orders 1 (open), 2 (won) and 3 (a value that nobody described), each with tags. */
async function copied(...choices: readonly Choice[]): Promise<World> {
  const world = await openWorld(orderWith(...choices));
  world.source.put("new_order", 1, { new_stage: 1, new_tags: "1,2" });
  world.source.put("new_order", 2, { new_stage: 2, new_tags: "2" });
  world.source.put("new_order", 3, { new_stage: 3, new_tags: "3,1" });
  await world.cycle();
  return world;
}

/** Reads the description again, with these choices. */
async function redescribed(world: World, ...choices: readonly Choice[]): Promise<unknown[]> {
  world.source.redescribe("new_order", () => orderWith(...choices));
  world.clock.now += 2 * HOUR;
  const report = await world.cycle();
  expect(report).toMatchObject({ outcome: "done", counts: { created: 0, updated: 0 } });
  return stages(world);
}

async function stages(world: World): Promise<unknown[]> {
  const rows = await world.table<{ new_stage: string; new_tags: string[] }>("custom_new_order");
  return rows.map(({ new_stage, new_tags }) => [new_stage, ...new_tags]);
}

describe("rows follow the labels of their choices", () => {
  test("when one is renamed", async () => {
    const world = await copied(OPEN, WON);
    expect(await stages(world)).toEqual([
      ["Open", "Open", "Won"],
      ["Won", "Won"],
      ["3", "3", "Open"],
    ]);
    expect(await redescribed(world, { value: 1, label: "Fresh" }, WON)).toEqual([
      ["Fresh", "Fresh", "Won"],
      ["Won", "Won"],
      ["3", "3", "Fresh"],
    ]);
  });

  test("when one was removed and is back, also those that were read meanwhile", async () => {
    const world = await copied(OPEN, WON);
    await redescribed(world, OPEN);
    // Read while nobody described it.
    world.source.put("new_order", 1, { new_stage: 2 });
    await world.cycle();
    expect((await stages(world)).map((stage) => [stage].flat()[0])).toEqual(["2", "Won", "3"]);
    const back = await redescribed(world, OPEN, { value: 2, label: "Won again" });
    expect(back).toEqual([
      ["Won again", "Open", "Won again"],
      ["Won again", "Won again"],
      ["3", "3", "Open"],
    ]);
  });

  test("but rows of a choice that took over the label of a removed one keep it", async () => {
    const world = await copied(OPEN, WON);
    await redescribed(world, OPEN, { value: 3, label: "Won" });
    expect(await stages(world)).toEqual([
      ["Open", "Open", "Won"],
      ["Won", "Won"],
      ["Won", "Won", "Open"],
    ]);
    const back = await redescribed(world, OPEN, { value: 3, label: "Won" }, { value: 2, label: "Lost" });
    expect(back).toEqual([
      ["Open", "Open", "Won"],
      ["Won", "Won"],
      ["Won", "Won", "Open"],
    ]);
  });

  test("when two are exchanged", async () => {
    const world = await copied(OPEN, WON);
    expect(await redescribed(world, { value: 1, label: "Won" }, { value: 2, label: "Open" })).toEqual([
      ["Won", "Won", "Open"],
      ["Open", "Open"],
      ["3", "3", "Won"],
    ]);
  });

  test("when a value gets its label at last", async () => {
    const world = await copied(OPEN, WON);
    expect(await redescribed(world, OPEN, WON, { value: 3, label: "Lost" })).toEqual([
      ["Open", "Open", "Won"],
      ["Won", "Won"],
      ["Lost", "Lost", "Open"],
    ]);
  });

  test("when two become equal, and apart again", async () => {
    const world = await copied(OPEN, WON);
    expect(await redescribed(world, OPEN, { value: 2, label: "Open" })).toEqual([
      ["Open (1)", "Open (1)", "Open (2)"],
      ["Open (2)", "Open (2)"],
      ["3", "3", "Open (1)"],
    ]);
    expect(await redescribed(world, OPEN, WON)).toEqual([
      ["Open", "Open", "Won"],
      ["Won", "Won"],
      ["3", "3", "Open"],
    ]);
  });

  test("not when a new value has the number that an old label spells", async () => {
    const world = await copied({ value: 1, label: "3" }, WON);
    expect(await stages(world)).toEqual([
      ["3", "3", "Won"],
      ["Won", "Won"],
      ["3", "3", "3"],
    ]);
    const [first] = await redescribed(world, { value: 1, label: "3" }, WON, { value: 3, label: "Lost" });
    expect(first).toEqual(["3 (1)", "3 (1)", "Won"]);
  });

  test("not when a value loses its label: what people see stays", async () => {
    const world = await copied(OPEN, WON);
    expect(await redescribed(world, WON)).toEqual([
      ["Open", "Open", "Won"],
      ["Won", "Won"],
      ["3", "3", "Open"],
    ]);
  });

  test("once, also when the process dies before its first page", async () => {
    const world = await copied(OPEN, WON);
    const exchanged = [
      { value: 1, label: "Won" },
      { value: 2, label: "Open" },
    ];
    world.source.redescribe("new_order", () => orderWith(...exchanged));
    world.clock.now += 2 * HOUR;
    world.source.before = () => {
      throw new Error("crashed");
    };
    await expect(world.cycle()).rejects.toThrow("crashed");
    world.source.before = () => undefined;
    world.restart();
    await world.cycle();
    expect(await stages(world)).toEqual([
      ["Won", "Won", "Open"],
      ["Open", "Open"],
      ["3", "3", "Won"],
    ]);
  });
});

test("leads and contacts share a column, and each follows its own labels", async () => {
  const person = (name: string, label: string): Entity =>
    entity(name, [attribute("preferredcontactmethodcode", "Picklist", { choices: [{ value: 1, label }] })]);
  const world = await openWorld(person("contact", "Any"), person("lead", "Any"));
  const { mapping } = await firstMapping(world);
  const column =
    mapping.fields.find(({ attribute: of }) => of === "preferredcontactmethodcode")?.column ?? "";
  world.source.put("contact", 1, { preferredcontactmethodcode: 1 });
  world.source.put("lead", 2, { preferredcontactmethodcode: 1 });
  await world.cycle();
  world.source.redescribe("lead", () => person("lead", "Whatever"));
  world.clock.now += 2 * HOUR;
  await world.cycle();
  const rows = await world.table<Record<string, unknown>>("people");
  expect(rows.map((row) => [row["crm_type"], row[column]])).toEqual([
    ["contact", "Any"],
    ["lead", "Whatever"],
  ]);
});

async function firstMapping(world: World): ReturnType<World["stored"]> {
  await world.cycle();
  return world.stored("contact");
}
