/**
 * What the engine asks of the store: its own memory (entities, positions, links, parked records, cycles) and the
 * one transaction in which a page takes effect.
 */
import type { ActionStore } from "./action-port.ts";
import type { BackfillStore } from "./backfill-port.ts";
import type { Page, Position } from "./change.ts";
import type { EntityStore, RefusedView } from "./entity-port.ts";
import type { ErrandStore } from "./errand-port.ts";
import type { ErrorCode } from "./errors.ts";
import type { ApprovedDeletes } from "./guard.ts";
import type { Column, EntityMapping } from "./mapping.ts";
import type { Link } from "./link.ts";
import type { PagePlan, Parked } from "./plan.ts";
import type { FieldPolicy } from "./policy.ts";
import type { PushStore } from "./push-port.ts";
import type { RequestStore } from "./request-port.ts";
import type { RunStore } from "./run-port.ts";
import type { SampleStore } from "./sample-port.ts";
import type { FilterExit } from "./sync-filter.ts";

/** Proof of having claimed a connection. A store call with an outdated epoch throws `fenced` and changes nothing. */
export interface Lease {
  readonly connectionId: number;
  readonly epoch: string;
}

/** `live` follows changes; `backfill` fills fields or first snapshots, after whatever is live. */
export type Lane = "live" | "backfill";

/** An entity of a connection as the store remembers it. */
export interface StoredEntity {
  readonly id: number;
  readonly mapping: EntityMapping;
  readonly label: string;
  /** Position of the feed; null before the first page. */
  readonly position: Position | null;
  /** True once a snapshot has been read to its end. */
  readonly complete: boolean;
  /** Records linked so far, deleted ones included. */
  readonly rows: number;
  /** Deletes that wait for the end of the walk, or for a person. */
  readonly held: number;
  readonly approved: ApprovedDeletes;
  /**
   * A compare pass, after the history was lost: `owed` before its first page, `open` until the records it did not
   * meet are settled, null otherwise.
   */
  readonly compare: "owed" | "open" | null;
  /** Position of the backfill under way; null when none has read a page yet. */
  readonly backfillPosition: Position | null;
  /** The newest record applied so far: the witness that the organization's history still reaches to here. */
  readonly witness: { readonly id: string; readonly version: string } | null;
  /** True while fields wait to be backfilled. */
  readonly backfill: boolean;
  /** True until the first walk after a backfill is at its end. */
  readonly refill: boolean;
  /** True while a trouble of the entity is shown to people. */
  readonly troubled: boolean;
  /** True while it is shown why edits of the entity do not travel to Dynamics. */
  readonly pushTroubled: boolean;
  /** Another one means that people have switched or moved fields since, or set how they travel. */
  readonly fieldsRevision: string;
}

/** What records do to the marketing database, committed together or not at all. */
export interface RecordEffects {
  readonly entity: StoredEntity;
  readonly lane: Lane;
  readonly columns: readonly Column[];
  /** Policies of the columns whose edits travel to Dynamics; empty for what only comes from there. */
  readonly policies: ReadonlyMap<string, FieldPolicy>;
  readonly plan: PagePlan;
  /** What becomes of rows whose records the sync filter leaves out. */
  readonly filterExit: FilterExit;
  /**
   * True where the records were read in some of their fields only: versions, and what was refused of them, stay as they
   * are, and nobody gets a row.
   */
  readonly partial?: boolean;
}

/** A page's effects: those of its records, and where the feed stands after it. */
export interface PageEffects extends RecordEffects {
  readonly page: Pick<Page, "phase" | "upserts" | "deletes" | "next" | "last">;
  /** Ids of the page, remembered while a compare pass is under way. */
  readonly seen: readonly string[];
  /** Deletes that may be flagged at the end of this walk without being asked; more are held. */
  readonly allowedDeletes: number;
  /** Records read with this page. */
  readonly read: number;
  /** Records per second at the moment, for people. */
  readonly rate: number;
}

