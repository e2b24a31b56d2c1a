import { tmpdir } from "node:os";
import { pino } from "pino";
import type { ServerOptions } from "../../src/http/server.ts";
import { ScriptedCampaignDesk } from "./campaign-desk.ts";
import { ScriptedFeed } from "./event-feed.ts";
import { ScriptedEntityDesk } from "./entity-desk.ts";
import { ScriptedNotices } from "./notice-desk.ts";
import { ScriptedDesk } from "./person-desk.ts";
import { ScriptedSyncDesk } from "./sync-desk.ts";
import { ScriptedWebhooks } from "./webhook-desk.ts";

/** A server on a free port with scripts behind it; a test puts its own in the places that it is about. */
export function scriptedOptions(): ServerOptions {
  return {
    host: "127.0.0.1",
    port: 0,
    status: () => Promise.reject(new Error("nobody asked")),
    subscribe: () => () => undefined,
    syncNow: async () => undefined,
    people: new ScriptedDesk(),
    refusals: { refused: async () => [], retry: async () => 0 },
    entities: new ScriptedEntityDesk(),
    campaigns: new ScriptedCampaignDesk(),
    runs: new ScriptedSyncDesk(),
    events: new ScriptedFeed(),
    notices: new ScriptedNotices(),
    webhooks: new ScriptedWebhooks(),
    probes: { missing: async () => [], metrics: async () => "" },
    dashboardFolder: tmpdir(),
    log: pino({ level: "silent" }),
  };
}
