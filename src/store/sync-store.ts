/**
 * The store behind the engine's port, on PostgreSQL.
 */
import type { EntityMapping } from "../core/mapping.ts";
import { openActionStore } from "./actions.ts";
import type { RunStore } from "../core/run-port.ts";
import type { CycleStore, Lease, StoredEntity, SyncStore } from "../core/store-port.ts";
import { applyPage, applyRecords } from "./apply.ts";
import { openBackfillStore } from "./backfill-store.ts";
import { beginCompare, countUnseen, endCompare, readUnseen } from "./compare.ts";
import { confirmOrganization } from "./connections.ts";
import * as cycles from "./cycles.ts";
import type { Database, Queryable } from "./database.ts";
import { asSyncError, transaction } from "./database.ts";
import { openErrandStore } from "./errands.ts";
import { openEntityStore } from "./entity-store.ts";
import { readChoices, readEntities, saveEntity } from "./entities.ts";
import { flagRows } from "./flag-rows.ts";
import { forgetOld } from "./history-retention.ts";
import { claim, requireLease } from "./lease.ts";
import { hasLinks, readLinks } from "./links.ts";
import { readFreeLeads } from "./moves.ts";
import { openSampleStore } from "./field-samples.ts";
import { forgetParked } from "./parked.ts";
import { readRunState } from "./pauses.ts";
import { openPushStore } from "./push.ts";
import { tableRefused } from "./refusal.ts";
import { openRequestStore } from "./request-store.ts";
import { rowPlace } from "./row-place.ts";

/** Opens the engine's store on a database that has been migrated. */
export function openSyncStore(database: Database): SyncStore {
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
    ...openPushStore(database),
    ...openErrandStore(database),
    ...openBackfillStore(database),
    ...openSampleStore(database),
    ...openRequestStore(database),
    ...openEntityStore(database),
    ...openActionStore(database),
    claim: (connectionId) => read((client) => claim(client, connectionId)),
    entities: (connectionId) => read((client) => readEntities(client, connectionId)),
    links: (entity, ids) => read((client) => readLinks(client, entity, ids)),
    hasLinks: (entity) => read((client) => hasLinks(client, entity)),
    freeLeads: (entity, leads) => read((client) => readFreeLeads(client, entity, leads)),
    apply: (lease, effects) => applyPage(database, lease, effects),
    applyRecords: (lease, effects) => applyRecords(database, lease, effects),
    beginCompare: (lease, entity) => leased(lease, (client) => beginCompare(client, entity)),
    restartBackfill: (lease, entity) => leased(lease, (client) => restartBackfill(client, entity)),
    unseen: (entity, after, limit) => read((client) => readUnseen(client, entity, after, limit)),
    unseenCount: (entity) => read((client) => countUnseen(client, entity)),
    flagDeleted: (lease, entity, ids) =>
      onTable(database, entity.mapping, () =>
        leased(lease, async (client) => {
          await forgetParked(client, entity, ids);
          const place = rowPlace(database.workspace, lease, { entity, columns: [], lane: "live" });
          return flagRows(client, place, ids);
        }),
      ),
    endCompare: (lease, entity) => leased(lease, (client) => endCompare(client, entity)),
    setTrouble: (lease, entity, trouble) =>
      leased(lease, (client) => cycles.setEntityTrouble(client, entity, trouble)),
    setFieldAside: (lease, entity, attribute, reason) =>
      leased(lease, (client) => setFieldAside(client, entity, attribute, reason)),
    saveEntity: (lease, description) =>
      onTable(database, description.mapping, () =>
        leased(lease, (client) => saveEntity(client, lease, { workspace: database.workspace, description })),
      ),
    choices: (entity) => read((client) => readChoices(client, entity)),
    confirmOrganization: (lease, organizationId) =>
      leased(lease, (client) => confirmOrganization(client, lease.connectionId, organizationId)),
    saveCounts: (lease, expected) => leased(lease, (client) => saveCounts(client, lease, expected)),
    ...cycleStore(database, { read, leased }),
  };
}

interface Sessions {
  readonly read: <T>(work: (client: Queryable) => Promise<T>) => Promise<T>;
  /** In one transaction, which fails when the lease is outdated. */
  readonly leased: <T>(lease: Lease, work: (client: Queryable) => Promise<T>) => Promise<T>;
}

function cycleStore(database: Database, { read, leased }: Sessions): CycleStore & RunStore {
  return {
    beginCycle: (lease) => leased(lease, (client) => cycles.beginCycle(client, lease)),
    updateCycle: (lease, cycle, counts) =>
      leased(lease, (client) => cycles.updateCycle(client, cycle, counts)),
    endCycle: (lease, cycle, counts, outcome) =>
      leased(lease, (client) => cycles.endCycle(client, cycle, counts, outcome)),
    setConnectionTrouble: (lease, trouble) =>
      leased(lease, (client) => cycles.setConnectionTrouble(client, lease, trouble)),
    runState: (connectionId) => read((client) => readRunState(client, connectionId)),
    forget: (lease, forgetting) => forgetOld(database, lease, forgetting),
  };
}

/** Names the entity and its table when PostgreSQL refuses to change it. */
async function onTable<T>(
  { workspace }: Database,
  { entity, table }: EntityMapping,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw tableRefused(error, workspace, { entity, table, columns: [] });
  }
}

async function setFieldAside(
  client: Queryable,
  entity: StoredEntity,
  attribute: string,
  reason: string,
): Promise<void> {
  // The description may only have been older than the column: the first time it is asked again at once.
  await client.query(
    `update fields
        set set_aside = $3, refusals = refusals + 1,
            refused_until = now() + (array['0 s', '10 min', '1 h', '1 day'])[least(refusals, 3) + 1]::interval
      where entity_id = $1 and attribute = $2`,
    [entity.id, attribute, reason],
  );
}

async function saveCounts(
  client: Queryable,
  lease: Lease,
  expected: ReadonlyMap<string, number>,
): Promise<void> {
  await client.query(
    `update entities e set expected = c.expected
       from unnest($2::text[], $3::bigint[]) as c(name, expected)
      where e.connection_id = $1 and e.name = c.name`,
    [lease.connectionId, [...expected.keys()], [...expected.values()]],
  );
}

async function restartBackfill(client: Queryable, entity: StoredEntity): Promise<void> {
  await client.query("update entities set backfill_position = null where id = $1", [entity.id]);
}
