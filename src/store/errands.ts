/**
 * Errands where they are stored: noted before a call, settled after it, behind the engine's port.
 */
import type pg from "pg";
import type { Backoff } from "../core/backoff.ts";
import { delayMs } from "../core/backoff.ts";
import { errandActivities } from "../core/errand-fate.ts";
import type {
  DeleteErrand,
  Errand,
  ErrandSettlement,
  ErrandStore,
  MergeErrand,
  WaitingDeletes,
} from "../core/errand-port.ts";
import type { Settled } from "../core/push-port.ts";
import type { Lease, StoredEntity } from "../core/store-port.ts";
import { heldPeak } from "../core/guard.ts";
import { recordActivities } from "./activities.ts";
import type { Database, Queryable, Workspace } from "./database.ts";
import { asSyncError, marketingTable, transaction } from "./database.ts";
import { requireLease } from "./lease.ts";
import { tableRefused } from "./refusal.ts";

/** What is not possible at the moment is tried again soon at first, then every quarter of an hour. */
const RETRIES: Backoff = { baseMs: 500, maxMs: 900_000, attempts: Infinity };

/** Opens it on a database that has been migrated. */
export function openErrandStore(database: Database): ErrandStore {
  const { workspace, pool } = database;
  const leased = <T>(lease: Lease, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    transaction(database, async (client) => {
      await requireLease(client, lease);
      return work(client);
    });
  const onTable = async <T>({ mapping }: StoredEntity, work: () => Promise<T>): Promise<T> => {
    const { table, entity } = mapping;
    try {
      return await work();
    } catch (error) {
      throw tableRefused(asSyncError(error), workspace, { table, entity, columns: [] });
    }
  };
  return {
    waitingDeletes: (lease, entity, allowed) =>
      onTable(entity, () =>
        leased(lease, (client) => waitingDeletes(client, workspace, { entity, allowed })),
      ),
    dueDeletes: (entity, limit) => onTable(entity, () => dueDeletes(pool, workspace, { entity, limit })),
    dueMerges: (entity, limit) => onTable(entity, () => dueMerges(pool, workspace, { entity, limit })),
    noteErrands: (lease, entity, errands) => leased(lease, (client) => noteErrands(client, entity, errands)),
    settleErrands: (lease, entity, { settlements, cycle }) =>
      leased(lease, (client) => settleErrands(client, { workspace, lease, entity, cycle }, settlements)),
  };
}

/** SQL that is true for deletes `e` whose record still has nobody: neither did it change, nor did somebody undo it. */
function isUnwanted(workspace: Workspace, { mapping }: StoredEntity): string {
  return `exists (select from links l where l.entity_id = e.entity_id and l.crm_id = e.crm_id and l.state = 't')
      and not exists (select from ${marketingTable(workspace, mapping.table)} t where t.crm_id = e.crm_id)`;
}

async function waitingDeletes(
  client: Queryable,
  workspace: Workspace,
  { entity, allowed }: { readonly entity: StoredEntity; readonly allowed: number },
): Promise<WaitingDeletes> {
  const deletes = "e.entity_id = $1 and e.kind = 'delete'";
  await client.query(`delete from errands e where ${deletes} and not (${isUnwanted(workspace, entity)})`, [
    entity.id,
  ]);
  const { rows } = await client.query<{ waiting: number; peak: number }>(
    `select (select count(*)::int from errands e where ${deletes} and e.parked is null) as waiting,
            errands_peak as peak
       from entities where id = $1`,
    [entity.id],
  );
  const [{ waiting, peak } = { waiting: 0, peak: 0 }] = rows;
  const held = heldPeak({ waiting, peak, allowed });
  if (held !== peak) {
    await client.query("update entities set errands_peak = $2 where id = $1", [entity.id, held]);
  }
  return { waiting, held: held > 0 };
}

/** How many of which entity. */
interface Due {
  readonly entity: StoredEntity;
  readonly limit: number;
}

/** SQL that is true for errands `e` whose turn it is. */
const ITS_TURN = "e.parked is null and (e.retry_at is null or e.retry_at <= now())";

async function dueDeletes(
  client: Queryable,
  workspace: Workspace,
  { entity, limit }: Due,
): Promise<readonly DeleteErrand[]> {
  const { rows } = await client.query<DeleteErrand>(
    `select e.crm_id as "crmId", e.row_id as "rowId", e.sent, e.attempts, e.kind, e.version
       from errands e
      where e.entity_id = $1 and e.kind = 'delete' and ${ITS_TURN} and ${isUnwanted(workspace, entity)}
      order by e.id limit $2`,
    [entity.id, limit],
  );
  return rows;
}

/** Into which record is looked up at this moment: the row may have become another record's since it was asked for. */
async function dueMerges(
  client: Queryable,
  workspace: Workspace,
  { entity, limit }: Due,
): Promise<readonly MergeErrand[]> {
  const { rows } = await client.query<MergeErrand>(
    `select e.crm_id as "crmId", coalesce(t.id, e.row_id) as "rowId", e.sent, e.attempts, e.kind, w.crm_id as "into"
       from errands e
       join entities n on n.id = e.entity_id
       join connections c on c.id = n.connection_id and c.merge_in_dynamics
       left join links l on l.entity_id = e.entity_id and l.crm_id = e.crm_id and l.state = 'm'
       left join ${marketingTable(workspace, entity.mapping.table)} t on t.id = l.row_id
       left join links w on w.entity_id = e.entity_id and w.crm_id = t.crm_id and w.state = 'l'
      where e.entity_id = $1 and e.kind = 'merge' and ${ITS_TURN} order by e.id limit $2`,
    [entity.id, limit],
  );
  return rows;
}

async function noteErrands(
  client: Queryable,
  { id }: StoredEntity,
  errands: readonly Errand[],
): Promise<void> {
  await client.query("update errands set sent = true where entity_id = $1 and crm_id = any($2::uuid[])", [
    id,
    errands.map(({ crmId }) => crmId),
  ]);
}

interface ErrandPlace {
  readonly workspace: Workspace;
  readonly lease: Lease;
  readonly entity: StoredEntity;
  readonly cycle: string;
}

async function settleErrands(
  client: pg.ClientBase,
  { workspace, lease, entity, cycle }: ErrandPlace,
  settlements: readonly ErrandSettlement[],
): Promise<Settled> {
  const left = settlements.flatMap((settlement) => leftOf(settlement) ?? []);
  const over = settlements.filter((settlement) => leftOf(settlement) === null);
  await client.query("delete from errands where entity_id = $1 and crm_id = any($2::uuid[])", [
    entity.id,
    over.map(({ errand }) => errand.crmId),
  ]);
  await client.query(
    `update errands e
        set sent = s.sent, attempts = s.attempts, retry_at = now() + s.retry_ms * interval '1 millisecond',
            parked = s.parked || jsonb_build_object('at', now())
       from json_to_recordset($2) as s(crm_id uuid, sent boolean, attempts int, retry_ms float8, parked jsonb)
      where e.entity_id = $1 and e.crm_id = s.crm_id`,
    [entity.id, JSON.stringify(left)],
  );
  const activities = settlements.flatMap(errandActivities);
  await recordActivities(client, lease, { workspace, entity, cycle }, activities);
  const count = (kind: "done" | "refused"): number =>
    settlements.filter(({ fate }) => fate.kind === kind).length;
  return { pushed: count("done"), refused: count("refused") };
}

/** An errand as it is to be; null when nothing of it is left. */
function leftOf({
  errand: { crmId, attempts: before },
  fate,
}: ErrandSettlement): Readonly<Record<string, unknown>> | null {
  const attempts = before + 1;
  switch (fate.kind) {
    case "done":
    case "dropped":
      return null;
    case "refused": {
      const { code, detail } = fate;
      return { crm_id: crmId, sent: false, attempts, parked: { code, detail } };
    }
    case "later": {
      const retryMs = Math.max(fate.afterMs, delayMs(attempts, RETRIES, 1));
      return { crm_id: crmId, sent: fate.sent, attempts, retry_ms: retryMs };
    }
  }
}
