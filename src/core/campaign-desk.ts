/**
 * What people ask about campaigns of Dynamics, and what they are told: by command and API alike.
 */
import type { ErrorCode } from "./errors.ts";
import type { Condition } from "./person-desk.ts";
import type { RequestState } from "./request-port.ts";

export interface ListedCampaign {
  /** Row of the table campaigns. */
  readonly id: string;
  readonly crmId: string;
  readonly name: string | null;
  readonly status: string | null;
  /** Marketing lists that belong to it. */
  readonly lists: number;
  /** People who were added from here, or were there before and asked for. */
  readonly added: number;
  /** People who are asked for, either way. */
  readonly waiting: number;
  readonly refused: number;
}

export type MemberState = "asked-to-add" | "added" | "asked-to-remove" | "removed" | "refused";

export interface ListedMember {
  /** Row of the table people. */
  readonly person: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly state: MemberState;
  /** They were in the campaign before anybody asked, and are never taken out. */
  readonly wasThere: boolean;
  /** How the request that they be in Dynamics stands, which they wait for; null where they do not. */
  readonly request: RequestState | null;
  readonly code: ErrorCode | null;
  readonly detail: string | null;
  readonly askedFrom: "sql" | "api" | "cli" | "rule";
  /** User of the database. */
  readonly askedBy: string;
  /** ISO 8601, UTC. */
  readonly askedAt: string;
}

/** A page of members, in the order of their rows. */
export interface MemberQuery {
  readonly campaign: string;
  /** Row of the person to go on after; 0 to begin. */
  readonly after: string;
  readonly limit: number;
}

/** Who: people by their rows, or everybody who meets all conditions. */
export type CampaignPeople =
  | { readonly people: readonly string[] }
  | { readonly conditions: readonly Condition[] };

export interface CampaignWish {
  readonly campaign: string;
  readonly wish: "add" | "remove";
  readonly who: CampaignPeople;
}

/** - `waiting`: it must be decided first who they are in Dynamics; `tandem matches` shows about whom. */
export type CampaignAnswer = "queued" | "waiting" | "not added from here" | "was there before";

/** How many were answered with what. */
export type CampaignAnswers = Readonly<Partial<Record<CampaignAnswer, number>>>;

export interface CampaignSwitch {
  /** Whether campaigns and marketing lists are followed; their rows stay either way. */
  readonly on: boolean;
  /** What the names of lists begin with that are yet to be made; null leaves it as it is. */
  readonly prefix: string | null;
}

export interface CampaignDesk {
  /**
   * Lets campaigns come, or follows them no more, from the next cycle on.
   * @throws SyncError `configuration_invalid` when no organization is connected, or it has no campaigns
   */
  switchCampaigns(wish: CampaignSwitch): Promise<void>;
  /** All campaigns that Dynamics has, by name; none while they are not followed. */
  campaigns(): Promise<readonly ListedCampaign[]>;
  /** People who were ever asked for; null when there is no such campaign. */
  members(query: MemberQuery): Promise<readonly ListedMember[] | null>;
  /**
   * Files wishes, of all of them or of none, and lets them go at once where a worker runs. Null when there is no such
   * campaign.
   * @throws SyncError `configuration_invalid` when the campaign is not active, there is no such person, or a condition
   * cannot be followed
   */
  ask(wish: CampaignWish): Promise<CampaignAnswers | null>;
}
