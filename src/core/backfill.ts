/**
 * Backfills as people ask for them and see them.
 */
import type { BackfillConditions } from "./backfill-port.ts";

/** What is to be filled, or filled anew. */
export interface BackfillWish {
  /** Logical name of the entity. */
  readonly entity: string;
  /** Logical names; those that are off are switched on. */
  readonly attributes: readonly string[];
  readonly conditions: BackfillConditions;
  /** Only these: rows of the marketing table, or ids of Dynamics. Null: whoever meets the conditions. */
  readonly records: readonly string[] | null;
}

export interface Backfill {
  readonly id: string;
  readonly entity: string;
  readonly attributes: readonly string[];
  /** `feed`: every record, because fields were switched on. `filter`, `ids`: chosen ones. */
  readonly way: "feed" | "filter" | "ids";
  readonly conditions: BackfillConditions;
  readonly state: "queued" | "running" | "done" | "failed" | "cancelled";
  /** Records read so far. */
  readonly read: number;
  /** Records to be read in all, by what the organization says; null when unknown. */
  readonly expected: number | null;
  /** Records per second over the last seconds; 0 when nothing flows. */
  readonly rate: number;
  /** Seconds until its end at this rate; null when unknown. */
  readonly secondsLeft: number | null;
  readonly requestedAt: string;
  /** Who asked, and by which way; null where a switch of fields did. */
  readonly requestedBy: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Why it ended otherwise than well. */
  readonly outcome: string | null;
}

/** What came of asking. */
export interface BackfillAnswer {
  readonly backfills: readonly Backfill[];
  /** Of the named records, those that are none of the entity's; at most ten are named. */
  readonly unknown: { readonly count: number; readonly first: readonly string[] };
}
