import { describe, expect, it } from "vitest";
import { createEmulator } from "../emulator.ts";
import type { WireRecord } from "../record.ts";
import { standardFiles } from "../schema.ts";
import { seedDemo } from "../seed.ts";
import { demoOrganization } from "./organization.ts";
import type { LiveRecords, Operation } from "./sellers/operation.ts";
import { runSellers } from "./sellers/sellers.ts";

const NOON = Date.UTC(2026, 10, 2, 12);
const SIZE = { seed: 3, records: 1_200 };
const schema = standardFiles();

describe("the demo in the emulator", () => {
  it("is stored as it was made", () => {
    const emulator = createEmulator({ clock: () => NOON });
    const { businessUnit, currency } = emulator.organization.standard;
    const root = { businessunit: businessUnit, transactioncurrency: currency };
    expect(seedDemo(emulator, SIZE)).toBe(SIZE.records - 2);
    for (const { entity, records } of demoOrganization({ ...SIZE, schema, root }).batches()) {
      const key = emulator.organization.entity(entity)?.primaryIdAttribute ?? "";
      for (const record of records) {
        const stored = emulator.store.get(entity, record[key] as string) ?? {};
        expect(values(stored, Object.keys(record))).toEqual(values(record, Object.keys(record)));
      }
    }
  });

  it("is worked on by sellers under all the rules of the service, without a refusal", async () => {
    let time = NOON;
    const emulator = createEmulator({ clock: () => time });
    seedDemo(emulator, SIZE);
    const { organization, store } = emulator;
    const before = organization.version;
    const live: LiveRecords = {
      pick: (entity, fraction) => organization.findTable(entity)?.at(fraction)?.id,
      get: (entity, id) => store.get(entity, id),
    };
    const apply = ({ kind, entity, id, record, by }: Operation): void => {
      if (kind === "create") store.create(entity, record, by);
      else if (kind === "delete") store.remove(entity, id);
      else store.update(entity, id, record, by);
    };
    const stop = new AbortController();
    const sleep = (milliseconds: number): Promise<void> => {
      time += milliseconds;
      if (time > NOON + 15 * 60_000) stop.abort();
      return Promise.resolve();
    };
    const day = { seed: 1, schema, perMinute: 60, signal: stop.signal, now: () => time };
    const done = await runSellers({ ...day, live, apply, sleep });
    expect(done).toBeGreaterThan(800);
    expect(organization.version - before).toBeGreaterThanOrEqual(done);
  });
});

/** The named values; of numbers written as text what they amount to, not how many zeros they end with. */
function values(record: WireRecord, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, loose(record[name] ?? null)]));
}

function loose(value: unknown): unknown {
  return typeof value === "string" && /^-?\d+\.\d+$/.test(value) ? value.replace(/\.?0+$/, "") : value;
}
