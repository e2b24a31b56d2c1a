/**
 * Where public documents leave the answer of Dataverse open, the emulator can give either, and the connector meets
 * both. `docs/emulator.md` lists the questions.
 */
import { afterEach, describe, expect, it } from "vitest";

import { ApiError } from "../../emulators/dataverse/errors.ts";
import type { Settings } from "../../emulators/dataverse/settings.ts";
import type { Page } from "../../src/core/change.ts";
import type { Entity } from "../../src/core/organization.ts";
import type { Outcome, Write } from "../../src/core/sink-port.ts";
import { sinkContract } from "../contract/sink.ts";
import { sourceContract } from "../contract/source.ts";
import { openSinkWorld } from "./sink-world.ts";
import type { DataverseWorld } from "./sink-world.ts";
import { openSourceWorld } from "./source-world.ts";

/** Every answer that is not the one the emulator gives unless told otherwise. */
const OTHER: Partial<Settings> = {
  trackedLinks: "token",
  deletedIds: "address",
  recreatedShownAs: "upsert",
  errorCodes: "capitals",
  neFindsNull: true,
  locationHeader: false,
  entityIdOnUpdate: false,
  qualifyLeadAnswer: "nothing",
  failedChangeSet: "multipart",
  strictReadOnly: true,
  strictBatchLineEnds: true,
};

sourceContract("Dataverse with every other answer", async () => openSourceWorld({ settings: OTHER }), {
  tellsDeletes: true,
});

sinkContract("Dataverse with every other answer", async () => {
  const world = await openSinkWorld(true);
  Object.assign(world.emulator.settings, OTHER);
  return world;
});

const NEVER = new AbortController().signal;
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

/** An organization, somebody who follows its leads, and where they stand after the first read. */
async function following(settings: Partial<Settings>, pageSize = 2) {
  const world = await openSourceWorld({ settings });
  opened.push(world);
  const source = world.open();
  opened.push(source);
  const ids = await world.insert(["a", "b", "c", "d", "e"]);
  const { entities } = await source.describe([world.entity], NEVER);
  const entity = entities.get(world.entity);
  if (entity === undefined) throw new Error("There are no leads.");
  const walk = async (from: string | null): Promise<Page[]> =>
    Array.fromAsync(source.changes({ entity, attributes: [world.text], from, pageSize }, NEVER));
  const from = (await walk(null)).at(-1)?.next ?? "";
  return { world, ids, walk, from };
}

const SHAPES: readonly [string, Partial<Settings>][] = [
  ["links that keep the delta token beside a cookie", { trackedLinks: "token" }],
  ["links whose cookie says all", { trackedLinks: "cookie" }],
  ["deleted ids as addresses", { deletedIds: "address" }],
  ["deleted ids by themselves", { deletedIds: "bare" }],
  ["a re-created record as a row only", { recreatedShownAs: "upsert" }],
  ["a re-created record as a row and as deleted", { recreatedShownAs: "both" }],
];

