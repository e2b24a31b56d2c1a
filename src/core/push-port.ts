/**
 * What the engine asks of the store to bring edits made in marketing to Dynamics.
 */
import type { ErrorCode } from "./errors.ts";
import type { Column } from "./mapping.ts";
import type { Cells, PendingChange } from "./pending.ts";
import type { EntityTrouble, Lease, StoredEntity } from "./store-port.ts";

/**
 * A pending change whose turn it is. Of its columns only those that were asked for; `now` has the values of all
 * columns that were asked for.
 */
export interface DueChange extends PendingChange {
  /** Id of the record in Dynamics. */
  readonly crmId: string;
  /** Version of the record that was applied last. */
  readonly version: string;
}

/** Where a round through the due changes stands. Opaque to everybody but the store. */
export interface DuePlace {
  readonly until: string;
  readonly since: string;
  readonly rowId: string;
}

export interface DueWish {
  /** Columns that travel to Dynamics now, and those that say what they refer to. */
  readonly columns: readonly Column[];
  readonly limit: number;
  /**
   * Which changes: from the beginning of a round (null) or from where it stands, oldest first and each once, none that
   * began after the round; or those of the given rows, whatever their age.
   */
  readonly from: DuePlace | null | { readonly rowIds: readonly string[] };
}

export interface DuePage {
  readonly changes: readonly DueChange[];
  /** Where the round goes on; null at its end. */
  readonly next: DuePlace | null;
}

/** What is about to be sent of a change. */
export interface Sending {
  readonly change: DueChange;
  readonly values: Cells;
}

/**
 * What became of a due change.
 * - `written`: the values are in Dynamics; `version` is that of the record with them, null when it is not known.
 * - `over`: nothing has to be written.
 * - `refused`: it is parked, until it is edited or a person asks; what passes by itself is tried again as well.
 * - `later`: not before `afterMs` milliseconds, more the more often it was tried. `sentStays` when what was noted as
 * sent may have arrived all the same.
 * - `unsent`: what was noted as sent has not arrived; the change is due as before.
 */
export type Fate =
  | { readonly kind: "written"; readonly values: Cells; readonly version: string | null }
  | { readonly kind: "over" }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      /** Column, where one is to blame. */
      readonly field: string | null;
      /** In words for people, without the record's values. */
      readonly detail: string;
      /** What was, or would have been, sent. */
      readonly values: Cells;
    }
  | { readonly kind: "later"; readonly afterMs: number; readonly sentStays: boolean }
  | { readonly kind: "unsent" };

export interface Settlement {
  readonly change: DueChange;
  readonly fate: Fate;
  /** Columns that are no longer pending without having been written: equal, or left apart by a rule. */
  readonly over: readonly string[];
  /** Those of them that a rule leaves different on purpose. */
  readonly keptApart: readonly string[];
}

/** Settlements of one entity, and where they belong. */
export interface Settling {
  readonly columns: readonly Column[];
  readonly settlements: readonly Settlement[];
  /** The cycle that did it, for the history. */
  readonly cycle: string;
}

export interface PushStore {
  /**
   * Pending changes of an entity that may travel now: of linked records that live, neither parked nor waiting for a
   * later moment, with at least one of the wished columns pending. Each is consistent in itself: the values are those
   * of its revision.
   * @throws SyncError `database_unreachable`, `table_refused`
   */
  due(lease: Lease, entity: StoredEntity, wish: DueWish): Promise<DuePage>;

  /**
   * Notes and commits what is about to be sent, before the request. Returns the rows it noted; the others were edited
   * since they were read, or are being edited, and must not be sent.
   * @throws SyncError `fenced`, `database_unreachable`
   */
  noteSent(lease: Lease, entity: StoredEntity, sendings: readonly Sending[]): Promise<ReadonlySet<string>>;

  /**
   * Makes fates take effect in one transaction: pending changes, link versions, history. A value that was edited
   * while it was on its way stays pending against what was sent. A change that is being edited in this moment is left
   * as it is, with what was sent of it, to be looked up later. Returns how many settlements of each kind took effect.
   * @throws SyncError `fenced`, `database_unreachable`, `table_refused`
   */
  settle(lease: Lease, entity: StoredEntity, settling: Settling): Promise<Settled>;

  /** Shows why edits of an entity do not travel. An unchanged trouble keeps the time it began. */
  setPushTrouble(lease: Lease, entity: StoredEntity, trouble: EntityTrouble): Promise<void>;

  /**
   * At the end of a round: clears the trouble when no change waits for a later moment any more. Returns the trouble
   * that stays.
   */
  reviewPushTrouble(lease: Lease, entity: StoredEntity): Promise<EntityTrouble | null>;
}

export interface Settled {
  readonly pushed: number;
  readonly refused: number;
}
