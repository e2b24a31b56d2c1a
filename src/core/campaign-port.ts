/**
 * What the engine asks of the store to bring people into campaigns of Dynamics and out of them again.
 */
import type { ErrorCode } from "./errors.ts";
import type { CampaignItem, MemberList } from "./list-port.ts";
import type { Settled } from "./push-port.ts";
import type { PersonEntity } from "./request-port.ts";
import type { Lease, StoredEntity } from "./store-port.ts";

/** A record as campaigns know people: leads and contacts are on lists of their own. */
export interface PersonRecord {
  readonly kind: PersonEntity;
  readonly id: string;
}

/** A record of a person that is on one of our lists, or may be. */
export interface ListEntry extends PersonRecord {
  readonly list: string;
  /** It was on the list before it was asked for: it is never taken off. */
  readonly wasThere: boolean;
  /** False from before the call until what came of it is stored. */
  readonly settled: boolean;
}

/**
 * What is to be done about a person in a campaign: they are asked to be in it or out of it; or they are in it (`stay`)
 * and their record has become another one.
 */
export type MemberWish = "add" | "remove" | "stay";

/** A person in a campaign who needs something to be done. */
export interface DueMember {
  /** Row of the table campaigns. */
  readonly campaignId: string;
  /** Row of the table people. */
  readonly personId: string;
  readonly campaign: {
    readonly id: string;
    readonly name: string;
    /** It was deleted in Dynamics. */
    readonly gone: boolean;
  };
  readonly wish: MemberWish;
  /** Raised with every wish; what was done for an older one does not settle a newer one. */
  readonly revision: string;
  readonly attempts: number;
  /** The person's record; null where there is none, or none that lives. */
  readonly record: PersonRecord | null;
  readonly entries: readonly ListEntry[];
}

/**
 * What became of it.
 * - `added`: the record is on the list, `anew` when it was put there by this. - `removed`: nothing of ours is left on a
 * list, `anew` when something was taken off. - `was-there`: they are not ours to take off, and stay.
 * - `refused`: parked until somebody asks again. - `later`: not before `afterMs` milliseconds, more the more often it was
 * tried.
 */
export type MemberFate =
  | { readonly kind: "added"; readonly wasThere: boolean; readonly anew: boolean }
  | { readonly kind: "removed"; readonly anew: boolean }
  | { readonly kind: "was-there" }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly detail: string }
  | { readonly kind: "later"; readonly afterMs: number };

export interface MemberSettlement {
  readonly member: DueMember;
  readonly fate: MemberFate;
  /** The record that is on a list from here on; null where none is. */
  readonly put: ListEntry | null;
  /** Records that are on a list no longer, or not through us. */
  readonly dropped: readonly ListEntry[];
}

/** One of the two lists of a campaign that hold who was added from here. */
export interface CampaignList extends MemberList {
  readonly campaign: string;
  readonly name: string;
  /** It was made or found in Dynamics; otherwise only its id is chosen. */
  readonly made: boolean;
}

export interface CampaignStore {
  /**
   * Brings members in line with what happened beside: whose record was deleted in Dynamics is in no campaign any more.
   * @throws SyncError `fenced`, `database_unreachable`
   */
  reviewMembers(lease: Lease): Promise<void>;

  /**
   * Who needs something to be done, those who asked first before the rest: those who are asked for and have a record,
   * or, with `moved`, those whose record has become another one.
   */
  dueMembers(
    lease: Lease,
    wish: { readonly limit: number; readonly moved: boolean },
  ): Promise<readonly DueMember[]>;

  /** The list of a campaign for a kind of record; its id and name are chosen and committed where there is none yet. */
  campaignList(lease: Lease, campaign: string, kind: PersonEntity): Promise<CampaignList>;

  /** Notes that a list is there, and under which id it was found. */
  keepList(lease: Lease, list: CampaignList): Promise<void>;

  /** Forgets lists that Dynamics no longer has: nobody is on them. */
  forgetLists(lease: Lease, lists: readonly string[]): Promise<void>;

  /**
   * Notes and commits who is about to be put on a list, before the call. Returns those it noted, by `memberKey`; the
   * others' wish is another one by now, and must not be sent.
   */
  noteMembers(
    lease: Lease,
    adding: readonly { readonly member: DueMember; readonly entry: ListEntry }[],
  ): Promise<ReadonlySet<string>>;

  /**
   * Makes fates take effect, and tells the history. Returns how many are done, and how many are refused anew.
   * @param kinds leads and contacts, as the history names them
   */
  settleMembers(
    lease: Lease,
    kinds: ReadonlyMap<PersonEntity, StoredEntity>,
    settling: { readonly settlements: readonly MemberSettlement[]; readonly cycle: string },
  ): Promise<Settled>;

  /** Stores which lists belong to which campaigns; what is not among the items does not any more. */
  saveItems(lease: Lease, items: readonly CampaignItem[]): Promise<void>;

  /** True when the stored items have the list in the campaign. */
  isAttached(item: CampaignItem): Promise<boolean>;

  /** Adds one to the stored items. */
  saveItem(lease: Lease, item: CampaignItem): Promise<void>;
}

/** Names a person in a campaign. */
export function memberKey({ campaignId, personId }: Pick<DueMember, "campaignId" | "personId">): string {
  return `${campaignId} ${personId}`;
}
