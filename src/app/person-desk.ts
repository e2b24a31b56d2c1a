/**
 * Where people ask about persons, on the store of a workspace.
 */
import type { AdminDesk } from "../core/person-desk.ts";
import { openCycleQueue } from "../jobs/cycle-queue.ts";
import { readConnections } from "../store/connections.ts";
import { askActions, listActions } from "../store/action-desk.ts";
import type { Database } from "../store/database.ts";
import { transaction } from "../store/database.ts";
import { mergePeople } from "../store/merge-people.ts";
import { decideMatch, fileRequest, listMatches, readRequestStatus } from "../store/request-desk.ts";
import { addRule, listRules, removeRule } from "../store/sync-rules.ts";
import type { AppDatabase } from "./database.ts";

export interface DeskParts {
  readonly database: Database;
  readonly origin: "api" | "cli";
  /** Lets what was filed go at once. */
  readonly nudge: () => Promise<void>;
}

export function openPersonDesk({ database, origin, nudge }: DeskParts): AdminDesk {
  const { pool, workspace } = database;
  return {
    async syncPerson(filing) {
      const answer = await fileRequest(pool, { ...filing, origin });
      if (answer === "queued" || answer === "already queued") await nudge();
      return answer;
    },
    requestOf: (person) => readRequestStatus(pool, workspace, person),
    matches: () => listMatches(pool, workspace),
    async decideMatch(decision) {
      const answer = await decideMatch(database, decision);
      if (answer === "queued" || answer === "merged") await nudge();
      return answer;
    },
    async mergePeople(merge) {
      const merged = await mergePeople(pool, workspace, merge);
      await nudge();
      return merged;
    },
    rules: () => listRules(pool, workspace),
    // In one go, so that no cycle follows a rule before it is noted whom it is not for.
    addRule: (rule) => transaction(database, (client) => addRule(client, workspace, rule)),
    removeRule: (name) => removeRule(pool, name),
    async ask(asking) {
      const answer = await askActions(database, asking, origin);
      if (answer.kind === "asked" && asking.now) await nudge();
      return answer;
    },
    actions: (filter) => listActions(pool, workspace, filter),
  };
}

/**
 * Tells whichever worker there is that something is due. A database that this process alone has started has none; what
 * was filed goes with the next start.
 */
export async function nudgeWorkers({ database, connectionString, exclusive }: AppDatabase): Promise<void> {
  if (exclusive) return;
  const queue = await openCycleQueue({
    connectionString,
    schema: `${database.workspace.name}_jobs`,
    concurrency: 1,
    onError: () => undefined,
    onScheduled: async () => undefined,
  });
  try {
    for (const { id } of await readConnections(database.pool)) await queue.syncNow(id);
  } finally {
    await queue.close();
  }
}
