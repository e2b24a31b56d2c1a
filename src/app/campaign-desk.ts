/**
 * Where people ask about campaigns, on the store of a workspace.
 */
import type { CampaignDesk } from "../core/campaign-desk.ts";
import { askCampaign, listCampaigns, listMembers, switchCampaigns } from "../store/campaign-desk.ts";
import { transaction } from "../store/database.ts";
import type { DeskParts } from "./person-desk.ts";

export function openCampaignDesk({ database, origin, nudge }: DeskParts): CampaignDesk {
  const { pool, workspace } = database;
  return {
    async switchCampaigns(wish) {
      await transaction(database, (client) => switchCampaigns(client, wish));
      await nudge();
    },
    campaigns: () => listCampaigns(pool, workspace),
    members: (query) => listMembers(pool, workspace, query),
    async ask(wish) {
      const answers = await askCampaign(pool, workspace, { ...wish, origin });
      if (answers?.queued !== undefined || answers?.waiting !== undefined) await nudge();
      return answers;
    },
  };
}
