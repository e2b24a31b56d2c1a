/**
 * Everything that people ask of a running Tandem through the API.
 */
import type { ServerOptions } from "../http/server.ts";
import { openEventFeed } from "../store/event-feed.ts";
import { openCampaignDesk } from "./campaign-desk.ts";
import { openEntityDesk } from "./entity-desk.ts";
import { openNoticeDesk } from "./notices.ts";
import { openPersonDesk } from "./person-desk.ts";
import { openRefusalDesk } from "./refusal-desk.ts";
import { openSyncDesk } from "./sync-desk.ts";
import type { WebhookParts } from "./webhooks.ts";
import { openWebhookDesk } from "./webhooks.ts";

export interface DesksParts extends WebhookParts {
  /** Lets what was asked for go at once. */
  readonly nudge: () => Promise<void>;
}

export function openDesks(
  parts: DesksParts,
): Pick<
  ServerOptions,
  "people" | "refusals" | "campaigns" | "entities" | "runs" | "events" | "webhooks" | "notices"
> {
  const { database, nudge } = parts;
  return {
    people: openPersonDesk({ database, origin: "api", nudge }),
    refusals: openRefusalDesk({ database, nudge }),
    campaigns: openCampaignDesk({ database, origin: "api", nudge }),
    entities: openEntityDesk({ database, nudge }),
    runs: openSyncDesk({ database, by: "somebody, through the API", nudge }),
    events: openEventFeed(database),
    webhooks: openWebhookDesk(parts),
    notices: openNoticeDesk(database),
  };
}
