/**
 * Backfills of chosen records as the engine works on them.
 */
import type { BackfillProgress, BackfillStore, OpenBackfill } from "../core/backfill-port.ts";
import type { Forgetting, Lease } from "../core/store-port.ts";
import type { Database, Queryable } from "./database.ts";
import { asSyncError, transaction } from "./database.ts";
import { requireLease } from "./lease.ts";

export function openBackfillStore(database: Database): BackfillStore {
  const read = async <T>(work: (client: Queryable) => Promise<T>): Promise<T> => {
    try {
      return await work(database.pool);
    } catch (error) {
      throw asSyncError(error);
    }
  };
  const leased = (lease: Lease, work: (client: Queryable) => Promise<void>): Promise<void> =>
    transaction(database, async (client) => {
      await requireLease(client, lease);
      await work(client);
    });
  return {
    nextBackfill: (entityIds) => read((client) => readNext(client, entityIds)),
    backfillIds: (backfill, limit) => read((client) => readIds(client, backfill, limit)),
    noteBackfill: (lease, id, progress) => leased(lease, (client) => note(client, id, progress)),
    failBackfill: (lease, id, reason) => leased(lease, (client) => fail(client, id, reason)),
  };
}

async function readNext(client: Queryable, entityIds: readonly number[]): Promise<OpenBackfill | null> {
  const { rows } = await client.query<OpenBackfill>(
    `select b.id, b.entity_id as "entityId", b.attributes, b.way, b.conditions, b.position
       from backfills b join entities e on e.id = b.entity_id
      where b.entity_id = any($1::int[]) and b.state in ('queued', 'running') and b.way <> 'feed' and e.paused_at is null
      order by b.id limit 1`,
    [entityIds],
  );
  return rows[0] ?? null;
}

async function readIds(
  client: Queryable,
  { id, position }: OpenBackfill,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ crm_id: string }>(
    `select crm_id from backfill_records
      where backfill_id = $1 and ($2::uuid is null or crm_id > $2) order by crm_id limit $3`,
    [id, position, limit],
  );
  return rows.map(({ crm_id }) => crm_id);
}

async function note(client: Queryable, id: string, progress: BackfillProgress): Promise<void> {
  const { position, read, changed, rate, last } = progress;
  const { rowCount } = await client.query(
    `update backfills
        set position = $2, read = read + $3, changed = changed + $4, rate = $5, page_at = now(),
            started_at = coalesce(started_at, now()),
            state = case when $6 then 'done' else 'running' end,
            finished_at = case when $6 then now() end
      where id = $1 and state in ('queued', 'running')`,
    [id, position, read, changed, rate, last],
  );
  if (last && rowCount === 1) await forgetRecords(client, id);
}

async function fail(client: Queryable, id: string, reason: string): Promise<void> {
  await client.query(
    `update backfills set state = 'failed', outcome = $2, finished_at = now()
      where id = $1 and state in ('queued', 'running')`,
    [id, reason],
  );
  await forgetRecords(client, id);
}

/** Ends what is open of entities that are not kept in step any more. */
export async function endBackfillsOf(client: Queryable, entityIds: readonly number[]): Promise<void> {
  await client.query(
    `with ended as (
       update backfills set state = 'cancelled', outcome = 'The entity was switched off.', finished_at = now()
        where entity_id = any($1::int[]) and state in ('queued', 'running') returning id)
     delete from backfill_records where backfill_id in (select id from ended)`,
    [entityIds],
  );
}

/** Removes backfills that ended longer ago than wished, up to so many. Returns how many went. */
export async function forgetBackfills(client: Queryable, { days, most }: Forgetting): Promise<number> {
  const { rowCount } = await client.query(
    `delete from backfills where id = any(array(
       select id from backfills where finished_at < now() - $2 * interval '1 day' order by id limit $1))`,
    [most, days],
  );
  return rowCount ?? 0;
}

/** Which records were named is of no use afterwards. */
export async function forgetRecords(client: Queryable, id: string): Promise<void> {
  await client.query("delete from backfill_records where backfill_id = $1", [id]);
}
