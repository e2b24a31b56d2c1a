/**
 * What every `Source` promises, as tests to run on each implementation: against an emulator, or an organization that
 * may be written to.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Page } from "../../src/core/change.ts";
import type { Entity } from "../../src/core/organization.ts";
import type { FeedRequest, Source } from "../../src/core/ports.ts";

/** An organization of its own for each test, which nobody else writes to. */
export interface SourceWorld {
  /** Opens one more source on the same organization, as after a restart. */
  open(): Source;
  /** An entity that is empty at first, and two of its text attributes. */
  readonly entity: string;
  readonly text: string;
  readonly other: string;
  /** Makes records; returns their ids in lower case. */
  insert(texts: readonly string[]): Promise<readonly string[]>;
  change(id: string, text: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Makes a record again under an id that was removed. */
  recreate(id: string, text: string): Promise<void>;
  close(): Promise<void>;
}

export interface SourceTraits {
  /** False where the feed does not tell of deletes, and they are found by comparing. */
  readonly tellsDeletes: boolean;
  /** How the engine is to see the entity. */
  readonly describe?: (entity: Entity) => Entity;
}

const NEVER = new AbortController().signal;

/** What somebody who follows a feed has in the end: text by id. */
class Mirror {
  readonly rows = new Map<string, string>();
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  take({ upserts, deletes }: Page): void {
    for (const { id, fields } of upserts) this.rows.set(id, String(fields[this.#text] ?? ""));
    for (const id of deletes) this.rows.delete(id);
  }

  get texts(): string[] {
    return [...this.rows.values()].sort();
  }
}

const names = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, place) => `text ${String(from + place).padStart(4, "0")}`);

export function sourceContract(
  name: string,
  openWorld: () => Promise<SourceWorld>,
  traits: SourceTraits,
): void {
  describe(`the source contract: ${name}`, () => {
    let world: SourceWorld;
    let source: Source;
    let entity: Entity;
    const opened: Source[] = [];

    function open(): Source {
      const one = world.open();
      opened.push(one);
      return one;
    }

    async function described(): Promise<Entity> {
      const { entities } = await source.describe([world.entity], NEVER);
      const found = entities.get(world.entity);
      if (found === undefined) throw new Error(`The world does not describe ${world.entity}.`);
      return traits.describe?.(found) ?? found;
    }

    beforeEach(async () => {
      world = await openWorld();
      source = open();
      entity = await described();
    });

    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
      await world.close();
    });

    const asked = (more: Partial<FeedRequest> = {}): FeedRequest => ({
      entity,
      attributes: [world.text],
      from: null,
      pageSize: 7,
      ...more,
    });

    async function walk(more: Partial<FeedRequest> = {}, through = source): Promise<Page[]> {
      return Array.fromAsync(through.changes(asked(more), NEVER));
    }

    const end = (pages: readonly Page[]): string => pages.at(-1)?.next ?? "";

    function mirrored(...walks: readonly (readonly Page[])[]): Mirror {
      const mirror = new Mirror(world.text);
      for (const page of walks.flat()) mirror.take(page);
      return mirror;
    }

    it("describes entities it can read and names those it cannot", async () => {
      const { entities, missing, organizationId, userId } = await source.describe(
        [world.entity, "no_such_entity"],
        NEVER,
      );
      expect([...entities.keys()]).toEqual([world.entity]);
      expect(missing.get("no_such_entity")?.code).toBe("entity_missing");
      expect(organizationId).not.toBe("");
      expect(userId).not.toBe("");
      expect(entity.attributes.map((attribute) => attribute.name)).toContain(world.text);
    });

    it.each([1, 7, 5000])("delivers every record whole, in pages of at most %i", async (pageSize) => {
      const texts = names(22);
      const ids = await world.insert(texts);
      const pages = await walk({ pageSize });
      expect(mirrored(pages).texts).toEqual(texts);
      expect([...mirrored(pages).rows.keys()].sort()).toEqual([...ids].sort());
      for (const page of pages) {
        expect(page.phase).toBe("snapshot");
        expect(page.upserts.length).toBeLessThanOrEqual(pageSize);
        for (const { version } of page.upserts) expect(version).toMatch(/^\d+$/u);
      }
      expect(pages.map(({ last }) => last)).toEqual(pages.map((_, place) => place === pages.length - 1));
    });

    it.each([3, 5000])(
      "reads chosen records once each, in pages of at most %i, and goes on from any",
      async (size) => {
        const ids = await world.insert(names(10));
        const pages = [];
        for (let from: string | null = null; ;) {
          const ask = { entity, attributes: [world.text], from, pageSize: size };
          // As after a restart: the position is all that is known.
          const page = await open().choose(ask, NEVER);
          pages.push(page.records);
          expect(page.records.length).toBeLessThanOrEqual(size);
          if (page.next === null) break;
          from = page.next;
        }
        const read = pages.flat();
        expect(read.map(({ id }) => id)).toEqual(ids.toSorted());
        expect(read.map(({ fields }) => fields[world.text])).toEqual(expect.arrayContaining(names(10)));
        for (const { version } of read) expect(version).toMatch(/^\d+$/u);
      },
    );

    it("reads nothing of a span of time in which there was nothing", async () => {
      await world.insert(names(3));
      const ask = { entity, attributes: [world.text], from: null, pageSize: 5 };
      const before = { ...ask, created: { before: "1990-01-01T00:00:00Z" } };
      expect(await source.choose(before, NEVER)).toEqual({ records: [], next: null });
      const since = { ...ask, created: { from: "1990-01-01T00:00:00Z" } };
      expect((await source.choose(since, NEVER)).records).toHaveLength(3);
    });

    it("ends at once when there is nothing", async () => {
      const pages = await walk();
      expect(mirrored(pages).rows.size).toBe(0);
      expect(pages.at(-1)?.last).toBe(true);
    });

    it("goes on from each page's position, in another source too, with the same result", async () => {
      const texts = names(20);
      await world.insert(texts);
      const pages = await walk();
      for (let cut = 1; cut < pages.length; cut++) {
        const before = pages.slice(0, cut);
        const rest = await walk({ from: end(before) }, open());
        expect(mirrored(before, rest).texts).toEqual(texts);
      }
    });

    it("delivers what changes after the snapshot, and then nothing more", async () => {
      const [first = ""] = await world.insert(names(9));
      const begun = await walk();
      await world.change(first, "changed");
      await world.insert(["new"]);
      const changes = await walk({ from: end(begun) });
      expect(changes.every(({ phase }) => phase === "changes")).toBe(true);
      expect(mirrored(begun, changes).texts).toEqual(["changed", "new", ...names(8, 1)].sort());
      const versions = changes.flatMap(({ upserts }) => upserts.map(({ version }) => BigInt(version)));
      const newest = begun.flatMap(({ upserts }) => upserts.map(({ version }) => BigInt(version)));
      expect(versions.some((version) => newest.every((old) => version > old))).toBe(true);
      const quiet = await walk({ from: end(changes) });
      expect(mirrored(begun, changes, quiet).texts).toEqual(mirrored(begun, changes).texts);
    });

    it("misses nothing that happens in the middle of a walk", async () => {
      const ids = await world.insert(names(30));
      const feed = source.changes(asked(), NEVER)[Symbol.asyncIterator]();
      const pages: Page[] = [];
      for (let page = await feed.next(); page.done !== true; page = await feed.next()) {
        pages.push(page.value);
        const id = ids[pages.length * 5];
        if (id !== undefined) await world.change(id, `changed ${pages.length}`);
        await world.insert([`born ${pages.length}`]);
        if (pages.length > 20) throw new Error("The walk does not end.");
      }
      const after = await walk({ from: end(pages) });
      const now = mirrored(await walk({ compare: true }, open()));
      expect(mirrored(pages, after).texts).toEqual(now.texts);
    });

    it("gives the same again when a position is read twice", async () => {
      const [first = ""] = await world.insert(names(5));
      const begun = await walk();
      await world.change(first, "changed");
      const once = await walk({ from: end(begun) });
      const twice = await walk({ from: end(begun) });
      expect(mirrored(begun, once, twice).texts).toEqual(mirrored(begun, once).texts);
    });

    it.runIf(traits.tellsDeletes)("delivers deletes, also of records nobody has seen", async () => {
      const [first = "", second = ""] = await world.insert(names(5));
      const begun = await walk();
      await world.remove(first);
      const [unseen = ""] = await world.insert(["unseen"]);
      await world.remove(unseen);
      const changes = await walk({ from: end(begun), pageSize: 1 });
      const mirror = mirrored(begun, changes);
      expect(mirror.rows.has(first)).toBe(false);
      expect(mirror.rows.has(unseen)).toBe(false);
      expect(mirror.rows.has(second)).toBe(true);
    });

    it.runIf(traits.tellsDeletes)("keeps a record that was made again under its id", async () => {
      const [first = ""] = await world.insert(names(3));
      const begun = await walk();
      await world.remove(first);
      await world.recreate(first, "again");
      const changes = await walk({ from: end(begun), pageSize: 1 });
      expect(mirrored(begun, changes).rows.get(first)).toBe("again");
      for (let cut = 1; cut < changes.length; cut++) {
        const rest = await walk({ from: end(changes.slice(0, cut)) }, open());
        expect(mirrored(begun, changes.slice(0, cut), rest).rows.get(first)).toBe("again");
      }
    });

    it("lets a compare pass find what is gone", async () => {
      const [first = ""] = await world.insert(names(9));
      await world.remove(first);
      const pages = await walk({ compare: true });
      expect(new Set(pages.map(({ phase }) => phase))).toEqual(new Set(["compare"]));
      expect(mirrored(pages).texts).toEqual(names(8, 1));
    });

    it("brings the values of an attribute that is asked for later", async () => {
      const ids = await world.insert(names(9));
      const begun = await walk();
      const wider = await walk({ from: end(begun), attributes: [world.text, world.other] });
      expect(wider.every(({ phase }) => phase === "compare")).toBe(true);
      expect(mirrored(wider).rows.size).toBe(ids.length);
    });

    it("says which records exist, and at which version", async () => {
      const [first = "", second = ""] = await world.insert(names(2));
      await world.remove(second);
      expect([...(await source.existing(entity, [first, second], NEVER))]).toEqual([first]);
      expect((await source.existing(entity, [], NEVER)).size).toBe(0);
      const before = await source.versions(entity, [first, second], NEVER);
      expect([...before.keys()]).toEqual([first]);
      await world.change(first, "changed");
      const after = await source.versions(entity, [first], NEVER);
      expect(BigInt(after.get(first) ?? 0)).toBeGreaterThan(BigInt(before.get(first) ?? 0));
    });

    it("counts records, and leaves out what it does not know", async () => {
      await world.insert(names(3));
      const counts = await source.counts([world.entity, "no_such_entity"], NEVER);
      expect(counts.has("no_such_entity")).toBe(false);
      expect(counts.get(world.entity) ?? 3).toBe(3);
    });

    it("names an attribute that does not exist", async () => {
      await expect(walk({ attributes: ["no_such_attribute"] })).rejects.toMatchObject({
        code: "field_missing",
        field: "no_such_attribute",
      });
    });

    it("reports lost history for a position that is not its own", async () => {
      await expect(walk({ from: "nonsense" })).rejects.toMatchObject({ code: "history_lost" });
    });

    it("counts its requests", async () => {
      const before = source.requests;
      await walk();
      expect(source.requests).toBeGreaterThan(before);
    });

    it("stops when it is asked to", async () => {
      await world.insert(names(30));
      const stop = new AbortController();
      const feed = source.changes(asked({ pageSize: 1 }), stop.signal)[Symbol.asyncIterator]();
      await feed.next();
      stop.abort();
      const rest = async (): Promise<void> => {
        while ((await feed.next()).done !== true);
      };
      await expect(rest()).rejects.toMatchObject({ code: "stopped" });
    });
  });
}
