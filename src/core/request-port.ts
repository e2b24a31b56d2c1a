/**
 * What the engine asks of the store to bring people of marketing to Dynamics: requests, and the transaction in which a
 * person is linked.
 */
import type { Candidate } from "./candidates.ts";
import type { ErrorCode } from "./errors.ts";
import type { FirstLink, FirstLinkRules } from "./first-link.ts";
import type { Column } from "./mapping.ts";
import type { MatchColumns } from "./match-key.ts";
import type { Cells } from "./pending.ts";
import type { Lease, StoredEntity } from "./store-port.ts";

/** What a person of marketing can be in Dynamics. */
export type PersonEntity = "lead" | "contact";

/**
 * - `queued`: its turn comes. - `creating`: what is sent, and under which id, is stored; whether it arrived may not be
 * known. - `qualifying`: the person is a lead by now and becomes a contact. - `waiting`: a person must decide.
 * - `parked`: refused, until the row changes or somebody asks again.
 */
export type RequestState = "queued" | "creating" | "qualifying" | "waiting" | "parked";

/** Who shall own a record: the id of a user or of a team of Dynamics. */
export interface Owner {
  readonly id: string;
  readonly entity: "systemuser" | "team";
}

/** An open request, with the person as they are now. */
export interface SyncRequest {
  readonly id: string;
  readonly rowId: string;
  readonly as: PersonEntity;
  readonly state: RequestState;
  /** Id of the record to be made; it stays the same however often that is tried. */
  readonly recordId: string;
  /** Who shall own the record; null leaves it to Dynamics. */
  readonly owner: Owner | null;
  /** What a person decided about the candidates: which record it is, or that it is a new one. */
  readonly decision: { readonly id: string; readonly entity: PersonEntity } | "new" | null;
  /** What is being made, from before the call. */
  readonly making: { readonly entity: PersonEntity; readonly sent: Cells } | null;
  readonly attempts: number;
  /** Changes with every edit of the row. */
  readonly seen: string;
  /** By column; empty when the row is gone. */
  readonly now: Cells;
  /** Whom the row is linked to now; `gone` when it was deleted. A record that Dynamics deleted is no link. */
  readonly person: { readonly entity: PersonEntity | null } | "unlinked" | "gone";
}

export interface RequestWish {
  /** Columns to read of the person. */
  readonly columns: readonly Column[];
  readonly limit: number;
  /**
   * `under-way`: those that are being made. Otherwise those that are due behind the given request, in the order in which
   * they were made: queued, or parked or waiting although their row has changed or is no longer to be synced.
   */
  readonly which: "under-way" | { readonly after: string };
}

/** What became of a request that did not end with a link. */
export type RequestFate =
  | { readonly kind: "over"; readonly outcome: "created" | "already-linked" | "gone" }
  | { readonly kind: "waiting"; readonly candidates: readonly Candidate[] }
  | {
      readonly kind: "parked";
      readonly code: ErrorCode;
      /** Column, where one is to blame. */
      readonly field: string | null;
      readonly detail: string;
    }
  | {
      readonly kind: "later";
      /** `creating` while it is not known whether the record was made. */
      readonly state: "queued" | "creating" | "qualifying";
      readonly code: ErrorCode;
      readonly detail: string;
      readonly afterMs: number;
    };

export interface RequestSettlement {
  readonly request: SyncRequest;
  readonly fate: RequestFate;
}

/** A creation that is about to be sent. */
export interface Creation {
  readonly request: SyncRequest;
  readonly entity: PersonEntity;
  readonly sent: Cells;
}

/** People and the records that become theirs. */
export interface Linking {
  readonly links: readonly FirstLink[];
  readonly rules: FirstLinkRules;
  /** Rows whose requests go on: the person is to become a contact. Those of the others are over. */
  readonly qualifying?: ReadonlySet<string>;
  /** The cycle that did it, for the history. */
  readonly cycle: string | null;
}

export interface Linked {
  /** Rows that are linked now; the others were linked, deleted or refused meanwhile, or the record is somebody's. */
  readonly rows: ReadonlySet<string>;
  /** Rows that the database refuses to give the record's values, with the reason. */
  readonly refused: ReadonlyMap<string, string>;
}

