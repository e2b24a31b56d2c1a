/**
 * A process that ends in the middle of a push, at every step of it, and what may happen before the next one begins.
 */
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/core/sink-port.ts";
import { guid } from "../support/entity.ts";
import { edit, passTime, pendingChanges, told } from "./edits.ts";
import type { World } from "./world.ts";
import { CONTACT, LEAD, openWorld } from "./world.ts";

class Killed extends Error {}

function die(): never {
  throw new Killed("killed");
}

/** Ways to end a process, by where it is. */
const ENDS: Readonly<Record<string, (world: World) => void>> = {
  "before what is sent is noted": (world) => (world.faults = { beforeNote: die }),
  "after what is sent was noted": (world) => (world.faults = { afterNote: die }),
  "before the request arrives": (world) => (world.sink.before = die),
  "after the request took effect": (world) => (world.sink.after = die),
  "before the outcome is settled": (world) => (world.faults = { beforeSettle: die }),
  "after the outcome was settled": (world) => (world.faults = { afterSettle: die }),
};

interface Meanwhile {
  readonly happens: (world: World) => Promise<unknown> | void;
  /** First and last name on both sides at the end. */
  readonly end: readonly [string, string];
}

/** What happens while no process runs. */
const MEANWHILE: Readonly<Record<string, Meanwhile>> = {
  nothing: { happens: () => undefined, end: ["Ours", "Last 1"] },
  "marketing edits the field again": {
    happens: (world) => edit(world, 1, { first_name: "Newer" }),
    end: ["Newer", "Last 1"],
  },
  "marketing takes the edit back": {
    happens: (world) => edit(world, 1, { first_name: "First 1" }),
    end: ["First 1", "Last 1"],
  },
  "marketing edits another field": {
    happens: (world) => edit(world, 1, { last_name: "Newer" }),
    end: ["Ours", "Newer"],
  },
  "Dynamics edits another field": {
    happens: (world) => void world.source.put(world.settings.entities[0] ?? "", 1, { lastname: "Theirs" }),
    end: ["Ours", "Theirs"],
  },
};

async function edited(entity: "contact" | "lead"): Promise<World> {
  const world = await openWorld(entity === "lead" ? LEAD : CONTACT);
  for (let id = 1; id <= 3; id += 1) {
    world.source.put(entity, id, { firstname: `First ${id}`, lastname: `Last ${id}` });
  }
  await world.cycle();
  await world.cycle();
  await edit(world, 1, { first_name: "Ours" });
  await edit(world, 2, { last_name: "Ours as well" });
  return world;
}

/** A new process runs until there is nothing left to do. */
async function untilQuiet(world: World): Promise<void> {
  world.faults = {};
  world.sink.before = () => undefined;
  world.sink.after = () => undefined;
  world.restart();
  for (let cycle = 0; cycle < 6; cycle += 1) {
    await passTime(world);
    const { counts } = await world.cycle();
    if (counts.pushed + counts.updated + counts.unchanged === 0 && cycle > 1) return;
  }
  throw new Error("it never became quiet");
}

async function expectEqualSides(world: World, entity: string): Promise<void> {
  const rows = await world.table<{ crm_id: string; first_name: string; last_name: string }>("people");
  const marketing = rows.map((row) => [row.crm_id, row.first_name, row.last_name]);
  const records = [...world.source.records(entity).values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  expect(marketing).toEqual(
    records.map(({ id, fields }) => [id, fields["firstname"] ?? null, fields["lastname"] ?? null]),
  );
  expect(await pendingChanges(world)).toEqual([]);
}

describe.each(["contact", "lead"] as const)("of a %s", (entity) => {
  describe.each(Object.keys(ENDS))("a process that ends %s", (when) => {
    test.each(Object.keys(MEANWHILE))("loses and doubles nothing when %s meanwhile", async (what) => {
      const world = await edited(entity);
      ENDS[when]?.(world);
      await expect(world.cycle()).rejects.toThrow(Killed);
      const meanwhile = MEANWHILE[what];
      await meanwhile?.happens(world);
      await untilQuiet(world);
      await expectEqualSides(world, entity);
      expect(world.source.records(entity).get(guid(1))?.fields).toEqual({
        firstname: meanwhile?.end[0],
        lastname: meanwhile?.end[1],
      });
      expect(world.source.records(entity).get(guid(2))?.fields).toMatchObject({ lastname: "Ours as well" });
      expect(world.source.records(entity).size).toBe(3);
      expect(await told(world, "conflict")).toEqual([]);
      const batches = world.sink.asked.length;
      const pages = world.committed.length;
      await world.cycle();
      expect([world.sink.asked.length, world.committed.length]).toEqual([batches, pages]);
    });
  });
});

describe("an answer that was lost", () => {
  test.each([
    ["and the write arrived", true],
    ["and it did not", false],
  ])("is looked up %s", async (_, arrives) => {
    const world = await edited("contact");
    if (arrives) world.sink.lost.add(guid(1));
    else world.sink.answers.set(guid(1), UNKNOWN);
    expect(await world.cycle()).toMatchObject({ counts: { pushed: arrives ? 2 : 1 } });
    expect(world.sink.looked).toEqual([guid(1)]);
    expect(await told(world, "pushed")).toHaveLength(arrives ? 2 : 1);
    world.sink.lost.clear();
    world.sink.answers.clear();
    await untilQuiet(world);
    await expectEqualSides(world, "contact");
    const writes = world.sink.writes.filter(({ id }) => id === guid(1));
    expect(writes).toHaveLength(arrives ? 1 : 2);
    expect(await told(world, "pushed")).toHaveLength(2);
  });

  test("of a batch that broke off is looked up by the next process", async () => {
    const world = await edited("contact");
    world.sink.after = die;
    await expect(world.cycle()).rejects.toThrow(Killed);
    expect(await pendingChanges(world)).toMatchObject([
      { agreed: { first_name: "First 1" }, sent: { first_name: "Ours" } },
      { agreed: { last_name: "Last 2" }, sent: { last_name: "Ours as well" } },
    ]);
    // The feed does not reach the record before the push looks for it.
    world.source.interject("contact", { last: true });
    world.sink.after = () => undefined;
    world.restart();
    expect(await world.cycle()).toMatchObject({ counts: { pushed: 2 } });
    expect(world.sink.asked).toHaveLength(1);
    await untilQuiet(world);
    await expectEqualSides(world, "contact");
  });

  test("of a value that was edited again since is agreed on, and the newer one is pushed", async () => {
    const world = await edited("contact");
    world.sink.after = die;
    await expect(world.cycle()).rejects.toThrow(Killed);
    await edit(world, 1, { first_name: "Newer" });
    world.source.interject("contact", { last: true });
    world.sink.after = () => undefined;
    world.restart();
    expect(await world.cycle()).toMatchObject({ counts: { pushed: 3 } });
    await untilQuiet(world);
    await expectEqualSides(world, "contact");
    expect(world.source.records("contact").get(guid(1))?.fields).toMatchObject({ firstname: "Newer" });
    expect(await told(world, "conflict")).toEqual([]);
  });
});

const UNKNOWN: Outcome = { kind: "unknown", detail: "the answer was lost" };
