/**
 * Connections of a workspace: made once, found by name, due at a time.
 */
import { SyncError } from "../core/errors.ts";
import type { Queryable } from "./database.ts";

export interface StoredConnection {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly paused: boolean;
  readonly pauseSeconds: number;
}

export interface ConnectionWish {
  readonly name: string;
  readonly url: string;
  readonly pauseSeconds: number;
  /** True for the demo, whose address is another one at each start. */
  readonly roaming: boolean;
}

/**
 * Makes the connection, or finds the one of that name. The address of a known connection stays, and a workspace has
 * one connection: anything else would mix the records of two organizations in the same tables.
 * @throws SyncError `configuration_invalid` when the name belongs to another address, or the workspace to another name
 */
export async function ensureConnection(client: Queryable, wish: ConnectionWish): Promise<StoredConnection> {
  const url = plainAddress(wish.url);
  const other = (await readConnections(client)).find(({ name }) => name !== wish.name);
  if (other !== undefined) throw occupied(other.name, wish.name);
  const { rows } = await client.query<StoredConnection>(
    `insert into connections (name, url, pause_seconds) values ($1, $2, $3)
     on conflict (name) do update
       set pause_seconds = case when $4 or connections.url = excluded.url then excluded.pause_seconds
                                else connections.pause_seconds end,
           url = case when $4 then excluded.url else connections.url end
     returning id, name, url, paused, pause_seconds as "pauseSeconds"`,
    [wish.name, url, wish.pauseSeconds, wish.roaming],
  );
  const [connection] = rows;
  if (connection === undefined) throw new Error("the connection could not be stored");
  if (connection.url !== url) {
    throw new SyncError(
      "configuration_invalid",
      `This database is connected to ${connection.url}, not to ${url}. Use another TANDEM_DATABASE_URL or ` +
        "TANDEM_WORKSPACE for another organization.",
    );
  }
  return connection;
}

function occupied(there: string, wanted: string): SyncError {
  return new SyncError(
    "configuration_invalid",
    `This database holds the connection ${there}, not ${wanted}: their records would mix. Use another ` +
      "TANDEM_DATABASE_URL or TANDEM_WORKSPACE.",
  );
}

/** One way to write an address: a slash at its end, the host's case and a usual port make no other organization. */
function plainAddress(url: string): string {
  return new URL(url).href.replace(/\/+$/, "");
}

export async function readConnections(client: Queryable): Promise<readonly StoredConnection[]> {
  const { rows } = await client.query<StoredConnection>(
    'select id, name, url, paused, pause_seconds as "pauseSeconds" from connections order by id',
  );
  return rows;
}

/** Whether people who are merged in marketing are merged in Dynamics too. */
export async function setMergeInDynamics(
  client: Queryable,
  connectionId: number,
  wanted: boolean,
): Promise<void> {
  await client.query(
    "update connections set merge_in_dynamics = $2 where id = $1 and merge_in_dynamics <> $2",
    [connectionId, wanted],
  );
}

/** When the next cycle begins, for people; null while one is running. */
export async function setNextCycle(client: Queryable, connectionId: number, at: Date | null): Promise<void> {
  await client.query("update connections set next_cycle_at = $2 where id = $1", [connectionId, at]);
}

/** A wait under way, for people; it is over when its time is. */
export interface Waiting {
  readonly until: string;
  readonly reason: string;
  readonly attempt: number;
}

export async function setWaiting(client: Queryable, connectionId: number, waiting: Waiting): Promise<void> {
  await client.query("update connections set waiting = $2 where id = $1", [
    connectionId,
    JSON.stringify(waiting),
  ]);
}

/**
 * Notes the organization behind the address the first time, and insists on it from then on.
 * @throws SyncError `configuration_invalid` when the address has come to lead to another organization
 */
export async function confirmOrganization(
  client: Queryable,
  connectionId: number,
  organizationId: string,
): Promise<void> {
  const { rows } = await client.query<{ organization: string }>(
    "update connections set organization = coalesce(organization, $2) where id = $1 returning organization",
    [connectionId, organizationId],
  );
  const [known] = rows;
  if (known === undefined || known.organization === organizationId.toLowerCase()) return;
  throw new SyncError(
    "configuration_invalid",
    `The address leads to the organization ${organizationId} now; this database was filled from ${known.organization}.`,
  );
}
