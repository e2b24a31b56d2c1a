/**
 * Where people say what runs, on the store of a workspace.
 */
import type { SyncDesk } from "../core/sync-desk.ts";
import { approve } from "../store/approvals.ts";
import { cancelBackfill, listBackfills } from "../store/backfills.ts";
import { readConnections } from "../store/connections.ts";
import type { Database } from "../store/database.ts";
import { pause, readRested, resume } from "../store/pauses.ts";
import { askBackfill, changeFields, sampledFields } from "./field-switches.ts";

export interface SyncDeskParts {
  readonly database: Database;
  /** Who asks, and by which way, as people are told: `ada, with a command`. */
  readonly by: string;
  /** Lets what may go on do so at once. */
  readonly nudge: () => Promise<void>;
}

export function openSyncDesk({ database, by, nudge }: SyncDeskParts): SyncDesk {
  const { pool } = database;
  return {
    async pause(connectionId, entities) {
      await pause(pool, { connectionId, entities }, by);
      return readRested(pool, { connectionId, entities });
    },
    async resume(connectionId, entities) {
      await resume(pool, { connectionId, entities });
      await nudge();
      return readRested(pool, { connectionId, entities });
    },
    async approve(connectionId, entities) {
      const approved = await approve(pool, { connectionId, entities }, by);
      await nudge();
      return approved;
    },
    fields: (entity) => sampledFields(database, entity),
    async changeFields(change) {
      await changeFields(database, change);
      await nudge();
    },
    backfills: () => listBackfills(pool),
    async backfill(wish) {
      const answer = await askBackfill(database, wish, by);
      await nudge();
      return answer;
    },
    cancelBackfill: (id) => cancelBackfill(database, id),
    connections: async () => (await readConnections(pool)).map(({ id }) => id),
  };
}
