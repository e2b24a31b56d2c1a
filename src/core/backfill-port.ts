/**
 * Backfills of chosen records: which there are, and what the engine asks of the store for them.
 */
import type { Position } from "./change.ts";
import type { Lease } from "./store-port.ts";

/** A span of time in ISO 8601, UTC. */
export interface Span {
  /** This moment and later. */
  readonly from?: string;
  /** Earlier than this moment. */
  readonly before?: string;
}

/** Which records take part; all that is given must hold. */
export interface BackfillConditions {
  readonly created?: Span;
  /** By the record's last modification in Dynamics. */
  readonly changed?: Span;
  /** Conditions as in TANDEM_FILTER, without the entity's name. */
  readonly where?: string;
}

/** A backfill that is due, or under way. */
export interface OpenBackfill {
  readonly id: string;
  readonly entityId: number;
  readonly attributes: readonly string[];
  /** `ids`: records by name, which the store has; `filter`: those that meet the conditions. */
  readonly way: "filter" | "ids";
  readonly conditions: BackfillConditions;
  /** Where it goes on; null at the beginning. Of `ids` the last id that was read. */
  readonly position: Position | null;
}

/** How far a backfill came with a page. */
export interface BackfillProgress {
  readonly position: Position | null;
  /** Records read with the page, and rows that became different. */
  readonly read: number;
  readonly changed: number;
  /** Records per second, for people. */
  readonly rate: number;
  readonly last: boolean;
}

export interface BackfillStore {
  /**
   * The first backfill of chosen records, of the given entities, that is due: they wait for each other. Those of paused
   * entities wait aside.
   * @throws SyncError `database_unreachable`
   */
  nextBackfill(entityIds: readonly number[]): Promise<OpenBackfill | null>;

  /** Ids of an `ids` backfill, in their order, after the given one. */
  backfillIds(backfill: OpenBackfill, limit: number): Promise<readonly string[]>;

  /** Notes a page. Nothing happens to a backfill that was cancelled meanwhile. */
  noteBackfill(lease: Lease, id: string, progress: BackfillProgress): Promise<void>;

  /** Ends a backfill that cannot go on, with the reason in words for people. */
  failBackfill(lease: Lease, id: string, reason: string): Promise<void>;
}
