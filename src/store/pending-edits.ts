/**
 * How many edits wait to travel to Dynamics, by entity, for people.
 */
import type { EntityMapping } from "../core/mapping.ts";
import type { PendingEdits } from "../core/status.ts";
import type { Queryable, Workspace } from "./database.ts";
import { errorCode, marketingTable } from "./database.ts";
import { ofKind } from "./row-place.ts";

/** Looking ends here: more than that is many, and a status is asked for every second. */
const MOST = 10_000;

/** An entity with fields that travel to Dynamics, and a table to travel from. */
export interface TwoWayEntity {
  readonly id: number;
  readonly connectionId: number;
  readonly mapping: Pick<EntityMapping, "entity" | "table" | "crmType">;
  /** Columns whose edits travel. */
  readonly columns: readonly string[];
}

interface CountRow {
  readonly waiting: number;
  readonly parked: number;
  readonly oldest: Date | null;
}

/** By id of the entity; one whose fields all come from Dynamics, or whose table is gone, is absent. */
export async function readPendingEdits(
  client: Queryable,
  workspace: Workspace,
): Promise<ReadonlyMap<number, PendingEdits>> {
  const counts = new Map<number, PendingEdits>();
  for (const entity of await twoWayEntities(client, workspace)) {
    const edits = await countEdits(client, workspace, entity).catch(unlessReshaped);
    if (edits !== null) counts.set(entity.id, edits);
  }
  return counts;
}

export async function twoWayEntities(
  client: Queryable,
  workspace: Workspace,
): Promise<readonly TwoWayEntity[]> {
  const { rows } = await client.query<{
    id: number;
    connection_id: number;
    name: string;
    table_name: string;
    crm_type: "lead" | "contact" | null;
    columns: string[];
  }>(
    `select e.id, e.connection_id, e.name, e.table_name, e.crm_type, f.columns
       from entities e
       join (select entity_id, array_agg(column_name) || array_remove(array_agg(type_column), null) as columns
               from fields where enabled and direction <> 'pull' group by entity_id) f on f.entity_id = e.id
      where to_regclass(format('%I.%I', $1::text, e.table_name)) is not null
      order by e.id`,
    [workspace.name],
  );
  return rows.map(
    ({ id, connection_id: connectionId, name: entity, table_name: table, crm_type, columns }) => {
      const kind = crm_type === null ? {} : { crmType: crm_type };
      return { id, connectionId, mapping: { entity, table, ...kind }, columns };
    },
  );
}

/** A table without a column of ours has no edits to count; its entity's trouble says so. */
function unlessReshaped(error: unknown): null {
  if (errorCode(error) === UNDEFINED_COLUMN) return null;
  throw error;
}

const UNDEFINED_COLUMN = "42703";

/**
 * Edits of fields that no longer travel, and of records that no longer take part, wait for nothing. Where a table has
 * more edits than are looked at, the counts are of those, and the oldest is the oldest of them.
 */
async function countEdits(
  client: Queryable,
  workspace: Workspace,
  { id, connectionId, mapping, columns }: TwoWayEntity,
): Promise<PendingEdits> {
  const { rows } = await client.query<CountRow>(
    `with looked_at as materialized (
       select row_id, since, parked is not null and retry_at is null as is_parked
         from pending_changes
        where connection_id = $1 and table_name = $2 and (agreed ?| $3 or sent ?| $3)
        limit ${MOST}
     )
     select count(*) filter (where not p.is_parked)::int as waiting,
            count(*) filter (where p.is_parked)::int as parked,
            min(p.since) filter (where not p.is_parked) as oldest
       from looked_at p join ${marketingTable(workspace, mapping.table)} t on t.id = p.row_id
      where not t.crm_deleted and ${ofKind({ mapping })}
        and exists (select from links l where l.entity_id = $4 and l.crm_id = t.crm_id and l.state = 'l')`,
    [connectionId, mapping.table, columns, id],
  );
  const [row] = rows;
  return {
    waiting: row?.waiting ?? 0,
    parked: row?.parked ?? 0,
    oldestAt: row?.oldest?.toISOString() ?? null,
  };
}
