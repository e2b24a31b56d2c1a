/**
 * Where people say what runs: pauses, and what is known of the fields.
 */
import type { Backfill, BackfillAnswer, BackfillWish } from "./backfill.ts";
import type { FieldsChange, SampledField } from "./field-list.ts";
import type { Pause } from "./run-port.ts";

/** What was paused or let go on, and how it stands now. */
export interface Rested {
  readonly connection: string;
  /** Null where it is the connection itself. */
  readonly entity: string | null;
  readonly paused: Pause | null;
}

/** Deletes that pass the mass-change guard now, by the way they go. */
export interface Approved {
  readonly connection: string;
  readonly entity: string;
  readonly fromDynamics: number;
  readonly toDynamics: number;
}

export interface SyncDesk {
  /**
   * Pauses a connection, or entities of it; the cycle under way stops at its next turn. Everything that waits is kept,
   * and edits are still noted.
   * @param entities empty: the whole connection
   * @throws SyncError `configuration_invalid` for an entity that is not known; nothing is paused then
   */
  pause(connectionId: number, entities: readonly string[]): Promise<readonly Rested[]>;

  /** Lets go on what was paused, at once. Throws as `pause` does. */
  resume(connectionId: number, entities: readonly string[]): Promise<readonly Rested[]>;

  /**
   * Lets pass what the mass-change guard holds of the entities now, and no more than that, with the next cycle.
   * @throws SyncError `configuration_invalid` for an entity that is not known; nothing is approved then
   */
  approve(connectionId: number, entities: readonly string[]): Promise<readonly Approved[]>;

  /**
   * The fields of an entity, those that are on first, with a few values of each.
   * @throws SyncError `configuration_invalid` for an entity that is not known
   */
  fields(entity: string): Promise<readonly SampledField[]>;

  /**
   * Switches fields, and decides where they live.
   * @throws SyncError `configuration_invalid` with what cannot be done
   */
  changeFields(change: FieldsChange): Promise<void>;

  /** Backfills that are open, and the last that ended; the newest last. */
  backfills(): Promise<readonly Backfill[]>;

  /**
   * Asks for the values of fields, of all records or of chosen ones; fields that are off are switched on.
   * @throws SyncError `configuration_invalid` with what cannot be fulfilled; nothing is changed then
   */
  backfill(wish: BackfillWish): Promise<BackfillAnswer>;

  /**
   * Takes a backfill back and says how it stands; null when there is none of that number.
   * @throws SyncError `configuration_invalid` for one that fills fields which were switched on
   */
  cancelBackfill(id: string): Promise<Backfill | null>;

  /** Numbers of the connections there are. */
  connections(): Promise<readonly number[]>;
}