export interface Applied {
  readonly created: number;
  /** Rows that became different; rows that were equal already are not written. */
  readonly updated: number;
  readonly deleted: number;
  /** Deletes that wait from here on. */
  readonly held: number;
  readonly unchanged: number;
  /** Records the database itself refused, found by splitting; the page was committed without them. */
  readonly parked: readonly Parked[];
}

export interface PassStore {
  /** Raises the epoch of the connection: every earlier lease is fenced from here on. */
  claim(connectionId: number): Promise<Lease>;

  /** The connection's entities, in the order they were connected. */
  entities(connectionId: number): Promise<readonly StoredEntity[]>;

  /** Links of the given ids; ids without a link are absent. */
  links(entity: StoredEntity, ids: readonly string[]): Promise<ReadonlyMap<string, Link>>;

  /** Whether any record of the entity was ever linked. */
  hasLinks(entity: StoredEntity): Promise<boolean>;

  /**
   * Of the given leads, those of the same connection with a row that nobody has taken over.
   * @param entity contacts
   */
  freeLeads(entity: StoredEntity, leads: readonly string[]): Promise<ReadonlySet<string>>;

  /**
   * Makes a page take effect: rows, links, parked records and the position in one transaction that also checks the
   * lease. Repeating a page that was committed changes nothing. Rows with a pending change are merged with it as it
   * is at the moment of writing.
   * @throws SyncError `fenced`, `database_unreachable`, `table_refused`
   */
  apply(lease: Lease, effects: PageEffects): Promise<Applied>;

  /**
   * Makes records that were read by id take effect, as `apply` does, without moving any position. Deletes of the plan
   * are left to the feed.
   */
  applyRecords(lease: Lease, effects: RecordEffects): Promise<Applied>;

  /** Forgets the position and begins a compare pass with the next walk. */
  beginCompare(lease: Lease, entity: StoredEntity): Promise<void>;

  /** Forgets how far the backfill came: it begins anew. */
  restartBackfill(lease: Lease, entity: StoredEntity): Promise<void>;

  /** Ids that are linked and live but were not seen by the compare pass; a page of them, in id order. */
  unseen(entity: StoredEntity, after: string | null, limit: number): Promise<readonly string[]>;

  /** How many linked, live records the entity has, and how many of them the compare pass has not seen. */
  unseenCount(entity: StoredEntity): Promise<{ readonly live: number; readonly unseen: number }>;

  /** Flags confirmed deletes that were found by difference, in one transaction under the lease. */
  flagDeleted(lease: Lease, entity: StoredEntity, ids: readonly string[]): Promise<number>;

  /** Ends the compare pass: forgets what it saw. */
  endCompare(lease: Lease, entity: StoredEntity): Promise<void>;

  /** Sets an entity aside with a reason, or clears it with null. */
  setTrouble(lease: Lease, entity: StoredEntity, trouble: EntityTrouble | null): Promise<void>;

  /** Sets a field aside with a reason; the rest of the entity flows. */
  setFieldAside(lease: Lease, entity: StoredEntity, attribute: string, reason: string): Promise<void>;
}

export interface EntityTrouble {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What is stored of an entity when it is connected, or when its description has changed. */
export interface EntityDescription {
  readonly mapping: EntityMapping;
  readonly label: string;
  readonly changeTracking: boolean;
  /** Labels and types for people, by attribute. */
  readonly attributes: ReadonlyMap<string, DescribedAttribute>;
  readonly choices: readonly StoredChoice[];
  /**
   * What Dynamics asks of the entity's values, spelt out. When it is another than before, edits that did not fit are
   * looked at again.
   */
  readonly terms?: string;
  /** Labels that changed since the rows were written. */
  readonly relabellings: readonly Relabelling[];
}

/** An attribute as people see it in the list of fields. */
export interface DescribedAttribute {
  readonly label: string;
  readonly type: string;
  readonly columnType: Column["type"];
  /** True where Dynamics lets it be written; absent means that it does. */
  readonly writable?: boolean;
  /** Entities that the values are ids of; absent for what refers to nothing. */
  readonly targets?: readonly string[];
}

/** Old labels of a choice column and what they are called now; applied at once, so exchanged labels stay apart. */
export interface Relabelling {
  readonly column: Column;
  readonly renames: ReadonlyMap<string, string>;
}

/** The label that a choice value was written with. */
export interface StoredChoice {
  readonly attribute: string;
  readonly value: number;
  readonly label: string;
  /** True while Dynamics does not have it: rows that were read meanwhile hold its number. */
  readonly gone?: boolean;
}

/** The store's side of connecting: what is read and written before the first page. */
export interface ConnectStore {
  /**
   * Stores the mapping and the description of an entity, new or known, and returns it. One that Dynamics had lost and
   * has again is compared whole. Rows follow labels that were
   * renamed in the same transaction, so that repeating it after a crash renames nothing twice.
   */
  saveEntity(lease: Lease, description: EntityDescription): Promise<StoredEntity>;