/** A person of marketing with the values that are compared. */
export interface KeyedRow {
  readonly rowId: string;
  readonly values: Cells;
}

/** People of marketing alone who are alike. */
export interface AlikeRows {
  readonly values: Cells;
  readonly people: number;
}

/** A row that is linked already. */
export interface LinkedRow extends KeyedRow {
  readonly recordId: string;
  readonly entity: PersonEntity;
}

/** A person of marketing and the records that could be theirs, for somebody to decide. */
export interface OpenMatch {
  readonly rowId: string;
  readonly candidates: readonly Candidate[];
}

export interface RequestStore {
  /** Files requests for people who meet a rule and never had one. Returns how many. A rule that fails says why. */
  followRules(lease: Lease): Promise<number>;

  /** @throws SyncError `database_unreachable` */
  requests(lease: Lease, wish: RequestWish): Promise<readonly SyncRequest[]>;

  /**
   * Notes and commits what is about to be made, before the call. Returns the requests it noted; the others' rows were
   * edited or linked since they were read, and must not be sent.
   * @throws SyncError `fenced`, `database_unreachable`
   */
  noteCreating(lease: Lease, creations: readonly Creation[]): Promise<ReadonlySet<string>>;

  /** Makes fates take effect, and tells the history of refusals. @throws SyncError `fenced`, `database_unreachable` */
  settleRequests(
    lease: Lease,
    entity: StoredEntity,
    settling: { readonly settlements: readonly RequestSettlement[]; readonly cycle: string },
  ): Promise<void>;

  /**
   * Links people in one transaction: the row, the link, what has to travel from here on, the history, the request. A
   * person who was deleted while their record was made leaves a tombstone.
   * @throws SyncError `fenced`, `database_unreachable`
   */
  linkPeople(lease: Lease, entity: StoredEntity, linking: Linking): Promise<Linked>;

  /**
   * Notes for linked rows what would have to travel, had their person just been linked to the record: a value that the
   * record does not have, an opt-out. A record that takes over a row brings its own values with it otherwise.
   * @throws SyncError `fenced`, `database_unreachable`
   */
  oweFirst(lease: Lease, entity: StoredEntity, linking: Pick<Linking, "links" | "rules">): Promise<void>;

  /** True while there is at least one person of marketing alone. */
  hasUnlinked(lease: Lease): Promise<boolean>;

  /** How many people of marketing alone there are. */
  countUnlinked(lease: Pick<Lease, "connectionId">): Promise<number>;

  /**
   * People of marketing alone who have a value in each of the columns, those who are alike together, in the order of
   * their values; a page of them behind the given values.
   */
  unlinkedKeys(
    lease: Pick<Lease, "connectionId">,
    columns: MatchColumns,
    page: { readonly after: Cells | null; readonly limit: number },
  ): Promise<readonly AlikeRows[]>;

  /** People of marketing alone of whom the first column may be one of the values; nobody who is being made. */
  unlinked(
    lease: Pick<Lease, "connectionId">,
    columns: MatchColumns,
    values: readonly string[],
  ): Promise<readonly KeyedRow[]>;

  /** People whose record is just being made, with the values they have now. */
  peopleUnderWay(lease: Lease, columns: MatchColumns): Promise<readonly KeyedRow[]>;

  /** Linked people of whom the first column may be one of the values. */
  linked(
    lease: Pick<Lease, "connectionId">,
    columns: MatchColumns,
    values: readonly string[],
  ): Promise<readonly LinkedRow[]>;

  /** Of the given records, those that are somebody's or are being made, with the row. */
  owners(lease: Pick<Lease, "connectionId">, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;

  /** Of the given records, those that are being made: the feed may tell them before they are linked. */
  beingMade(lease: Lease, ids: readonly string[]): Promise<ReadonlySet<string>>;

  /** Files matches for somebody to decide; those of people with an open request join it. */
  noteMatches(lease: Lease, matches: readonly OpenMatch[]): Promise<void>;
}
