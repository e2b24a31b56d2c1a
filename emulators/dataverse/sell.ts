import { setTimeout as sleep } from "node:timers/promises";
import type { LiveRecords, Operation } from "./demo/sellers/operation.ts";
import { runSellers } from "./demo/sellers/sellers.ts";
import type { Emulator } from "./emulator.ts";
import { ApiError } from "./errors.ts";
import { standardFiles } from "./schema.ts";

export interface SellingDay {
  readonly seed: number;
  readonly perMinute: number;
  /** Ends the day. */
  readonly signal: AbortSignal;
}

/** Lets simulated sellers work on the emulated organization until the signal is aborted. */
export async function sell(emulator: Emulator, { seed, perMinute, signal }: SellingDay): Promise<number> {
  const { organization, store } = emulator;
  const live: LiveRecords = {
    pick: (entity, fraction) => organization.findTable(entity)?.at(fraction)?.id,
    get: (entity, id) => (organization.findTable(entity) === undefined ? undefined : store.get(entity, id)),
  };
  return runSellers({
    seed,
    schema: standardFiles(),
    live,
    apply: (operation) => carryOut(emulator, operation),
    perMinute,
    sleep: async (milliseconds, stop) => sleep(milliseconds, undefined, { signal: stop }),
    now: organization.clock,
    signal,
  });
}

/** What the organization refuses (a record that is gone, a rule that is broken) a seller shrugs off. */
function carryOut({ store }: Emulator, { kind, entity, id, record, by }: Operation): void {
  try {
    if (kind === "create") store.create(entity, record, by);
    else if (kind === "delete") store.remove(entity, id);
    else store.update(entity, id, record, by);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
