import type pg from "pg";
import { onTestFinished } from "vitest";
import type { Lease, MarketingTables, SyncStore } from "../../src/core/store-port.ts";
import { openMarketingTables } from "../../src/marketing/tables.ts";
import { ensureConnection } from "../../src/store/connections.ts";
import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";
import { openSyncStore } from "../../src/store/sync-store.ts";
import { testDatabase } from "./database.ts";

/** A migrated workspace with one connection, claimed once, on a database of its own. */
export interface TestWorkspace {
  readonly connectionString: string;
  readonly database: Database;
  readonly store: SyncStore;
  readonly tables: MarketingTables;
  readonly lease: Lease;
  /** Rows of a statement; the sync's tables and `marketing.…` are in reach. */
  readonly rows: <T extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<T[]>;
}

/** Opens a workspace that is dropped when the test has ended. */
export async function openWorkspace(): Promise<TestWorkspace> {
  const { connectionString, close } = await testDatabase();
  const database = openDatabase(connectionString, { name: "marketing" }, () => undefined);
  onTestFinished(async () => {
    await database.close();
    await close();
  });
  await migrate(database);
  const wish = { name: "test", url: "https://org.example", pauseSeconds: 300, roaming: false };
  const { id } = await ensureConnection(database.pool, wish);
  const store = openSyncStore(database);
  return {
    connectionString,
    database,
    store,
    tables: openMarketingTables(database),
    lease: await store.claim(id),
    rows: async <T extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<T[]> =>
      (await database.pool.query<T>(sql, [...values])).rows,
  };
}
