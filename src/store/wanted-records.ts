/**
 * How many people wait to be made in Dynamics, by entity, for people.
 */
import type { PendingEdits } from "../core/status.ts";
import type { Queryable } from "./database.ts";

/** Looking ends here, as with edits. */
const MOST = 10_000;

const NOBODY: PendingEdits = { waiting: 0, parked: 0, oldestAt: null };

/** By id of the entity: only leads and contacts are ever made. Requests that wait for a person to decide count as parked. */
export async function readWantedRecords(client: Queryable): Promise<ReadonlyMap<number, PendingEdits>> {
  const { rows } = await client.query<{
    id: number;
    waiting: number | null;
    parked: number | null;
    oldest: Date | null;
  }>(
    `select e.id, r.waiting, r.parked, r.oldest
       from entities e
       left join (select connection_id, wanted_as,
                         count(*) filter (where state not in ('waiting', 'parked'))::int as waiting,
                         count(*) filter (where state in ('waiting', 'parked'))::int as parked,
                         min(requested_at) filter (where state not in ('waiting', 'parked')) as oldest
                    from (select * from sync_requests where state <> 'done' limit ${MOST}) open
                   group by connection_id, wanted_as) r
         on r.connection_id = e.connection_id and r.wanted_as = e.crm_type
      where e.crm_type is not null`,
  );
  return new Map(
    rows.map(({ id, waiting, parked, oldest }): [number, PendingEdits] => [
      id,
      waiting === null ? NOBODY : { waiting, parked: parked ?? 0, oldestAt: oldest?.toISOString() ?? null },
    ]),
  );
}
