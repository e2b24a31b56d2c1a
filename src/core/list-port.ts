/**
 * What the engine asks of an outside system that keeps people on static lists and lists in campaigns.
 */
import type { PersonEntity } from "./request-port.ts";
import type { Outcome } from "./sink-port.ts";

/** A static list, which holds records of one kind only. */
export interface MemberList {
  readonly id: string;
  readonly kind: PersonEntity;
}

/** A thing that belongs to a campaign: a list, or whatever else the service puts there. */
export interface CampaignItem {
  readonly campaign: string;
  readonly item: string;
}

/** Lists and their members. Every call may be repeated: who is on a list already, or off it, stays so. */
export interface ListSink {
  /**
   * Of the given records, those that are on the list.
   * @throws SyncError as `Source.changes`
   */
  onList(list: MemberList, ids: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;

  /**
   * Puts records on a list, many with one request; a record that is refused keeps no other one back. Every record has
   * exactly one outcome, `written` where it is on the list.
   * @throws SyncError as `Sink.write`
   */
  putOnList(
    list: MemberList,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Outcome>>;

  /** Takes records off a list, each with its own outcome. @throws SyncError as `Sink.write` */
  takeOffList(
    list: MemberList,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Outcome>>;

  /** Adds a list to a campaign; one that belongs to it already is `written`. @throws SyncError as `Sink.write` */
  attachList(list: string, campaign: string, signal: AbortSignal): Promise<Outcome>;

  /**
   * What belongs to which campaign, of all campaigns that may be read, in no particular order.
   * @throws SyncError as `Source.changes`
   */
  campaignItems(signal: AbortSignal): Promise<readonly CampaignItem[]>;
}
