import { crowd } from "./demo/crowd.ts";
import { demoOrganization } from "./demo/organization.ts";
import type { Emulator } from "./emulator.ts";
import { standardFiles } from "./schema.ts";

export interface DemoSize {
  readonly seed: number;
  /** How many records in all. */
  readonly records: number;
}

/** Fills an emulator with the demo organization of a seed; gives how many records it got. */
export function seedDemo(emulator: Emulator, { seed, records }: DemoSize): number {
  const { businessUnit, currency } = emulator.organization.standard;
  const root = { businessunit: businessUnit, transactioncurrency: currency };
  const demo = demoOrganization({ seed, records, schema: standardFiles(), root });
  for (const definition of demo.entities) emulator.schema.define(definition);
  let inserted = 0;
  for (const batch of demo.batches()) inserted += emulator.store.insertMany(batch.entity, batch.records);
  return inserted;
}

/** Adds many contacts of 60 columns, for measurements. */
export function seedCrowd(emulator: Emulator, { seed, records }: DemoSize): number {
  const { definition, contacts } = crowd({ seed, schema: standardFiles() });
  emulator.schema.define(definition);
  return emulator.store.insertMany("contact", contacts(records));
}
