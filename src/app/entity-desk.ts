/**
 * Where people choose which entities are kept in step, on the store of a workspace.
 */
import type { EntityDesk } from "../core/entity-desk.ts";
import type { Database } from "../store/database.ts";
import { asSyncError, transaction } from "../store/database.ts";
import { askForMap } from "../store/entity-map.ts";
import { listEntities, switchEntities } from "../store/entity-switches.ts";

export interface EntityDeskParts {
  readonly database: Database;
  /** Lets what was switched go at once. */
  readonly nudge: () => Promise<void>;
}

export function openEntityDesk({ database, nudge }: EntityDeskParts): EntityDesk {
  return {
    async entities(all) {
      try {
        return await listEntities(database.pool, all);
      } catch (error) {
        throw asSyncError(error);
      }
    },
    async switchEntities(switches) {
      await transaction(database, (client) => switchEntities(client, switches));
      await nudge();
    },
    async readMapAgain() {
      await transaction(database, (client) => askForMap(client));
      await nudge();
    },
  };
}
