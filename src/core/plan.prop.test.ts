import fc from "fast-check";
import { expect, test } from "vitest";
import { guid } from "../../test/support/entity.ts";
import { UnstorableValue } from "./cell.ts";
import type { SourceRecord } from "./change.ts";
import type { Row } from "./mapping.ts";
import type { Accept, Link } from "./link.ts";
import { compareVersions } from "./link.ts";
import { planPage } from "./plan.ts";

interface FeedPage {
  readonly upserts: readonly SourceRecord[];
  readonly deletes: readonly string[];
}

/** The marketing side in small: what a plan does to it is what the store does to the tables. */
class Marketing {
  readonly rows = new Map<string, string>();
  readonly links = new Map<string, Link>();

  apply(page: FeedPage, accept: Accept = "newer"): void {
    const plan = planPage({ page: { phase: "changes", ...page }, links: this.links, row, accept });
    for (const { id, version, cells } of [...plan.creates, ...plan.updates]) {
      this.rows.set(id, String(cells[0]));
      this.links.set(id, { rowId: id, version, state: "live" });
    }
    for (const id of plan.deletes) {
      const link = this.links.get(id);
      if (link !== undefined) this.links.set(id, { ...link, state: "deleted" });
    }
  }

  /** Everything there is to see. */
  get state(): object {
    return { rows: Object.fromEntries(this.rows), links: Object.fromEntries(this.links) };
  }
}

function row({ id, version, fields }: SourceRecord): Row {
  const name = fields["name"];
  if (name === "bad") throw new UnstorableValue("name", "cannot be kept");
  return { id, version, cells: [String(name)] };
}

function marketingAfter(pages: readonly FeedPage[]): Marketing {
  const marketing = new Marketing();
  for (const page of pages) marketing.apply(page);
  return marketing;
}

type Event = { readonly id: number; readonly kind: "write" | "delete"; readonly name: string };

const event: fc.Arbitrary<Event> = fc.record({
  id: fc.integer({ min: 1, max: 4 }),
  kind: fc.constantFrom("write", "write", "delete"),
  name: fc.constantFrom("Ada", "Bo", "bad"),
});

/**
 * A history as a service writes it, cut into pages as a feed tells it: versions rise, a page tells each record once,
 * as it was at the page's end. A record may be deleted and made again under its id.
 */
const history: fc.Arbitrary<FeedPage[]> = fc
  .array(fc.array(event, { maxLength: 5 }), { maxLength: 6 })
  .map((batches) => {
    let version = 7;
    return batches.map((batch) => {
      const last = new Map<number, SourceRecord | null>();
      for (const { id, kind, name } of batch) {
        version += 1;
        last.set(id, kind === "delete" ? null : { id: guid(id), version: String(version), fields: { name } });
      }
      return {
        upserts: [...last.values()].filter((one) => one !== null),
        deletes: [...last].flatMap(([id, one]) => (one === null ? [guid(id)] : [])),
      };
    });
  });

test("a page twice is a page once", () => {
  fc.assert(
    fc.property(history, (pages) => {
      const twice = marketingAfter(pages.flatMap((page) => [page, page]));
      expect(twice.state).toEqual(marketingAfter(pages).state);
    }),
  );
});

test("replaying any suffix of a feed ends where it was", () => {
  fc.assert(
    fc.property(history, fc.nat(), (pages, from) => {
      const marketing = marketingAfter(pages);
      const before = structuredClone(marketing.state);
      for (const page of pages.slice(from % (pages.length + 1))) marketing.apply(page);
      expect(marketing.state).toEqual(before);
    }),
    { numRuns: 1_000 },
  );
});

test("the order of records within a page does not matter", () => {
  const shuffled = history.chain((pages) =>
    fc.tuple(
      fc.constant(pages),
      fc.tuple(
        ...pages.map(({ upserts, deletes }) =>
          fc.record({ upserts: permuted(upserts), deletes: permuted(deletes) }),
        ),
      ),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([pages, others]) => {
      expect(marketingAfter(others).state).toEqual(marketingAfter(pages).state);
    }),
  );
});

test("of a record told in several states, the newest counts, whatever the order", () => {
  const told = fc.uniqueArray(fc.nat({ max: 2_000 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(told, (versions) => {
      const upserts = versions.map((version) => ({
        id: guid(1),
        version: String(version),
        fields: { name: String(version) },
      }));
      expect(marketingAfter([{ upserts, deletes: [] }]).rows.get(guid(1))).toBe(
        String(Math.max(...versions)),
      );
    }),
  );
});

test("cutting a feed into smaller pages gives the same", () => {
  fc.assert(
    fc.property(history, (pages) => {
      const single = pages.flatMap(({ upserts, deletes }) => [
        ...upserts.map((one) => ({ upserts: [one], deletes: [] })),
        ...deletes.map((id) => ({ upserts: [], deletes: [id] })),
      ]);
      expect(marketingAfter(single).state).toEqual(marketingAfter(pages).state);
    }),
  );
});

test("a tombstone stays, whatever comes that is not newer", () => {
  const accepts = fc.constantFrom<Accept>("newer", "same", "any");
  fc.assert(
    fc.property(history, accepts, (pages, accept) => {
      const marketing = new Marketing();
      const stone: Link = { rowId: "1", version: "1000", state: "tombstone" };
      for (const id of [1, 2, 3, 4]) marketing.links.set(guid(id), stone);
      for (const page of pages) marketing.apply(page, accept);
      expect(marketing.rows.size).toBe(0);
      expect([...marketing.links.values()]).toEqual([stone, stone, stone, stone]);
    }),
  );
});

test("a plan accounts for every record and every delete of its page", () => {
  fc.assert(
    fc.property(history, (pages) => {
      const marketing = new Marketing();
      for (const page of pages) {
        const plan = planPage({
          page: { phase: "changes", ...page },
          links: marketing.links,
          row,
          accept: "newer",
        });
        const done = [plan.creates, plan.updates, plan.deletes, plan.parked].map(({ length }) => length);
        const sum = done.reduce((total, count) => total + count, plan.unchanged);
        expect(sum).toBe(page.upserts.length + page.deletes.length);
        marketing.apply(page);
      }
    }),
  );
});

test("versions compare as the numbers they are", () => {
  const version = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(Math.sign(compareVersions(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
    }),
  );
});

function permuted<T>(all: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length });
}
