/**
 * Approvals: a person lets the deletes of an entity pass that the mass-change guard holds.
 */
import type { Approved } from "../core/sync-desk.ts";
import type { Queryable } from "./database.ts";
import { requireEntities } from "./pauses.ts";

interface HeldRow {
  readonly id: number;
  readonly connection: string;
  readonly entity: string;
  readonly held: number;
  readonly comparing: boolean;
  readonly errands: number;
  readonly actions: number;
}

/**
 * Lets pass what is held of the named entities now, and no more than that: an approval is a number. It counts for the ways on
 * which something is held now, until a cycle ends without holding anything of the entity, for a day at most.
 * @throws SyncError `configuration_invalid` when an entity is not known; nothing is approved then
 */
export async function approve(
  client: Queryable,
  place: { readonly connectionId: number; readonly entities: readonly string[] },
  by: string,
): Promise<readonly Approved[]> {
  await requireEntities(client, place);
  const { rows } = await client.query<HeldRow>(HELD, [place.connectionId, place.entities]);
  const all: Approved[] = [];
  for (const row of rows) {
    const fromDynamics = row.comparing ? await unseen(client, row.id) : row.held;
    const toDynamics = row.errands + row.actions;
    const most = Math.max(fromDynamics, row.errands, row.actions);
    all.push({ connection: row.connection, entity: row.entity, fromDynamics, toDynamics });
    if (most === 0) continue;
    await client.query(
      "update entities set approved = $2, approved_at = now(), approved_by = $3 where id = $1",
      [row.id, most, by],
    );
  }
  return all;
}

/** Peaks say how many there were when they were held; some of them may have come back since. */
const HELD = `
  select e.id, c.name as connection, e.name as entity,
         e.compare = 'open' and coalesce(e.trouble ->> 'code' = 'mass_change', false) as comparing,
         case when e.held_peak = 0 then 0
              else greatest(e.held_peak, (select count(*) from held_deletes h where h.entity_id = e.id))::int end as held,
         e.errands_peak as errands, e.actions_peak as actions
    from entities e join connections c on c.id = e.connection_id
   where c.id = $1 and e.name = any($2)
   order by e.id`;

async function unseen(client: Queryable, entityId: number): Promise<number> {
  const { rows } = await client.query<{ unseen: number }>(
    `select count(*)::int as unseen from links l
      where l.entity_id = $1 and l.state = 'l'
        and not exists (select from compare_seen s where s.entity_id = l.entity_id and s.crm_id = l.crm_id)`,
    [entityId],
  );
  return rows[0]?.unseen ?? 0;
}

/** Takes back approvals that were given before the cycle began and have done their work. */
export async function spendApprovals(client: Queryable, cycle: string): Promise<void> {
  await client.query(
    `update entities e set approved = 0
       from cycles c
      where c.id = $1 and e.connection_id = c.connection_id and e.approved > 0 and e.approved_at < c.started_at
        and e.trouble is null and e.push_trouble is null
        and e.held_peak = 0 and e.errands_peak = 0 and e.actions_peak = 0`,
    [cycle],
  );
}
