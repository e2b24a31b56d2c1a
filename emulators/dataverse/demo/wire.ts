import { setTimeout as wait } from "node:timers/promises";
import type { RecordStore } from "../record.ts";
import type { EntityFile } from "../schema.ts";
import type { Operation } from "./sellers/operation.ts";
import { runSellers } from "./sellers/sellers.ts";
import { StoreRecords } from "./sellers/store-records.ts";

/** Sellers at work in an emulated organization. */
export interface SellersAtWork {
  readonly store: RecordStore;
  /** The stock definitions; the demo's own must be registered in the store. */
  readonly schema: Iterable<EntityFile>;
  readonly seed: number;
  /** How many acts a minute, on average. */
  readonly perMinute: number;
  /** Ends the work. */
  readonly signal: AbortSignal;
  /** Is told of what the service refused; the work goes on. */
  readonly refused?: (operation: Operation, reason: unknown) => void;
  /** Waits; the machine's timer when absent, which does not keep the process alive. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since 1970; the machine's clock when absent. */
  readonly now?: () => number;
}

/**
 * Lets sellers work on the store, through all the rules of the service, until the signal is aborted.
 *
 * @returns how many operations were tried.
 * @throws what the store throws when it cannot be read.
 */
export function sellersAtWork(settings: SellersAtWork): Promise<number> {
  const { store, schema, seed, perMinute, signal, refused, sleep = timer, now = Date.now } = settings;
  const records = new StoreRecords(store);
  const apply = (operation: Operation): void => {
    try {
      records.apply(operation);
    } catch (error) {
      refused?.(operation, error);
    }
  };
  return runSellers({ live: records, apply, schema, seed, perMinute, signal, sleep, now });
}

async function timer(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal, ref: false });
}
