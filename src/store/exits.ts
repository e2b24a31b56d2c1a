/**
 * Records that the sync filter leaves out after they took part.
 */
import type pg from "pg";
import type { Activity } from "../core/activity.ts";
import type { Versioned } from "../core/life-plan.ts";
import type { FilterExit } from "../core/sync-filter.ts";
import { recordActivities } from "./activities.ts";
import type { Queryable } from "./database.ts";
import { isRefusal } from "./refusal.ts";
import type { RowPlace } from "./row-place.ts";
import { ofKind } from "./row-place.ts";
import { attempt } from "./savepoint.ts";

/**
 * Freezes the links, with the version that said No, and does to the rows what the exit rule says. Records that never
 * took part are remembered without a row. Repeating it changes nothing.
 */
export async function leaveOut(
  client: pg.ClientBase,
  place: RowPlace,
  exits: readonly Versioned[],
  rule: FilterExit,
): Promise<void> {
  if (exits.length === 0) return;
  const { entity, table } = place;
  const ids = exits.map(({ id }) => id);
  const { rows: leaving } = await client.query<Leaving>(
    `select t.id, t.crm_id from ${table} t join links l using (crm_id)
      where l.entity_id = $1 and l.crm_id = any($2::uuid[]) and l.state in ('l', 'd') and ${ofKind(entity)}
      order by t.id for update of t`,
    [entity.id, ids],
  );
  await client.query(
    `insert into links (entity_id, crm_id, row_id, version, state)
     select $1, e.crm_id, 0, e.version, 'f' from unnest($2::uuid[], $3::bigint[]) as e(crm_id, version)
     on conflict (entity_id, crm_id) do update set version = excluded.version, state = 'f'
      where links.state in ('l', 'd', 'f')`,
    [entity.id, ids, exits.map(({ version }) => version)],
  );
  if (leaving.length === 0) return;
  if (place.told) await recordActivities(client, place, { ...place, cycle: null }, leaving.map(told(rule)));
  await EXITS[rule](client, place, leaving);
}

interface Leaving {
  readonly id: string;
  readonly crm_id: string;
}

const EXITS: Readonly<Record<FilterExit, typeof removeRows>> = {
  freeze: async () => undefined,
  flag: flagRows,
  remove: removeRows,
};

function told(rule: FilterExit): (leaving: Leaving) => Activity {
  return ({ id, crm_id: crmId }) => ({
    rowId: id,
    crmId,
    kind: "unlinked",
    origin: "dynamics",
    changes: {},
    rule: `sync filter: ${rule}`,
  });
}

async function flagRows(client: Queryable, { table }: RowPlace, rows: readonly Leaving[]): Promise<void> {
  await client.query(
    `update ${table} set crm_deleted = true, updated_at = now() where id = any($1::bigint[]) and not crm_deleted`,
    [rows.map(({ id }) => id)],
  );
}

/** Rows that a table of somebody else's holds on to cannot go one and all: then each is flagged instead. */
async function removeRows(client: pg.ClientBase, place: RowPlace, rows: readonly Leaving[]): Promise<void> {
  const { connectionId, entity, table } = place;
  const ids = rows.map(({ id }) => id);
  const refusal = await attempt(client, isRefusal, async () => {
    await client.query(`delete from ${table} where id = any($1::bigint[])`, [ids]);
    await client.query(
      "delete from pending_changes where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[])",
      [connectionId, entity.mapping.table, ids],
    );
  });
  if (refusal === null) return;
  if (rows.length === 1) return flagRows(client, place, rows);
  for (const row of rows) await removeRows(client, place, [row]);
}
