/**
 * What the commands ask of the application. The application implements it; the commands only speak with people.
 */
import type { FieldsChange, ListedField } from "../core/field-list.ts";
import type { Direction } from "../core/mapping.ts";
import type { Deletes, FieldRule, Winner } from "../core/policy.ts";
import type { NoticeDesk } from "../core/notice.ts";
import type { EventFeed } from "../core/event-port.ts";
import type { AdminDesk, MatchPreview } from "../core/person-desk.ts";
import type { CheckLine } from "../core/ports.ts";
import type { Refused, RetryWish } from "../core/refused.ts";
import type { EntityDesk } from "../core/entity-desk.ts";
import type { CampaignDesk } from "../core/campaign-desk.ts";
import type { SyncDesk } from "../core/sync-desk.ts";
import type { Status } from "../core/status.ts";
import type { WebhookDesk } from "../core/webhook-port.ts";

export interface Tandem {
  /** Runs dashboard, API and worker until the signal is aborted. */
  start(options: StartOptions, signal: AbortSignal): Promise<void>;
  /** Runs cycles in this process until nothing is left to do. */
  sync(options: SyncOptions, signal: AbortSignal): Promise<SyncResult>;
  /** Stores the connection and shows what will be copied, without reading a record. */
  connect(signal: AbortSignal): Promise<Status>;
  /** The set-up check, a line at a time. */
  check(signal: AbortSignal): AsyncIterable<CheckLine>;
  /** The state as stored in the database. */
  status(signal: AbortSignal): Promise<Status>;
  /** Lists fields, after changing them where that is asked for. */
  fields(options: FieldsOptions, signal: AbortSignal): Promise<readonly FieldLine[]>;
  /** Lists the policies of the fields that are on, after setting one where it is given. */
  policies(options: PolicyOptions, signal: AbortSignal): Promise<readonly PolicyLine[]>;
  /** Records that were refused one by one, on either way. */
  errors(signal: AbortSignal): Promise<readonly Refused[]>;
  /** Lets refused edits be tried again with the next cycle. Returns how many. */
  retry(filter: RetryWish, signal: AbortSignal): Promise<number>;
  /** Opens the desk where people ask about persons, for as long as the work takes. */
  people<T>(work: (desk: AdminDesk) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Opens the desk where people ask about campaigns, for as long as the work takes. */
  campaigns<T>(work: (desk: CampaignDesk) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Opens the desk where people say what runs, for as long as the work takes. */
  runs<T>(work: (desk: SyncDesk) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Opens the desk where people choose entities, for as long as the work takes. */
  entities<T>(work: (desk: EntityDesk) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Opens the desk where people look at notices, for as long as the work takes. */
  notices<T>(work: (desk: NoticeDesk) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Opens the feed of events, for as long as the work takes. */
  events<T>(work: (feed: EventFeed) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Opens the desk where webhooks are managed, for as long as the work takes. */
  webhooks<T>(work: (desk: WebhookDesk) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** What matching people would do, without changing anything. */
  previewMatches(signal: AbortSignal): Promise<MatchPreview>;
  /** Connection string for any PostgreSQL tool; the embedded server is started when nobody runs it. */
  database(signal: AbortSignal): Promise<OpenedDatabase>;
}

export interface FieldsOptions extends Omit<FieldsChange, "entity"> {
  /** Only this entity; needed to change anything. */
  readonly entity: string | undefined;
  /** With a few values of each; needs the entity. */
  readonly samples?: boolean;
}

/** A field as a person chooses it. */
export interface FieldLine extends ListedField {
  readonly samples?: readonly string[];
}

export interface PolicyOptions {
  /** Only this entity; needed to set a policy. */
  readonly entity: string | undefined;
  /** What is absent stays; null takes back what was set. */
  readonly change: {
    /** Attribute; without it, the winner is that of the whole entity. */
    readonly field?: string;
    readonly winner?: Winner | null;
    readonly rule?: FieldRule | null;
    readonly direction?: Direction;
    /** Of the whole entity. */
    readonly deletes?: Deletes;
  } | null;
}

/** How one field travels. */
export interface PolicyLine {
  readonly entity: string;
  readonly attribute: string;
  readonly table: string;
  readonly column: string;
  readonly direction: Direction;
  readonly winner: Winner;
  /** True where the field has a winner of its own. */
  readonly own: boolean;
  readonly rule: FieldRule | null;
  /** Of the entity: what becomes in Dynamics of a record whose row marketing deletes. */
  readonly deletes: Deletes;
}

export interface StartOptions {
  /** Called when the dashboard can be opened. */
  readonly onReady: (started: Started) => void;
  /** Called whenever something has changed. */
  readonly onStatus: (status: Status) => void;
}

export interface Started {
  readonly url: string;
  readonly psql: string;
  readonly demo: boolean;
}

export interface SyncOptions {
  /** Lets deletes through that the guard would stop, in this run only. */
  readonly approveDeletes: boolean;
  readonly onStatus: (status: Status) => void;
}

export interface SyncResult {
  readonly cycles: number;
  readonly seconds: number;
  readonly complete: boolean;
  readonly status: Status;
}

export interface OpenedDatabase {
  readonly connectionString: string;
  readonly psql: string;
  close(): Promise<void>;
}
