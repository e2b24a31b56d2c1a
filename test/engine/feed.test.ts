import { describe, expect, test } from "vitest";
import { guid } from "../support/entity.ts";
import type { World } from "./world.ts";
import { CONTACT, LEAD, ORDER, openWorld } from "./world.ts";

interface Person {
  readonly crm_id: string;
  readonly first_name: string | null;
  readonly crm_type: string;
  readonly crm_deleted: boolean;
}

async function people(world: World): Promise<string[]> {
  const rows = await world.table<Person>("people");
  return rows.map(({ first_name, crm_deleted }) => `${first_name}${crm_deleted ? " (deleted)" : ""}`);
}

function fill(world: World, count: number): void {
  for (let id = 1; id <= count; id += 1) world.source.put("contact", id, { firstname: `P${id}` });
}

describe("a snapshot and what comes after it", () => {
  test("copies everything in pages, then follows creates, edits and deletes", async () => {
    const world = await openWorld(CONTACT);
    fill(world, 5);
    const first = await world.cycle();
    expect(first).toMatchObject({ outcome: "done", whole: true, troubles: [] });
    expect(first.counts).toMatchObject({ pages: 3, created: 5, updated: 0, deleted: 0 });
    expect(await people(world)).toEqual(["P1", "P2", "P3", "P4", "P5"]);
    world.source.put("contact", 2, { firstname: "New" });
    world.source.put("contact", 6, { firstname: "P6" });
    world.source.remove("contact", 1);
    const second = await world.cycle();
    expect(second).toMatchObject({ outcome: "done", whole: false });
    expect(second.counts).toMatchObject({ created: 1, updated: 1, deleted: 1 });
    expect(await people(world)).toEqual(["P1 (deleted)", "New", "P3", "P4", "P5", "P6"]);
  });

  test("brings changes that were made while it was being copied", async () => {
    const world = await openWorld(CONTACT);
    fill(world, 5);
    world.source.before = ({ number }) => {
      if (number !== 1) return;
      world.source.put("contact", 1, { firstname: "Changed" });
      world.source.put("contact", 9, { firstname: "Late" });
      world.source.remove("contact", 2);
    };
    await world.cycle();
    await world.cycle();
    expect(await people(world)).toEqual(["Changed", "P2 (deleted)", "P3", "P4", "P5", "Late"]);
  });

  test("of an empty entity is complete, and a quiet organization costs one request and no write", async () => {
    const world = await openWorld(CONTACT);
    await world.cycle();
    expect(await world.stored("contact")).toMatchObject({ complete: true });
    const { requests } = world.source;
    const committed = world.committed.length;
    const quiet = await world.cycle();
    expect(quiet.counts).toMatchObject({ pages: 1, requests: 1, created: 0, updated: 0 });
    expect(world.source.requests).toBe(requests + 1);
    expect(world.committed).toHaveLength(committed);
  });

  test("shows what a cycle did", async () => {
    const world = await openWorld(CONTACT, LEAD);
    fill(world, 3);
    world.source.put("lead", 7, { firstname: "L7" });
    await world.cycle();
    const status = await world.status();
    expect(status).toMatchObject({ state: "resting", lastCycle: { outcome: "done", created: 4, pages: 3 } });
    expect(await world.entityStatus("contact")).toMatchObject({
      rows: 3,
      read: 3,
      expected: 3,
      state: "following",
    });
    const types = (await world.table<Person>("people")).map(({ crm_type }) => crm_type);
    expect(types).toEqual(["contact", "contact", "contact", "lead"]);
  });
});

describe("a crash", () => {
  const PAGES = 6;

  /** A snapshot of three pages, then changes of three pages; crashes once, at the given page. */
  async function crashing(at: number, when: "read" | "before" | "after"): Promise<World> {
    const world = await openWorld(CONTACT);
    fill(world, 5);
    let passed = 0;
    const crash = (now: typeof when) => (): void => {
      if (now !== when) return;
      passed += 1;
      if (passed === at) throw new Error("crashed");
    };
    world.source.before = crash("read");
    world.faults = { beforeApply: crash("before"), afterApply: crash("after") };
    const survive = async (): Promise<void> => {
      await world.cycle().catch(async (error: unknown) => {
        expect(error).toMatchObject({ message: "crashed" });
        world.restart();
        await world.cycle();
      });
    };
    await survive();
    for (const id of [1, 2, 3, 4, 6]) world.source.put("contact", id, { firstname: `Q${id}` });
    world.source.remove("contact", 5);
    await survive();
    return world;
  }

  const moments = { read: "while a page is read", before: "before its commit", after: "after its commit" };
  for (const when of ["read", "before", "after"] as const) {
    test.each([1, 2, 3, 4, 5, 6])(
      `${moments[when]}: page %i is neither lost nor read again for nothing (P23)`,
      async (at) => {
        const world = await crashing(at, when);
        expect(await people(world)).toEqual(["Q1", "Q2", "Q3", "Q4", "P5 (deleted)", "Q6"]);
        const positions = world.committed.map(({ page }) => page.next);
        expect(positions).toHaveLength(PAGES);
        expect(new Set(positions).size).toBe(PAGES);
        // One more at most: the page that was read and not committed, or a look whether there is anything new.
        expect(world.source.reads.length - PAGES).toBeLessThanOrEqual(1);
        const snapshots = world.source.reads.filter(({ phase }) => phase === "snapshot");
        expect(snapshots).toHaveLength(when === "before" && at <= 3 ? 4 : 3);
      },
    );
  }
});

