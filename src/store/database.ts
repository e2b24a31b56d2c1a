/**
 * The connection to a workspace's PostgreSQL. All SQL of the sync's own tables finds them through the search path.
 */
import type pg from "pg";
import { Pool } from "pg";
import { SyncError } from "../core/errors.ts";
import { UNOBSERVED } from "../core/observer.ts";
import type { Observer } from "../core/observer.ts";

export interface Workspace {
  /** Schema of the marketing tables; the sync's own tables are in `<name>_sync`. */
  readonly name: string;
}

export interface Database {
  readonly pool: pg.Pool;
  readonly workspace: Workspace;
  /** Who watches its transactions; absent where nobody does. */
  readonly observer?: Observer;
  close(): Promise<void>;
}

/** Anything that can run a statement: the pool, or a client inside a transaction. */
export type Queryable = Pick<pg.ClientBase, "query">;

/** Schema of the sync's own tables. */
export function syncSchema(workspace: Workspace): string {
  return `${workspace.name}_sync`;
}

/** Opens a pool whose sessions see the sync schema first. Nothing is contacted until the first statement. */
export function openDatabase(
  connectionString: string,
  workspace: Workspace,
  onError: (error: Error) => void,
): Database {
  const pool = new Pool({
    connectionString,
    max: 8,
    application_name: "tandem",
    options: `-c search_path=${syncSchema(workspace)},pg_catalog -c timezone=UTC -c datestyle=ISO`,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  });
  // An idle session that the server drops must not end the process; the next statement opens a new one.
  pool.on("error", onError);
  // The pool stops listening to a session it has let go of; a server that shuts down may still speak to it.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return { pool, workspace, close: () => pool.end() };
}

/**
 * Runs `work` in one transaction: committed when it returns, rolled back when it throws.
 * @throws SyncError `database_unreachable` when the server went away (whether it committed is then unknown)
 */
export function transaction<T>(
  database: Pick<Database, "pool" | "observer">,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const { observer = UNOBSERVED } = database;
  return observer.during({ name: "transaction", facts: {} }, () => committed(database, work));
}

async function committed<T>(
  database: Pick<Database, "pool">,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await connect(database);
  let broken: Error | undefined;
  const onLost = (error: Error): void => {
    broken = error;
  };
  client.on("error", onLost);
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((failure: Error) => {
      broken = failure;
    });
    throw asSyncError(error);
  } finally {
    client.off("error", onLost);
    client.release(broken);
  }
}

/** Takes a session from the pool. */
export async function connect(database: Pick<Database, "pool">): Promise<pg.PoolClient> {
  try {
    return await database.pool.connect();
  } catch (error) {
    throw asSyncError(error);
  }
}

/** Quotes an identifier for SQL text (PostgreSQL documentation, 4.1.1). */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text for SQL text, where a parameter cannot stand (PostgreSQL documentation, 4.1.2.1). */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A marketing table, qualified and quoted. */
export function marketingTable(workspace: Workspace, table: string): string {
  return `${quoted(workspace.name)}.${quoted(table)}`;
}

/** Tells an unreachable server from everything else; other errors pass unchanged. */
export function asSyncError(error: unknown): unknown {
  if (error instanceof SyncError || !(error instanceof Error)) return error;
  if (SHUT_OUT.has(errorCode(error) ?? "")) {
    return new SyncError("database_unreachable", `PostgreSQL lets nobody in: ${error.message}`, {
      cause: error,
    });
  }
  if (!isConnectionLoss(error)) return error;
  return new SyncError("database_unreachable", `PostgreSQL does not answer: ${error.message}`, {
    cause: error,
  });
}

const SHUT_OUT: ReadonlySet<string> = new Set([
  "28000", // invalid_authorization_specification
  "28P01", // invalid_password
  "3D000", // invalid_catalog_name
  "53300", // too_many_connections
]);

const LOST_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "08000",
  "08003",
  "08006",
]);

function isConnectionLoss(error: Error): boolean {
  const code = errorCode(error);
  if (code !== undefined) return LOST_CODES.has(code);
  return /connection terminated|timeout exceeded when trying to connect|not queryable/i.test(error.message);
}

/** SQLSTATE or system error code of a failure, when it carries one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
