/**
 * Marketing rows and their links, written by the page: new ones by COPY straight into the tables, changed ones by
 * COPY into a staging table and one set-based statement.
 */
import type pg from "pg";
import type { Row } from "../core/mapping.ts";
import { copyRows } from "./copy.ts";
import type { Queryable } from "./database.ts";
import { quoted } from "./database.ts";
import { holdBack } from "./field-rules.ts";
import { cellsOf } from "./row-cells.ts";
import type { RowPlace } from "./row-place.ts";
import { ofKind } from "./row-place.ts";
import { ROW, VERSION, stageRows } from "./stage.ts";
import { tell, tellChanges } from "./told-changes.ts";

/** Copies rows for records never seen before, and links them. Returns how many. */
export async function createRows(
  client: pg.PoolClient,
  place: RowPlace,
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const { entity, columns, table } = place;
  const rowIds = await reserveIds(client, table, rows.length);
  const { crmType } = entity.mapping;
  const own = crmType === undefined ? ["id", "crm_id"] : ["id", "crm_id", "crm_type"];
  const names = [...own, ...columns.map(({ name }) => name)].map(quoted).join(", ");
  const kind = crmType === undefined ? "" : `\t${crmType}`;
  const tab = columns.length === 0 ? "" : "\t";
  const line = (row: Row, at: number): string => `${rowIds[at]}\t${row.id}${kind}${tab}`;
  await copyRows(client, { target: `${table} (${names})`, rows, line, rest: cellsOf(columns) });
  const link = (row: Row, at: number): string => `${entity.id}\t${row.id}\t${rowIds[at]}\t${row.version}`;
  await copyRows(client, { target: "links (entity_id, crm_id, row_id, version)", rows, line: link });
  if (place.told) {
    await tell(client, place, { kind: "'created'", from: `${table} t where t.id = any($5::bigint[])` }, [
      rowIds,
    ]);
  }
  return rows.length;
}

/**
 * Brings linked rows to the given values and returns how many became different. A row that is equal already is not
 * written. A row that somebody deleted from the table is made anew and linked again; one that was inserted again
 * with the record's id is linked as it is.
 */
export async function updateRows(
  client: pg.PoolClient,
  place: RowPlace,
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const { entity, columns, table } = place;
  const stage = await stageRows(client, columns, rows);
  await client.query(
    `update ${stage} s set ${ROW} = t.id from ${table} t where t.crm_id = s.crm_id and ${ofKind(entity)}`,
  );
  await holdBack(client, place, { stage, row: ROW });
  await tellChanges(client, place, { stage, row: ROW, differs: differs(place) });
  const updated = await client.query(updateStatement(place, stage));
  const revived = place.partial ? 0 : await linkRows(client, place, stage);
  await client.query(`drop table ${stage}`);
  return (updated.rowCount ?? 0) + revived;
}

/** Notes which version the rows have now, after those that are gone were made anew. Returns how many were. */
async function linkRows(client: pg.PoolClient, place: RowPlace, stage: string): Promise<number> {
  const revived = await reviveRows(client, place, stage);
  await client.query(
    `update links l set version = s.${VERSION}, state = 'l', row_id = s.${ROW}
       from ${stage} s
      where l.entity_id = $1 and l.crm_id = s.crm_id and l.state <> 'm'`,
    [place.entity.id],
  );
  return revived;
}

/** Takes row ids from the table's own sequence, so that rows made by people and by the sync never meet. */
async function reserveIds(client: Queryable, table: string, count: number): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string }>(
    // The sequence is looked up once, not once a row: that alone took a quarter of the page's time.
    `select nextval(sequence) as id
       from (select pg_get_serial_sequence($1, 'id')::regclass as sequence offset 0) s, generate_series(1, $2)`,
    [table, count],
  );
  return rows.map(({ id }) => id);
}

const REVIVED = "It had no row any more, or none yet: its record has changed in Dynamics.";

/** SQL that is true where row `t` is not yet what stage `s` says. */
function differs({ entity, columns }: RowPlace): string {
  const { crmType } = entity.mapping;
  const list = (alias: string): string => columns.map(({ name }) => `${alias}.${quoted(name)}`).join(", ");
  const kindless = crmType === undefined ? "" : " or t.crm_type is null";
  const values = columns.length === 0 ? "" : ` or (${list("t")}) is distinct from (${list("s")})`;
  return `(t.crm_deleted${kindless}${values})`;
}

function updateStatement(place: RowPlace, stage: string): string {
  const { entity, columns, table } = place;
  const { crmType } = entity.mapping;
  const kind = crmType === undefined ? "" : `crm_type = '${crmType}', `;
  const sets = columns.map(({ name }) => `${quoted(name)} = s.${quoted(name)}, `).join("");
  return `update ${table} t set ${kind}${sets}crm_deleted = false, updated_at = now()
            from ${stage} s
           where t.id = s.${ROW} and t.crm_id = s.crm_id and ${differs(place)}`;
}

/**
 * Makes the rows anew that are linked but gone from the table; the stage learns their ids. Whose person became another's
 * since the page was decided gets none.
 */
async function reviveRows(client: Queryable, place: RowPlace, stage: string): Promise<number> {
  const { entity, columns, table } = place;
  const { crmType } = entity.mapping;
  const names = ["crm_id", ...columns.map(({ name }) => name)].map(quoted).join(", ");
  const kind = crmType === undefined ? "" : `, '${crmType}'`;
  const { rows } = await client.query<{ id: string }>(
    `with made as (
       insert into ${table} (${names}${crmType === undefined ? "" : ", crm_type"})
       select ${names}${kind} from ${stage} s
        where ${ROW} is null
          and not exists (select from links l where l.entity_id = $1 and l.crm_id = s.crm_id and l.state = 'm')
       returning id, crm_id
     )
     update ${stage} s set ${ROW} = made.id from made where made.crm_id = s.crm_id returning made.id`,
    [entity.id],
  );
  if (place.told && rows.length > 0) {
    const from = `${table} t where t.id = any($5::bigint[])`;
    await tell(client, place, { kind: "'created'", detail: REVIVED, from }, [rows.map(({ id }) => id)]);
  }
  return rows.length;
}