describe("what a feed may do", () => {
  test("an empty page in the middle is not the end (P5)", async () => {
    const world = await openWorld(CONTACT);
    fill(world, 3);
    world.source.before = ({ number }) => {
      if (number === 1) world.source.interject("contact", {});
    };
    await world.cycle();
    expect(await people(world)).toEqual(["P1", "P2", "P3"]);
    fill(world, 3);
    world.source.put("contact", 4, { firstname: "P4" });
    world.source.interject("contact", {});
    await world.cycle();
    expect(await people(world)).toEqual(["P1", "P2", "P3", "P4"]);
  });

  test("the same record twice, in one page and in the next, counts once", async () => {
    const world = await openWorld(CONTACT);
    const old = { id: guid(1), version: "7", fields: { firstname: "Old" } };
    const now = { id: guid(1), version: "8", fields: { firstname: "Now" } };
    world.source.interject("contact", { upserts: [now, old] });
    world.source.interject("contact", { upserts: [old, now] });
    const report = await world.cycle();
    expect(report.counts).toMatchObject({ created: 1, updated: 0, unchanged: 3 });
    expect(await people(world)).toEqual(["Now"]);
  });

  test("a delete of an id never seen changes nothing", async () => {
    const world = await openWorld(CONTACT);
    fill(world, 1);
    await world.cycle();
    world.source.interject("contact", { deletes: [guid(77)] });
    const report = await world.cycle();
    expect(report).toMatchObject({ outcome: "done", counts: { deleted: 0 } });
    expect(await people(world)).toEqual(["P1"]);
  });

  test("a record that is deleted and made again under its id lives, whether told in one cycle or in two", async () => {
    const world = await openWorld(CONTACT);
    fill(world, 2);
    await world.cycle();
    world.source.remove("contact", 1, 2);
    world.source.put("contact", 1, { firstname: "Again" });
    await world.cycle();
    expect(await people(world)).toEqual(["Again", "P2 (deleted)"]);
    world.source.put("contact", 2, { firstname: "Too" });
    await world.cycle();
    expect(await people(world)).toEqual(["Again", "Too"]);
  });

  test("a delete that is told again, after the record was made again, does not last", async () => {
    const world = await openWorld(CONTACT);
    fill(world, 1);
    await world.cycle();
    const record = world.source.records("contact").get(guid(1));
    world.source.interject("contact", { deletes: [guid(1)] });
    world.source.interject("contact", { upserts: record === undefined ? [] : [record] });
    await world.cycle();
    expect(await people(world)).toEqual(["P1"]);
  });

  test("a feed that ends before its last page is a fault, not the end", async () => {
    const world = await openWorld(CONTACT);
    fill(world, 3);
    const whole = world.source.changes.bind(world.source);
    world.source.changes = async function* short(request, signal) {
      for await (const page of whole(request, signal)) {
        if (!page.last) yield page;
      }
    };
    const report = await world.cycle();
    expect(report).toMatchObject({ outcome: "partial", troubles: [{ code: "unexpected_answer" }] });
    expect(await world.stored("contact")).toMatchObject({ complete: false });
  });
});

describe("one bad value", () => {
  test("parks its record, the page is committed, and a mended value goes through", async () => {
    const world = await openWorld(CONTACT);
    fill(world, 3);
    world.source.put("contact", 2, { firstname: "a\u0000b" });
    const report = await world.cycle();
    expect(report).toMatchObject({ outcome: "done", counts: { created: 2 } });
    expect(await people(world)).toEqual(["P1", "P3"]);
    expect(await world.entityStatus("contact")).toMatchObject({ parked: 1, state: "following" });
    world.source.put("contact", 2, { firstname: "mended" });
    await world.cycle();
    expect(await people(world)).toEqual(["P1", "mended", "P3"]);
    expect(await world.entityStatus("contact")).toMatchObject({ parked: 0 });
  });

  test("that only the database refuses is found by halving", async () => {
    const world = await openWorld(CONTACT);
    await world.cycle();
    await world.rows("alter table marketing.people add check (length(first_name) <= 5)");
    fill(world, 9);
    world.source.put("contact", 4, { firstname: "Bartholomew" });
    const report = await world.cycle({ pageSize: 100 });
    expect(report).toMatchObject({ outcome: "done", counts: { created: 8 } });
    expect(await world.entityStatus("contact")).toMatchObject({ parked: 1 });
  });
});

test("a custom entity has all its fields under their own names, with its labels", async () => {
  const world = await openWorld(ORDER);
  world.source.put("new_order", 1, { new_name: "First", new_count: 3, new_stage: 2 });
  await world.cycle();
  expect(await world.table("custom_new_order")).toMatchObject([
    { new_name: "First", new_count: 3, new_stage: "Won" },
  ]);
});
