import { describe, expect, it } from "vitest";
import { createEmulator } from "../emulator.ts";
import type { Emulator } from "../emulator.ts";
import type { RecordStore, WireRecord } from "../record.ts";
import { standardFiles } from "../schema.ts";
import { demoOrganization } from "./organization.ts";
import type { Operation } from "./sellers/operation.ts";
import { sellersAtWork } from "./wire.ts";

const NOON = Date.UTC(2026, 10, 2, 12);
const schema = standardFiles();

/** An emulated organization with the demo in it, and the demo's records. */
function demoEmulator(clock: () => number): {
  emulator: Emulator;
  records: { entity: string; record: WireRecord }[];
} {
  const emulator = createEmulator({ clock });
  const { businessUnit, currency } = emulator.organization.standard;
  const root = { businessunit: businessUnit, transactioncurrency: currency };
  const demo = demoOrganization({ seed: 3, records: 1_200, schema, root });
  for (const definition of demo.entities) emulator.schema.define(definition);
  const records = [...demo.batches()].flatMap((batch) => {
    emulator.store.insertMany(batch.entity, batch.records);
    return batch.records.map((record) => ({ entity: batch.entity, record }));
  });
  return { emulator, records };
}

describe("the demo in the emulator", () => {
  it("is stored as it was made", () => {
    const { emulator, records } = demoEmulator(() => NOON);
    for (const { entity, record } of records) {
      const key = emulator.organization.entity(entity)?.primaryIdAttribute ?? "";
      const stored = emulator.store.get(entity, record[key] as string);
      const filled = Object.entries(record).filter(([, value]) => value !== null);
      for (const [name, value] of filled) expect(loose(stored?.[name])).toEqual(loose(value));
    }
  });

  it("is worked on by sellers under all the rules of the service, without a refusal", async () => {
    let time = NOON;
    const { emulator } = demoEmulator(() => time);
    const before = emulator.organization.version;
    const stop = new AbortController();
    const refusals: [Operation, unknown][] = [];
    const done = await sellersAtWork({
      store: emulator.store,
      schema,
      seed: 1,
      perMinute: 60,
      signal: stop.signal,
      refused: (operation, reason) => refusals.push([operation, reason]),
      now: () => time,
      sleep: (milliseconds) => {
        time += milliseconds;
        if (time > NOON + 10 * 60_000) stop.abort();
        return Promise.resolve();
      },
    });
    expect(refusals).toEqual([]);
    expect(done).toBeGreaterThan(500);
    expect(emulator.organization.version - before).toBeGreaterThanOrEqual(done);
  });

  it("goes on when the service refuses something", async () => {
    const { emulator } = demoEmulator(() => NOON);
    const stop = new AbortController();
    const refused: string[] = [];
    const { store } = emulator;
    const full = (): never => {
      throw new Error("The organization is read-only today.");
    };
    const readOnly: RecordStore = {
      entities: () => store.entities(),
      ids: (entity) => store.ids(entity),
      count: (entity) => store.count(entity),
      get: (entity, id) => store.get(entity, id),
      insertMany: full,
      create: full,
      update: full,
      remove: full,
    };
    await sellersAtWork({
      store: readOnly,
      schema,
      seed: 1,
      perMinute: 60,
      signal: stop.signal,
      refused: (_operation, reason) => {
        refused.push((reason as Error).message);
        if (refused.length > 5) stop.abort();
      },
      now: () => NOON,
      sleep: () => Promise.resolve(),
    });
    expect(refused.length).toBeGreaterThan(5);
  });

  it("notices what others add and remove", async () => {
    const { emulator } = demoEmulator(() => NOON);
    const { store } = emulator;
    const stop = new AbortController();
    let turns = 0;
    const refusals: unknown[] = [];
    await sellersAtWork({
      store,
      schema,
      seed: 2,
      perMinute: 60,
      signal: stop.signal,
      refused: (_operation, reason) => refusals.push(reason),
      now: () => NOON,
      sleep: () => {
        turns += 1;
        // An account that is gone must not be offered as anyone's firm.
        const [account] = store.ids("account");
        if (turns % 5 === 0 && account !== undefined) store.remove("account", account);
        if (turns > 400) stop.abort();
        return Promise.resolve();
      },
    });
    expect(refusals).toEqual([]);
  });
});

/** Numbers written as text without their trailing zeros: the store keeps an amount, not its spelling. */
function loose(value: unknown): unknown {
  return typeof value === "string" && /^-?\d+\.\d+$/.test(value) ? value.replace(/\.?0+$/, "") : value;
}
