import { Client } from "pg";
import type { Address } from "./address.ts";
import { roleName } from "./address.ts";
import { EmbeddedError, errnoOf } from "./error.ts";

/** The database every cluster has; Tandem looks in there before its own one exists. */
const maintenanceDatabase = "postgres";

/** How long a server may take to open a session (milliseconds). */
const patience = 5000;

/** Opens a session in the maintenance database. The name shows in `pg_stat_activity`. */
export async function openSession(address: Address, name: string): Promise<Client> {
  const client = new Client({
    ...address,
    user: roleName,
    ssl: false,
    database: maintenanceDatabase,
    application_name: name,
    connectionTimeoutMillis: patience,
  });
  // Without a listener, a server that goes away would end the whole process; the next query reports it anyway.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** What a server said when asked: its version, or that it cannot talk now; undefined when nobody listens. */
export type Greeting = { readonly version: string } | "busy" | undefined;

/**
 * Asks whoever listens at the address.
 * @throws the database's error when it will not talk to Tandem at all, for example because the role is unknown
 */
export async function greet(address: Address): Promise<Greeting> {
  try {
    const client = await openSession(address, "tandem looks in");
    const { rows } = await client.query<{ server_version: string }>("show server_version");
    await client.end();
    return { version: rows[0]?.server_version ?? "unknown" };
  } catch (error) {
    const code = errnoOf(error) ?? "";
    if (["ENOENT", "ECONNREFUSED", "ENOTDIR"].includes(code)) return undefined;
    if (/^(28|3D)/.test(code)) throw error;
    return "busy";
  }
}

/**
 * Whether an error of a session says that the server went away or is about to: a broken connection (node-postgres
 * gives some of these no code), or an SQLSTATE of class 57P.
 */
export function isGone(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof EmbeddedError) return false;
  const code = errnoOf(error);
  if (code === undefined) return error.message.startsWith("Connection terminated");
  return code.startsWith("57P") || ["ECONNRESET", "ECONNREFUSED", "ENOENT", "EPIPE"].includes(code);
}
