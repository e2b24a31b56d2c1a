/**
 * Errands: what marketing asks of Dynamics beside edits. The record of a row that was deleted is to be deleted, the
 * record of a person who was merged is to be merged; both only by choice.
 */
import type { ErrorCode } from "./errors.ts";
import type { Settled } from "./push-port.ts";
import type { Lease, StoredEntity } from "./store-port.ts";

interface Asked {
  /** Id of the record that goes. */
  readonly crmId: string;
  /** Row of the marketing table: the one that was deleted, or the one that the person has become. */
  readonly rowId: string;
  /** It was asked before, and nobody heard what came of it. */
  readonly sent: boolean;
  readonly attempts: number;
}

export interface DeleteErrand extends Asked {
  readonly kind: "delete";
  /** The version that marketing knew. */
  readonly version: string;
}

export interface MergeErrand extends Asked {
  readonly kind: "merge";
  /** Record of the row that the person has become; null where that is none of the same kind, or none that lives. */
  readonly into: string | null;
}

export type Errand = DeleteErrand | MergeErrand;

/**
 * What became of an errand.
 * - `done`: it is so in Dynamics. - `dropped`: it is not to be done any more; `detail` says why, for the history.
 * - `refused`: it is parked until somebody asks again. - `later`: not before `afterMs` milliseconds, more the more often
 * it was tried; `sent` when it may have been carried out all the same.
 */
export type ErrandFate =
  | { readonly kind: "done" }
  | { readonly kind: "dropped"; readonly detail: string }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly detail: string }
  | { readonly kind: "later"; readonly afterMs: number; readonly sent: boolean };

export interface ErrandSettlement {
  readonly errand: Errand;
  readonly fate: ErrandFate;
}

/** Deletes of marketing that wait to be carried out in Dynamics. */
export interface WaitingDeletes {
  readonly waiting: number;
  /** True when none of them is to be carried out. */
  readonly held: boolean;
}

export interface ErrandStore {
  /**
   * How many deletes of the entity wait for their turn or a later moment; parked ones are not counted. Forgets those
   * whose record has a row again: it changed in Dynamics, or somebody brought the row back.
   *
   * Deletes that were more than allowed once are held until so many are allowed or none is left, even where their number
   * sinks by itself.
   * @throws SyncError `fenced`, `database_unreachable`, `table_refused`
   */
  waitingDeletes(lease: Lease, entity: StoredEntity, allowed: number): Promise<WaitingDeletes>;

  /**
   * Deletes whose turn it is, oldest first; neither parked ones nor those that wait for a later moment.
   * @throws SyncError `database_unreachable`, `table_refused`
   */
  dueDeletes(entity: StoredEntity, limit: number): Promise<readonly DeleteErrand[]>;

  /** The same of merges; none where the admin does not want them in Dynamics. */
  dueMerges(entity: StoredEntity, limit: number): Promise<readonly MergeErrand[]>;

  /** Notes and commits that they are about to be asked, before the call. @throws SyncError `fenced`, `database_unreachable` */
  noteErrands(lease: Lease, entity: StoredEntity, errands: readonly Errand[]): Promise<void>;

  /**
   * Makes fates take effect, and tells the history. Returns how many are done, and how many are refused anew.
   * @throws SyncError `fenced`, `database_unreachable`
   */
  settleErrands(
    lease: Lease,
    entity: StoredEntity,
    settling: { readonly settlements: readonly ErrandSettlement[]; readonly cycle: string },
  ): Promise<Settled>;
}