describe("a delta", () => {
  it.each(SHAPES)("with %s is followed, page by page", async (_, settings) => {
    const { world, ids, walk, from } = await following(settings);
    const [changed = "", deleted = "", again = "", untouched = ""] = ids;
    await world.change(changed, "changed");
    await world.remove(deleted);
    await world.remove(again);
    await world.recreate(again, "again");
    const born = await world.insert(["f", "g", "h"]);
    const pages = await walk(from);
    expect(pages.length).toBeGreaterThan(1);
    const upserts = new Set(pages.flatMap((page) => page.upserts.map(({ id }) => id)));
    expect(upserts).toEqual(new Set([changed, again, ...born]));
    expect(pages.flatMap((page) => page.deletes)).toEqual([deleted]);
    expect(upserts.has(untouched)).toBe(false);
    const quiet = await walk(pages.at(-1)?.next ?? "");
    expect(quiet.flatMap(({ upserts: more, deletes }) => [...more, ...deletes])).toEqual([]);
  });

  it.each([
    [400, true],
    [400, false],
    [410, true],
    [410, false],
  ] as const)("that has expired, answered with %i and (%s) a code, is lost history", async (status, code) => {
    const { world, walk, from } = await following({ expiredTokenStatus: status, expiredTokenCode: code });
    world.emulator.advanceClock(8 * 86_400_000);
    await expect(walk(from)).rejects.toMatchObject({ code: "history_lost", entity: "lead" });
    expect((await walk(null)).at(-1)?.last).toBe(true);
  });

  it.each([400, 404] as const)(
    "whose token is not understood, answered with %i, is lost history",
    async (status) => {
      const { walk, from } = await following({ malformedTokenStatus: status });
      const broken = from.replaceAll(/deltatoken=[^"\\]*/g, "deltatoken=nonsense");
      expect(broken).not.toBe(from);
      await expect(walk(broken)).rejects.toMatchObject({ code: "history_lost" });
    },
  );

  it("with a token from before a restore is read like any other, or lost history", async () => {
    const { world, ids, walk, from } = await following({});
    const { organization, settings } = world.emulator;
    const before = organization.snapshot();
    await world.change(ids[0] ?? "", "lost");
    const later = (await walk(from)).at(-1)?.next ?? "";
    organization.restore(before);
    expect((await walk(later)).flatMap(({ upserts }) => upserts)).toEqual([]);
    settings.tokenAheadOfVersions = "refuse";
    await expect(walk(later)).rejects.toMatchObject({ code: "history_lost" });
  });
});

/** An organization to write to, and its contacts as the sink knows them. */
async function writing(settings: Partial<Settings>): Promise<{ world: DataverseWorld; entity: Entity }> {
  const world = await openSinkWorld(false);
  opened.push(world);
  Object.assign(world.emulator.settings, settings);
  const sink = world.open();
  opened.push(sink);
  const entity = (await sink.describe([world.entity], NEVER)).entities.get(world.entity);
  if (entity === undefined) throw new Error("There are no contacts.");
  return { world, entity };
}

async function outcome(world: DataverseWorld, entity: Entity, write: Write): Promise<Outcome | undefined> {
  const sink = world.open();
  opened.push(sink);
  return (await sink.write(entity, [write], NEVER)).get(write.id);
}

const text = (value: string) => [{ kind: "value", property: "firstname", value }] as const;

describe("a write", () => {
  it.each(["plain", "capitals"] as const)("is refused by its code, %s", async (errorCodes) => {
    const { world, entity } = await writing({ errorCodes });
    const id = await world.insert("old");
    const missing = { kind: "update", id: world.newId(), guard: null, values: text("x") } as const;
    expect(await outcome(world, entity, missing)).toEqual({ kind: "gone" });
    const stale = { kind: "update", id, guard: "1", values: text("x") } as const;
    expect(await outcome(world, entity, stale)).toEqual({ kind: "overtaken" });
    const taken = { kind: "create", id, guard: null, values: text("x") } as const;
    expect(await outcome(world, entity, taken)).toEqual({ kind: "exists" });
  });

  it("is refused by its status where older servers leave the code out", async () => {
    const { world, entity } = await writing({ errorCodes: "empty" });
    const id = await world.insert("old");
    const stale = { kind: "update", id, guard: "1", values: text("x") } as const;
    expect(await outcome(world, entity, stale)).toEqual({ kind: "overtaken" });
    const taken = { kind: "create", id, guard: null, values: text("x") } as const;
    expect(await outcome(world, entity, taken)).toEqual({ kind: "exists" });
    const missing = { kind: "update", id: world.newId(), guard: null, values: text("x") } as const;
    expect(await outcome(world, entity, missing)).toMatchObject({ kind: "refused" });
  });

  it.each([412, 500])(
    "that makes a duplicate is one by its code, whether it comes with %i",
    async (status) => {
      const { world, entity } = await writing({});
      world.emulator.plugIns.register({
        before: () => {
          throw new ApiError(status, "0x80040333", "A duplicate of the current record already exists.");
        },
      });
      const made = { kind: "create", id: world.newId(), guard: null, values: text("x") } as const;
      expect(await outcome(world, entity, made)).toMatchObject({
        kind: "refused",
        code: "duplicate_in_dynamics",
      });
    },
  );
});

describe("a qualification", () => {
  it.each(["ids", "records", "nothing"] as const)("finds its contact when %s are listed", async (listed) => {
    const { world } = await writing({ qualifyLeadAnswer: listed });
    const sink = world.open();
    opened.push(sink);
    const lead = await world.insertLead();
    const contact = await sink.qualify(lead, NEVER);
    expect(world.emulator.store.get("contact", contact)).toMatchObject({
      originatingleadid: { entity: "lead", id: lead },
    });
  });
});
