/**
 * The status people see, put together from the store, and a notice to whoever watches that it may have changed.
 */
import type { Status } from "../core/status.ts";
import { asSyncError } from "../store/database.ts";
import { readConnectionStatuses } from "../store/status.ts";
import type { AppDatabase } from "./database.ts";

export interface StatusBoard {
  read(): Promise<Status>;
  /** Tells every watcher that something may have changed. */
  changed(): void;
  subscribe(listener: () => void): () => void;
}

export function openStatusBoard(
  opened: Pick<AppDatabase, "database" | "kind" | "server" | "psql">,
  facts: { readonly version: string; readonly demo: boolean },
): StatusBoard {
  const listeners = new Set<() => void>();
  return {
    async read() {
      const now = new Date();
      try {
        const connections = await readConnectionStatuses(opened.database, now);
        return {
          version: facts.version,
          at: now.toISOString(),
          workspace: opened.database.workspace.name,
          demo: facts.demo,
          database: { kind: opened.kind, server: opened.server, psql: opened.psql },
          connections,
        };
      } catch (error) {
        throw asSyncError(error);
      }
    },
    changed() {
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
