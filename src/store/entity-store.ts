/**
 * The store's side of choosing entities, behind the engine's port.
 */
import type { EntityStore } from "../core/entity-port.ts";
import type { Lease } from "../core/store-port.ts";
import { endBackfillsOf } from "./backfill-store.ts";
import type { Database, Queryable } from "./database.ts";
import { asSyncError, transaction } from "./database.ts";
import { isMapDue, saveMap, saveMapTrouble } from "./entity-map.ts";
import { readWishes } from "./entity-switches.ts";
import { requireLease } from "./lease.ts";
import { leadToPeople } from "./people-views.ts";

export function openEntityStore(database: Database): EntityStore {
  const read = async <T>(work: (client: Queryable) => Promise<T>): Promise<T> => {
    try {
      return await work(database.pool);
    } catch (error) {
      throw asSyncError(error);
    }
  };
  const leased = <T>(lease: Lease, work: (client: Queryable) => Promise<T>): Promise<T> =>
    transaction(database, async (client) => {
      await requireLease(client, lease);
      return work(client);
    });
  return {
    wishes: (connectionId) => read((client) => readWishes(client, connectionId)),
    letGo: (lease, wanted) => leased(lease, (client) => letGo(client, lease, wanted)),
    mapIsDue: (connectionId) => read((client) => isMapDue(client, connectionId)),
    saveMap: (lease, map) => leased(lease, (client) => saveMap(client, lease, map)),
    saveMapTrouble: (lease, trouble) => leased(lease, (client) => saveMapTrouble(client, lease, trouble)),
    leadToPeople: (lease) => leased(lease, (client) => leadToPeople(client, database.workspace, lease)),
  };
}

async function letGo(client: Queryable, { connectionId }: Lease, wanted: readonly string[]): Promise<void> {
  const others = "connection_id = $1 and name <> all($2::text[])";
  // An entity that is about to be compared has no position either: what it is linked to must not be forgotten.
  await client.query(
    `delete from entities e
      where ${others} and position is null and not exists (select from links l where l.entity_id = e.id)`,
    [connectionId, wanted],
  );
  const { rows } = await client.query<{ id: number }>(
    `update entities set trouble = null, followed = false where ${others} returning id`,
    [connectionId, wanted],
  );
  await endBackfillsOf(
    client,
    rows.map(({ id }) => id),
  );
}