  /** Labels the entity's choice columns were filled with. */
  choices(entity: StoredEntity): Promise<readonly StoredChoice[]>;

  /**
   * Notes the organization's identity the first time, and insists on it from then on.
   * @throws SyncError `configuration_invalid` when the address has come to lead to another organization
   */
  confirmOrganization(lease: Lease, organizationId: string): Promise<void>;

  /** Notes how many records the organization says it has. */
  saveCounts(lease: Lease, expected: ReadonlyMap<string, number>): Promise<void>;
}

/** The tables people own and query. */
export interface MarketingTables {
  /**
   * Makes the table and the columns that are missing. Existing columns and rows are left as they are. Columns of
   * fields that flow already, which somebody dropped, are marked unfilled with it: a backfill brings their values.
   * @throws SyncError `database_unreachable`, `table_refused`
   */
  prepare(table: string, columns: readonly Column[]): Promise<Prepared>;

  /**
   * Brings the views over the tables in step with them; costs next to nothing while nothing has changed. Returns those
   * that cannot be made, for one since something of people's own has the name.
   * @throws SyncError `database_unreachable`; whatever else PostgreSQL says passes
   */
  keepViews(): Promise<readonly RefusedView[]>;
}

export interface Prepared {
  /** Names of the columns that were missing. */
  readonly added: readonly string[];
  /** Columns that are there with a type that does not keep the values. */
  readonly clashing: readonly Clash[];
}

export interface Clash {
  readonly name: string;
  /** Type of the column as it is, in PostgreSQL's words. */
  readonly has: string;
  readonly wanted: Column["type"];
}

/** What a cycle did, for people. */
export interface CycleCounts {
  readonly pages: number;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** Records that were written in Dynamics. */
  readonly pushed: number;
  /** Records with an edit that was refused; each waits for another edit or a person. */
  readonly refused: number;
  readonly requests: number;
}

/** `done`: all entities read to their end. `partial`: some were set aside or have to wait. */
export type CycleOutcome = "done" | "partial" | "failed" | "stopped";

/** The store's side of a cycle: its beginning, its end, and what people see meanwhile. */
export interface CycleStore {
  beginCycle(lease: Lease): Promise<string>;
  updateCycle(lease: Lease, cycle: string, counts: CycleCounts): Promise<void>;
  endCycle(lease: Lease, cycle: string, counts: CycleCounts, outcome: CycleOutcome): Promise<void>;
  /** Shows a trouble of the whole connection, or clears it with null. */
  setConnectionTrouble(lease: Lease, trouble: EntityTrouble | null): Promise<void>;
  /**
   * Removes the oldest activities, requests and actions, as far as they are older than wished and have ended, and returns
   * how many; fewer than `most` when nothing older is left.
   * @throws SyncError `fenced`, `database_unreachable`
   */
  forget(lease: Lease, forgetting: Forgetting): Promise<number>;
}

/** What to remove of the history in one go. */
export interface Forgetting {
  /** What has ended stays for so many days. */
  readonly days: number;
  /** How many go of each kind at most. */
  readonly most: number;
}

/** Everything the engine asks of the store. */
export interface SyncStore
  extends
    PassStore,
    PushStore,
    ErrandStore,
    RequestStore,
    ActionStore,
    ConnectStore,
    EntityStore,
    CycleStore,
    RunStore,
    BackfillStore,
    SampleStore {}
