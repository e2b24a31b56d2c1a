/**
 * What the engine is given: the two sides, its memory, and time. Everything that can differ from run to run is here.
 */
import type { Guard } from "../core/guard.ts";
import type { CampaignStore } from "../core/campaign-port.ts";
import type { ListSink } from "../core/list-port.ts";
import type { EntityMapping } from "../core/mapping.ts";
import type { ColumnType } from "../core/cell.ts";
import type { Observer } from "../core/observer.ts";
import type { MatchColumns } from "../core/match-key.ts";
import type { Entity } from "../core/organization.ts";
import type { Source } from "../core/ports.ts";
import type { Sink } from "../core/sink-port.ts";
import type { MarketingTables, SyncStore } from "../core/store-port.ts";
import type { SyncFilter } from "../core/sync-filter.ts";

/** How people of marketing come to Dynamics. */
export interface PeopleSettings {
  /** Columns by which a person is looked for before they are made; none makes everybody anew. */
  readonly matchBy: MatchColumns;
  /** How a person becomes a contact: made as one, or made as a lead that is qualified, as the native sync does. */
  readonly contactsBy: "direct" | "qualify";
  /** Attributes that only the forms of Dynamics insist on, so that a record is made without them. */
  readonly optionalFields: ReadonlySet<string>;
}

export interface EngineParts {
  readonly source: Source;
  readonly sink: Sink;
  readonly store: SyncStore;
  readonly tables: MarketingTables;
  /** Decides where an entity's fields live, keeping what is known. */
  readonly mappingFor: MappingRule;
  readonly filter: SyncFilter;
  readonly clock: Clock;
  readonly log: Log;
  /** Who watches; absent where nobody does. */
  readonly observer?: Observer;
  /** Absent where the outside system has no campaigns. */
  readonly campaigns?: CampaignParts;
}

/** The two sides of campaigns. */
export interface CampaignParts {
  readonly store: CampaignStore;
  readonly sink: ListSink;
}

/** Decides the mapping of an entity. `taken`: columns its table has from other entities. Pure. */
export type MappingRule = (
  entity: Entity,
  taken: ReadonlyMap<string, TakenColumn>,
  known?: EntityMapping,
) => EntityMapping;

/** What a column holds of another entity. */
export interface TakenColumn {
  readonly attribute: string;
  readonly type: ColumnType;
}

export interface Clock {
  /** Milliseconds since some moment; never goes back, whatever happens to the machine's date. */
  now(): number;
}

/**
 * One line of the log: an event's name and facts without secrets or personal data. An error goes in as `err`: of one that is
 * not Tandem's own, its words are left out.
 */
export type Log = (
  level: "info" | "warn" | "error",
  event: string,
  facts: Readonly<Record<string, unknown>>,
) => void;

export interface CycleSettings {
  /** Entities to keep in step, referenced ones first. */
  readonly entities: readonly string[];
  /** Records a page. */
  readonly pageSize: number;
  /** Milliseconds after which changes are read again while a snapshot takes its time. */
  readonly livePollMs: number;
  /** Whole reads (snapshots, compare passes, backfills) that take turns at once; bounds memory. */
  readonly wholeReads: number;
  /** Edits that one turn of a push takes, at most. */
  readonly pushSize: number;
  /** Write to Dynamics only what still has the version that was applied last. */
  readonly guardWrites: boolean;
  readonly guard: Guard;
  readonly people: PeopleSettings;
  /** Ask first whether the organization was restored to an earlier state: two requests more. */
  readonly checkHistory: boolean;
}
