/**
 * Samples of fields that are off: what the engine asks of the store for them. Personal data: never logged.
 */
import type { Lease, StoredEntity } from "./store-port.ts";

export interface SampleStore {
  /** Of the given entities, those with fields that are off whose samples are missing or have grown old. */
  samplesDue(entityIds: readonly number[]): Promise<ReadonlySet<number>>;

  /** Notes samples by attribute; those of before are forgotten. */
  saveSamples(
    lease: Lease,
    entity: StoredEntity,
    samples: ReadonlyMap<string, readonly string[]>,
  ): Promise<void>;
}
