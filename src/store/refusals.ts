/**
 * Records that were refused one by one, on either way: as people list them, and let them be tried again.
 */
import type { Refused, RetryWish } from "../core/refused.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable } from "./database.ts";
import { retryActions, waitingActions } from "./action-refusals.ts";
import { PARKED_ERRANDS, retryErrands } from "./errand-refusals.ts";
import { refusedMembers, retryMembers } from "./member-refusals.ts";
import { twoWayEntities } from "./pending-edits.ts";
import { WAITING_REQUESTS, retryRequests } from "./request-refusals.ts";
import { ofKind } from "./row-place.ts";

/** More of an entity and a way are not listed: they have few causes. */
const MOST = 1_000;

/** SQL of what people asked for and was refused, or waits for them, in the columns of the list. */
export function askedFor(workspace: Workspace): readonly string[] {
  return [WAITING_REQUESTS, PARKED_ERRANDS, refusedMembers(workspace), waitingActions(workspace)];
}

/** All that wait, by entity, oldest first; of each entity and way at most 1,000. */
export async function listRefusals(client: Queryable, workspace: Workspace): Promise<readonly Refused[]> {
  const pulled = await client.query<Omit<Refused, "since"> & { readonly since: Date }>(
    `select e.name as entity, e.table_name as "table", 'pull' as way, l.row_id as row, p.crm_id as "crmId", p.code,
            p.field, p.detail, p.since
       from entities e cross join lateral (
              select * from parked where entity_id = e.id order by since, crm_id limit ${MOST}) p
       left join links l on l.entity_id = e.id and l.crm_id = p.crm_id
      order by e.id, p.since, p.crm_id`,
  );
  const refusals = [...pulled.rows];
  for (const parked of askedFor(workspace)) {
    const asked = await client.query<(typeof refusals)[number]>(
      `${parked} order by since, "row" limit ${MOST}`,
    );
    refusals.push(...asked.rows);
  }
  for (const { connectionId, mapping } of await twoWayEntities(client, workspace)) {
    const pushed = await client.query<(typeof refusals)[number]>(
      `select $3::text as entity, p.table_name as "table", 'push' as way, p.row_id as row, t.crm_id as "crmId",
              p.parked ->> 'code' as code, p.parked ->> 'field' as field, p.parked ->> 'detail' as detail,
              (p.parked ->> 'at')::timestamptz as since
         from pending_changes p join ${marketingTable(workspace, mapping.table)} t on t.id = p.row_id
        where p.connection_id = $1 and p.table_name = $2 and p.parked is not null and ${ofKind({ mapping })}
        order by since, p.row_id limit ${MOST}`,
      [connectionId, mapping.table, mapping.entity],
    );
    refusals.push(...pushed.rows);
  }
  return refusals.map((refusal) => ({ ...refusal, since: refusal.since.toISOString() }));
}

/**
 * Lets edits, requests that people be made, merges and deletes be tried again with the next cycle: those that were
 * refused, and those that wait for a later moment, of which the entity's trouble is the code. Returns how many.
 */
export async function retryEdits(client: Queryable, workspace: Workspace, wish: RetryWish): Promise<number> {
  const { entity, code, row } = wish;
  let count =
    (await retryRequests(client, wish)) +
    (await retryErrands(client, wish)) +
    (await retryMembers(client, workspace, wish)) +
    (await retryActions(client, workspace, wish));
  for (const { id, connectionId, mapping } of await twoWayEntities(client, workspace)) {
    if (entity !== undefined && mapping.entity !== entity) continue;
    const { rowCount } = await client.query(
      `update pending_changes p set parked = null, retry_at = null, attempts = 0
         from ${marketingTable(workspace, mapping.table)} t, entities e
        where p.connection_id = $1 and p.table_name = $2 and e.id = $3 and t.id = p.row_id
          and ${ofKind({ mapping })} and (p.parked is not null or p.retry_at is not null)
          and ($4::text is null or coalesce(p.parked ->> 'code', e.push_trouble ->> 'code') = $4)
          and ($5::bigint is null or p.row_id = $5)`,
      [connectionId, mapping.table, id, code ?? null, row ?? null],
    );
    count += rowCount ?? 0;
  }
  return count;
}
