import fc from "fast-check";
import { expect, test } from "vitest";
import { isolate } from "./isolate.ts";

/** A probe that refuses every subset with one of the bad items in it, and counts how often it was asked. */
function probeFor(bad: ReadonlySet<number>): {
  probe: (subset: readonly number[]) => Promise<boolean>;
  asked: number;
} {
  const counter = {
    asked: 0,
    probe: async (subset: readonly number[]): Promise<boolean> => {
      counter.asked += 1;
      return !subset.some((one) => bad.has(one));
    },
  };
  return counter;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test("finds exactly the bad ones, in their order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 60 }), fc.uniqueArray(fc.nat({ max: 59 })), async (count, picks) => {
      const bad = picks.filter((one) => one < count).toSorted((a, b) => a - b);
      expect(await isolate(upTo(count), probeFor(new Set(bad)).probe)).toEqual(bad);
    }),
  );
});

test("asks once when nothing is wrong, and never about nothing", async () => {
  const fine = probeFor(new Set());
  expect(await isolate(upTo(5_000), fine.probe)).toEqual([]);
  expect(fine.asked).toBe(1);
  const nothing = probeFor(new Set());
  await isolate([], nothing.probe);
  expect(nothing.asked).toBe(0);
});

test("asks about 2 log2 n times for one bad item among n", async () => {
  for (const place of [0, 1, 2_499, 4_999]) {
    const { probe, ...counter } = probeFor(new Set([place]));
    let asked = counter.asked;
    expect(
      await isolate(upTo(5_000), (subset) => {
        asked += 1;
        return probe(subset);
      }),
    ).toEqual([place]);
    expect(asked).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(5_000)) + 2);
  }
});

test("of items that are only bad together, leaves the later one out and keeps the rest", async () => {
  // A unique column: of each pair that falls on the same value, only one goes through.
  const distinct = async (subset: readonly number[]): Promise<boolean> =>
    new Set(subset.map((one) => one % 7)).size === subset.length;
  expect(await isolate(upTo(10), distinct)).toEqual([7, 8, 9]);
});

test("whatever makes a set fail, what is kept goes through and nothing is left out for nothing", async () => {
  const clash = fc.uniqueArray(fc.nat({ max: 11 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(clash, { maxLength: 6 }), async (clashes) => {
      const passes = (subset: readonly number[]): boolean =>
        !clashes.some((all) => all.every((one) => subset.includes(one)));
      const refused = await isolate(upTo(12), async (subset) => passes(subset));
      const kept = upTo(12).filter((one) => !refused.includes(one));
      expect(passes(kept)).toBe(true);
      for (const one of refused) expect(passes([...kept, one])).toBe(false);
    }),
  );
});
