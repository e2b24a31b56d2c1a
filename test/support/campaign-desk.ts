import type {
  CampaignAnswers,
  CampaignDesk,
  CampaignSwitch,
  CampaignWish,
  ListedCampaign,
  ListedMember,
  MemberQuery,
} from "../../src/core/campaign-desk.ts";
import type { SyncError } from "../../src/core/errors.ts";

/** A desk that answers from a script and notes what it was asked. */
export class ScriptedCampaignDesk implements CampaignDesk {
  readonly asked: CampaignWish[] = [];
  readonly switched: CampaignSwitch[] = [];
  readonly queries: MemberQuery[] = [];
  answers: CampaignAnswers | null = { queued: 1 };
  failure: SyncError | null = null;
  known: readonly ListedCampaign[] = [];
  listed: readonly ListedMember[] | null = [];

  async switchCampaigns(wish: CampaignSwitch): Promise<void> {
    this.switched.push(wish);
    if (this.failure !== null) throw this.failure;
  }

  async campaigns(): Promise<readonly ListedCampaign[]> {
    return this.known;
  }

  async members(query: MemberQuery): Promise<readonly ListedMember[] | null> {
    this.queries.push(query);
    return this.listed;
  }

  async ask(wish: CampaignWish): Promise<CampaignAnswers | null> {
    this.asked.push(wish);
    if (this.failure !== null) throw this.failure;
    return this.answers;
  }
}
