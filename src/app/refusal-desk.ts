/**
 * Where people look at what was refused, on the store of a workspace.
 */
import type { RefusalDesk } from "../core/refused.ts";
import type { Database } from "../store/database.ts";
import { listRefusals, retryEdits } from "../store/refusals.ts";

export interface RefusalDeskParts {
  readonly database: Database;
  /** Lets what is tried again go at once. */
  readonly nudge: () => Promise<void>;
}

export function openRefusalDesk({ database: { pool, workspace }, nudge }: RefusalDeskParts): RefusalDesk {
  return {
    refused: () => listRefusals(pool, workspace),
    async retry(wish) {
      const retried = await retryEdits(pool, workspace, wish);
      if (retried > 0) await nudge();
      return retried;
    },
  };
}
