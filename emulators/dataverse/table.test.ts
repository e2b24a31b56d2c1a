import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testClient } from "./test-client.ts";

const NAMES = ["accountnumber", "name"];

const SEARCHES = [
  ['"a"', '"A"'],
  ['"B"', '"a"'],
];

interface Given {
  readonly id: string;
  readonly number: string | null;
  readonly name: string | null;
}

/** What a search must find: every row with these texts, by looking at all of them. */
function scanned(
  rows: Iterable<{ id: string; texts: readonly (string | undefined)[] }>,
  wanted: string[],
): string[] {
  return Array.from(rows)
    .filter(({ texts }) => texts.every((text, index) => text?.toLowerCase() === wanted[index]?.toLowerCase()))
    .map(({ id }) => id)
    .toSorted();
}

const text = fc.constantFrom("A", "a", "B", null);
const id = fc.integer({ min: 0, max: 5 }).map((number) => `00000000-0000-4000-8000-00000000000${number}`);
const act = fc.record({
  kind: fc.constantFrom("put", "delete", "fail", "restore"),
  id,
  number: text,
  name: text,
});

describe("finding rows by their columns", () => {
  it("finds what a look at every row would, whatever was written, deleted, taken back or restored", async () => {
    const client = await testClient();
    const { organization, store } = client.emulator;
    const table = organization.table("account");
    fc.assert(
      fc.property(fc.array(act), (acts) => {
        for (const known of store.ids("account")) table.delete(known, 0);
        const snapshot = organization.snapshot();
        const play: Readonly<Record<string, (given: Given) => unknown>> = {
          put: insert,
          delete: (given) => table.delete(given.id, organization.nextVersion()),
          restore: () => organization.restore(snapshot),
          fail: (given) =>
            expect(() =>
              organization.transaction(() => {
                insert(given);
                throw new Error("taken back");
              }),
            ).toThrow("taken back"),
        };
        for (const given of acts) {
          play[given.kind]?.(given);
          const rows = Array.from(table.inIdOrder(), (row) => ({
            id: row.id,
            texts: NAMES.map((name) => table.text(row, name)),
          }));
          for (const wanted of SEARCHES)
            expect(table.find(NAMES, wanted).map((row) => row.id)).toEqual(scanned(rows, wanted));
        }
      }),
      { numRuns: 60 },
    );

    function insert(given: Given): void {
      const record = { accountid: given.id, accountnumber: given.number, name: given.name };
      store.insertMany("account", [record]);
    }
  });

  it("forgets a column that was removed", async () => {
    const { emulator } = await testClient();
    const { organization, schema, store } = emulator;
    store.insertMany("account", [{ name: "A", accountnumber: "1" }]);
    const table = organization.table("account");
    expect(table.find(["accountnumber"], ['"1"'])).toHaveLength(1);
    const removed = organization.entity("account")?.attributes.get("accountnumber");
    schema.removeAttribute("account", "accountnumber");
    if (removed !== undefined) schema.addAttribute("account", removed);
    expect(table.find(["accountnumber"], ['"1"'])).toEqual([]);
  });
});
