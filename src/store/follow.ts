/**
 * Leads whose person is a contact by now: the columns that only a lead has go on following them, so that it does not
 * matter which of the two was read first.
 */
import type pg from "pg";
import type { Row } from "../core/mapping.ts";
import type { Queryable } from "./database.ts";
import { literal, quoted } from "./database.ts";
import type { RowPlace } from "./row-place.ts";
import { ROW, VERSION, stageRows } from "./stage.ts";
import { tellChanges } from "./told-changes.ts";

/** Brings the leads' own columns to their contacts' rows. Returns how many rows became different. */
export async function followLeads(
  client: pg.ClientBase,
  place: RowPlace,
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const own = await ownColumns(client, place);
  const columns = own.flatMap((at) => place.columns[at] ?? []);
  const ownRows = rows.map((row) => ({ ...row, cells: own.map((at) => row.cells[at] ?? null) }));
  const stage = await stageRows(client, columns, ownRows);
  if (!place.partial) {
    await client.query(
      `update links l set version = s.${VERSION} from ${stage} s
        where l.entity_id = $1 and l.crm_id = s.crm_id and l.state = 'm'`,
      [place.entity.id],
    );
  }
  const updated = own.length === 0 ? 0 : await bring(client, { ...place, columns }, stage);
  await client.query(`drop table ${stage}`);
  return updated;
}

/**
 * The stage speaks of the contacts' rows afterwards. A contact that has none, since it lost a merge, takes nothing, and
 * what was edited in marketing before it could travel stays.
 */
async function bring(client: Queryable, place: RowPlace, stage: string): Promise<number> {
  const { table, columns, entity } = place;
  const values = columns.map(({ name }) => {
    const column = quoted(name);
    return `${column} = case when ${literal(name)} = any(m.kept) then t.${column} else s.${column} end`;
  });
  await client.query(
    `update ${stage} s set crm_id = t.crm_id, ${ROW} = t.id, ${values.join(", ")}
       from moves m join ${table} t on t.crm_id = m.to_crm_id and t.crm_type = 'contact'
      where m.entity_id = $1 and m.crm_id = s.crm_id and m.kind = 'qualified'`,
    [entity.id],
  );
  const list = (alias: string): string => columns.map(({ name }) => `${alias}.${quoted(name)}`).join(", ");
  const differs = `(${list("t")}) is distinct from (${list("s")})`;
  await tellChanges(client, place, { stage, row: ROW, differs });
  const sets = columns.map(({ name }) => `${quoted(name)} = s.${quoted(name)}`).join(", ");
  const { rowCount } = await client.query(
    `update ${table} t set ${sets}, updated_at = now() from ${stage} s where t.id = s.${ROW} and ${differs}`,
  );
  return rowCount ?? 0;
}

/**
 * Places, in a row's cells, of the columns that no other entity of the table has. What has a rule is not brought
 * behind its back.
 */
async function ownColumns(
  client: Queryable,
  { connectionId, entity, columns }: RowPlace,
): Promise<readonly number[]> {
  const { rows } = await client.query<{ name: string }>(
    `select unnest(array[f.column_name, f.type_column]) as name
       from fields f join entities e on e.id = f.entity_id
      where e.connection_id = $1 and e.table_name = $2 and e.id <> $3 and f.enabled and f.set_aside is null`,
    [connectionId, entity.mapping.table, entity.id],
  );
  const others = new Set(rows.map(({ name }) => name));
  return [...columns.keys()].filter((at) => {
    const column = columns[at];
    return column !== undefined && column.rule === undefined && !others.has(column.name);
  });
}
