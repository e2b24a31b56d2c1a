/**
 * Pending changes as the pull meets them.
 */
import type { Cell } from "../core/cell.ts";
import type { Column } from "../core/mapping.ts";
import type { MetEdit } from "../core/meet.ts";
import type { PendingChange } from "../core/pending.ts";
import type { RecordEffects } from "../core/store-port.ts";
import { cellText } from "./cell-text.ts";
import type { Queryable } from "./database.ts";
import { quoted } from "./database.ts";
import { REVISION } from "./revision.ts";
import type { RowPlace } from "./row-place.ts";

/** Pending changes by the id of their record in Dynamics. */
export type PendingByRecord = ReadonlyMap<string, PendingChange>;

const NONE: PendingByRecord = new Map();

/** Of rows to be written: those that people have edited, with the values they have now. */
export async function readPending(
  client: Queryable,
  place: RowPlace,
  { policies, plan }: Pick<RecordEffects, "policies" | "plan">,
): Promise<PendingByRecord> {
  if (plan.updates.length === 0 || !(await anyPending(client, place, policies.size))) return NONE;
  const columns = place.columns.filter(({ name }) => policies.has(name));
  const now = columns.map(({ name, type }, at) => `${cellText(`t.${quoted(name)}`, type)} as "now ${at}"`);
  const { rows } = await client.query<PendingRow>(
    `select p.row_id, t.crm_id, ${REVISION} as revision, p.agreed, p.sent${now.map((each) => `, ${each}`).join("")}
       from ${place.table} t join pending_changes p on p.row_id = t.id
      where t.crm_id = any($1::uuid[]) and p.connection_id = $2 and p.table_name = $3`,
    [plan.updates.map(({ id }) => id), place.connectionId, place.entity.mapping.table],
  );
  return new Map(rows.map((row) => [row.crm_id, pendingOf(row, columns)]));
}

interface PendingRow {
  readonly row_id: string;
  readonly crm_id: string;
  readonly revision: string;
  readonly agreed: Readonly<Record<string, Cell>>;
  readonly sent: Readonly<Record<string, Cell>>;
  readonly [now: `now ${number}`]: Cell;
}

function pendingOf(row: PendingRow, columns: readonly Column[]): PendingChange {
  return {
    rowId: row.row_id,
    revision: row.revision,
    agreed: new Map(Object.entries(row.agreed)),
    sent: new Map(Object.entries(row.sent)),
    now: new Map(columns.map(({ name }, at) => [name, row[`now ${at}`] ?? null])),
  };
}

/** Most of the time nobody has edited anything, and nothing further is asked. */
async function anyPending(
  client: Queryable,
  { connectionId, entity }: RowPlace,
  twoWayColumns: number,
): Promise<boolean> {
  if (twoWayColumns === 0) return false;
  const { rowCount } = await client.query(
    "select from pending_changes where connection_id = $1 and table_name = $2 limit 1",
    [connectionId, entity.mapping.table],
  );
  return rowCount === 1;
}

/**
 * True when somebody has edited one of the rows since their pending changes were read, or is editing it in this moment.
 * Asked after the rows were written: their locks let nobody in from then on. Rows that bring nothing new were not
 * written, so that of those the pending changes themselves are locked.
 */
export async function wasOvertaken(
  client: Queryable,
  place: RowPlace,
  effects: Pick<RecordEffects, "policies" | "plan">,
  known: PendingByRecord,
): Promise<boolean> {
  const { plan, policies } = effects;
  if (plan.updates.length === 0) return false;
  if (known.size === 0 && !(await anyPending(client, place, policies.size))) return false;
  const { rows } = await client.query<{ crm_id: string; revision: string }>(
    `select t.crm_id, ${REVISION} as revision
       from ${place.table} t join pending_changes p on p.row_id = t.id
      where t.crm_id = any($1::uuid[]) and p.connection_id = $2 and p.table_name = $3
        for update of p skip locked`,
    [plan.updates.map(({ id }) => id), place.connectionId, place.entity.mapping.table],
  );
  const unchanged = rows.filter(({ crm_id, revision }) => known.get(crm_id)?.revision === revision);
  return unchanged.length < Math.max(rows.length, known.size);
}

/** Locks the rows to be written, in one order for everybody, so that nobody can edit them until the end. */
export async function lockRows(
  client: Queryable,
  { table }: RowPlace,
  { plan }: Pick<RecordEffects, "plan">,
): Promise<void> {
  await client.query(`select from ${table} t where t.crm_id = any($1::uuid[]) order by t.id for update`, [
    plan.updates.map(({ id }) => id),
  ]);
}

/** Notes what became of the pending changes that were met. Those of which nothing is left are gone. */
export async function settleMet(
  client: Queryable,
  { connectionId, entity }: RowPlace,
  edits: readonly MetEdit[],
): Promise<void> {
  const moved = edits.filter(({ over, agreed }) => over.length > 0 || agreed.size > 0);
  if (moved.length === 0) return;
  await client.query(
    `update pending_changes p
        set agreed = (p.agreed - m.over) || m.agreed,
            -- What was sent has come back, or something else has taken its place.
            sent = p.sent - m.over
                 - array(select key from jsonb_each(m.agreed) where p.agreed -> key is distinct from value),
            parked = case when (p.agreed - m.over) || m.agreed = p.agreed then p.parked end
       from (select row_id, agreed, array(select json_array_elements_text(over)) as over
               from json_to_recordset($3) as x(row_id bigint, over json, agreed jsonb)) m
      where p.connection_id = $1 and p.table_name = $2 and p.row_id = m.row_id`,
    [
      connectionId,
      entity.mapping.table,
      JSON.stringify(
        moved.map(({ rowId, over, agreed }) => ({ row_id: rowId, over, agreed: Object.fromEntries(agreed) })),
      ),
    ],
  );
  await client.query(
    `delete from pending_changes
      where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[]) and agreed = '{}'`,
    [connectionId, entity.mapping.table, moved.map(({ rowId }) => rowId)],
  );
}
