/**
 * The seams of the engine: what it asks of an outside system. Stores are in `store-port.ts`.
 */
import type { OrganizationMap } from "./entity-map.ts";
import type { Span } from "./backfill-port.ts";
import type { Page, Position, SourceRecord } from "./change.ts";
import type { Reading } from "./mapping.ts";
import type { Currency, Entity } from "./organization.ts";

/** What to read of one entity. */
export interface FeedRequest {
  readonly entity: Entity;
  /** Attributes to read (logical names). The primary id and the row version always come along. */
  readonly attributes: readonly string[];
  /** Position to go on from; null begins a snapshot. */
  readonly from: Position | null;
  /** Begin a compare pass instead of a snapshot when `from` is null. */
  readonly compare?: boolean;
  /** Records a page, at most what the service allows. */
  readonly pageSize: number;
  /** How the records will be read: with it, the source may make their rows itself (`SourceRecord.made`). */
  readonly reading?: Reading;
}

/** Which records to read outside of any feed: of all given spans of time. */
export interface ChoiceRequest {
  readonly entity: Entity;
  /** Attributes to read (logical names), as of a feed. */
  readonly attributes: readonly string[];
  readonly created?: Span;
  /** By the last modification. */
  readonly changed?: Span;
  /** Position to go on from; null begins. */
  readonly from: Position | null;
  /** Records a page, at most what the service allows. */
  readonly pageSize: number;
}

export interface ChosenPage {
  readonly records: readonly SourceRecord[];
  /** Where to go on; null at the end. */
  readonly next: Position | null;
}

/**
 * Reads an outside system. One source serves one organization with one sign-in.
 */
export interface Source {
  /** Requests sent so far, repeats and sign-ins included. */
  readonly requests: number;

  /**
   * Reads the description of the named entities. Entities that do not exist or may not be read are left out of the
   * map and named in `missing` with the reason. Never expands the whole organization in one request.
   * @throws SyncError `sign_in_failed`, `not_an_application_user`, `unavailable`, `throttled`, `name_not_found`, …
   */
  describe(names: readonly string[], signal: AbortSignal): Promise<OrganizationDescription>;

  /**
   * Reads the map of the organization: which entities there are and how they refer to each other, in a number of
   * requests that does not grow with it. References to users, teams, units and currencies are left out.
   * @throws SyncError as `describe`
   */
  map(signal: AbortSignal): Promise<OrganizationMap>;

  /**
   * Yields pages from `request.from`; from the beginning when it is null. Ends after a page with `last`.
   *
   * Ordering: pages come in feed order; within a page upserts precede deletes. An id that is in both has been
   * checked, and stands only where it belongs.
   * Repeats: a page may be delivered again after a restart, and a record may come twice, in the same or a later state.
   * Completeness: when a page with `last` has been read, every change that was committed before the walk began has
   * been delivered. An empty page in the middle is not the end.
   * Reading ahead: the source may fetch the next page before it is asked for; it stops when the iterator is closed.
   * Waiting: throttling and passing faults are waited out within the source's bound and reported through `onWait`.
   * @throws SyncError `history_lost` when the feed no longer reaches back to `from` (begin a compare pass),
   * `permission_missing`, `entity_missing`, `field_missing` (with `field`), `unavailable`, `stopped`.
   */
  changes(request: FeedRequest, signal: AbortSignal): AsyncIterable<Page>;

  /**
   * Reads one page of chosen records, each once and as it is then, in the order of their ids. Records that are made or
   * deleted meanwhile may be among them or not: that is the feed's to tell.
   * @throws SyncError `history_lost` when the position is not accepted any more (begin anew), and as `changes`
   */
  choose(request: ChoiceRequest, signal: AbortSignal): Promise<ChosenPage>;

  /**
   * Of the given ids, those that exist now. Used to confirm deletes that were found by difference: an id is
   * reported missing only when the service said so in a complete answer.
   * @throws SyncError as `changes`.
   */
  existing(entity: Entity, ids: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;

  /**
   * The row versions of the given records as they are now; records that are not found are absent.
   * @throws SyncError as `changes`.
   */
  versions(entity: Entity, ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;

  /** How many records the organization says it has, per entity; a snapshot up to a day old, absent when unknown. */
  counts(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>>;

  /** Closes sockets. */
  close(): Promise<void>;
}

export interface OrganizationDescription {
  readonly organizationId: string;
  readonly userId: string;
  readonly entities: ReadonlyMap<string, Entity>;
  readonly missing: ReadonlyMap<
    string,
    { readonly code: "permission_missing" | "entity_missing"; readonly detail: string }
  >;
  readonly currencies: readonly Currency[];
}

/** A wait that the source has entered, for the status page. */
export interface Wait {
  readonly code: "throttled" | "unavailable" | "unexpected_answer" | "sign_in_failed";
  readonly ms: number;
  readonly attempt: number;
  readonly detail: string;
}

/** One line of the set-up check. */
export interface CheckLine {
  /** Stable id: `address`, `sign-in`, `application-user`, `privileges:lead`, `change-tracking:lead`, `clock`, … */
  readonly id: string;
  readonly title: string;
  readonly verdict: "green" | "yellow" | "red";
  /** What was found, in one sentence. */
  readonly found: string;
  /** What to do about it; absent when green. */
  readonly remedy?: string;
}
