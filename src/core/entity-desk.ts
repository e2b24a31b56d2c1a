/**
 * Where people choose which entities are kept in step.
 */
import type { Path } from "./entity-paths.ts";

/** An entity as people choose it. */
export interface ListedEntity {
  /** Logical name in Dynamics: `new_session`. */
  readonly entity: string;
  readonly label: string;
  /** `relation`: an N:N relationship; its rows are pairs of ids. */
  readonly kind: "table" | "activity" | "relation";
  /** Relationships that it is, by schema name; empty unless it is a relation. */
  readonly relationships: readonly string[];
  /**
   * - `on`: kept in step. - `starting`: switched on; the next cycle begins with it. - `set-aside`: on, but cannot be
   * read. - `stopping`: switched off; the next cycle goes without it. - `off`: not followed.
   */
  readonly state: "on" | "starting" | "set-aside" | "stopping" | "off";
  /** Marketing table; null where there is none yet. */
  readonly table: string | null;
  /** Rows of the table, deleted records included; those of an entity that is off stay as they were. */
  readonly rows: number;
  /** How much of it the application user may read; null when it is not known. */
  readonly readable: "all" | "part" | "none" | null;
  /** Whether Dynamics tracks its changes and deletes. */
  readonly tracked: boolean;
  /** Every way to a lead, contact or account, shortest first. */
  readonly paths: readonly Path[];
  /** The rule by which it is usually left out of the list. */
  readonly noise: string | null;
  /** Why it is set aside. */
  readonly trouble: string | null;
}

export interface EntityListing {
  readonly entities: readonly ListedEntity[];
  /** When the organization was last asked for its map; null before the first time. */
  readonly readAt: string | null;
  /** Why the map could not be read when it was tried last. */
  readonly trouble: string | null;
}

export interface EntitySwitches {
  /** Logical names; of an N:N relationship, its schema name or that of its intersect entity. */
  readonly on: readonly string[];
  readonly off: readonly string[];
}

export interface EntityDesk {
  /** What there is, as the worker last read it: nearest first. `all`: with what is left out, and what has no path. */
  entities(all: boolean): Promise<EntityListing>;

  /**
   * Switches entities. A worker that runs takes it up at once, in the middle of whatever it reads.
   * @throws SyncError `configuration_invalid` when a name is not known, or cannot be switched off
   */
  switchEntities(switches: EntitySwitches): Promise<void>;

  /** Lets the worker read the map anew with its next cycle. */
  readMapAgain(): Promise<void>;
}
