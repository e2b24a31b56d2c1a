import { stat } from "node:fs/promises";
import { Client } from "pg";
import { errnoOf } from "./error.ts";
import { socketPort } from "./socket.ts";

/** The superuser of the embedded server, and the name of its database. */
export const roleName = "tandem";
export const databaseName = "tandem";
/** The database every cluster has, where Tandem looks in before its own one exists. */
export const maintenanceDatabase = "postgres";

/** A URI that node-postgres and every libpq program (psql, pg_dump) read alike. */
export function connectionStringFor(socketDirectory: string): string {
  return `postgres://${roleName}@/${databaseName}?host=${encodeURIComponent(socketDirectory)}`;
}

/** Opens a session in the maintenance database. The application name shows in `pg_stat_activity`. */
export async function openSession(socketDirectory: string, applicationName: string): Promise<Client> {
  const client = new Client({
    host: socketDirectory,
    port: socketPort,
    user: roleName,
    database: maintenanceDatabase,
    application_name: applicationName,
    connectionTimeoutMillis: 5000,
  });
  // Without a listener, a server that goes away would end the whole process; the next query reports it anyway.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}

/** What a server said when asked: its version, or why it cannot talk yet; undefined when nobody listens. */
export type Greeting = { readonly version: string } | { readonly refusal: unknown } | undefined;

/** Asks whoever listens in the socket directory whether it is the server of this cluster. */
export async function greet(socketDirectory: string, cluster: string): Promise<Greeting> {
  try {
    const client = await openSession(socketDirectory, "tandem looks in");
    try {
      const { rows } = await client.query<{ version: string; directory: string }>(
        "select current_setting('server_version') as version, current_setting('data_directory') as directory",
      );
      const [row] = rows;
      return row && (await sameDirectory(row.directory, cluster)) ? { version: row.version } : undefined;
    } finally {
      await client.end();
    }
  } catch (error) {
    return nobodyListens(error) ? undefined : { refusal: error };
  }
}

function nobodyListens(error: unknown): boolean {
  return ["ENOENT", "ECONNREFUSED", "ENOTDIR"].includes(errnoOf(error) ?? "");
}

/** Compared by identity, not by name: a copied folder brings along the record of the server it was copied from. */
async function sameDirectory(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([stat(one), stat(other)]);
  return first.dev === second.dev && first.ino === second.ino;
}
