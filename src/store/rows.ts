/**
 * Marketing rows and their links, written by the page: new ones by COPY straight into the tables, changed ones by
 * COPY into a staging table and one set-based statement.
 */
import type pg from "pg";
import type { Column, Row } from "../core/mapping.ts";
import type { PageEffects, StoredEntity } from "../core/store-port.ts";
import { cellsEncoder, copyRows } from "./copy.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable, quoted } from "./database.ts";

type Target = Pick<PageEffects, "entity" | "columns">;

/** The stage's own columns; no column of Dynamics has such a name. */
const VERSION = '"#version"';
const ROW = '"#row"';

/** Copies rows for records never seen before, and links them. Returns how many. */
export async function createRows(
  client: pg.PoolClient,
  workspace: Workspace,
  { entity, columns }: Target,
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const table = marketingTable(workspace, entity.mapping.table);
  const rowIds = await reserveIds(client, table, rows.length);
  const encode = cellsEncoder(columns.map(({ type }) => type));
  const { crmType } = entity.mapping;
  const own = crmType === undefined ? ["id", "crm_id"] : ["id", "crm_id", "crm_type"];
  const names = [...own, ...columns.map(({ name }) => name)].map(quoted).join(", ");
  const kind = crmType === undefined ? "" : `\t${crmType}`;
  const line = (row: Row, at: number): string => {
    const cells = columns.length === 0 ? "" : `\t${encode(row.cells)}`;
    return `${rowIds[at]}\t${row.id}${kind}${cells}\n`;
  };
  await copyRows(client, { target: `${table} (${names})`, rows, line });
  const link = (row: Row, at: number): string => `${entity.id}\t${row.id}\t${rowIds[at]}\t${row.version}\n`;
  await copyRows(client, { target: "links (entity_id, crm_id, row_id, version)", rows, line: link });
  return rows.length;
}

/**
 * Brings linked rows to the given values and returns how many became different. A row that is equal already is not
 * written. A row that somebody deleted from the table is made anew and linked again; one that was inserted again
 * with the record's id is linked as it is.
 */
export async function updateRows(
  client: pg.PoolClient,
  workspace: Workspace,
  { entity, columns }: Target,
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const table = marketingTable(workspace, entity.mapping.table);
  const stage = await makeStage(client, columns);
  const encode = cellsEncoder(columns.map(({ type }) => type));
  const line = (row: Row): string => {
    const cells = columns.length === 0 ? "" : `\t${encode(row.cells)}`;
    return `${row.id}\t${row.version}${cells}\n`;
  };
  const list = ["crm_id", VERSION, ...columns.map(({ name }) => quoted(name))].join(", ");
  await copyRows(client, { target: `${stage} (${list})`, rows, line });
  await client.query(
    `update ${stage} s set ${ROW} = t.id from ${table} t where t.crm_id = s.crm_id and ${ofKind(entity)}`,
  );
  const updated = await client.query(updateStatement(table, stage, { entity, columns }));
  const revived = await reviveRows(client, table, stage, { entity, columns });
  await client.query(
    `update links l set version = s.${VERSION}, state = 'l', row_id = s.${ROW}
       from ${stage} s
      where l.entity_id = $1 and l.crm_id = s.crm_id`,
    [entity.id],
  );
  await client.query(`drop table ${stage}`);
  return (updated.rowCount ?? 0) + revived;
}

/** Flags the rows of deleted records; the rows stay. Returns how many were not flagged before. */
export async function flagRows(
  client: Queryable,
  workspace: Workspace,
  entity: StoredEntity,
  ids: readonly string[],
): Promise<number> {
  if (ids.length === 0) return 0;
  return flag(client, workspace, entity, { from: "(select unnest($2::uuid[]) as crm_id)", values: [ids] });
}

/** Flags the rows of all deletes that are held, as `flagRows`. */
export async function flagHeld(
  client: Queryable,
  workspace: Workspace,
  entity: StoredEntity,
): Promise<number> {
  return flag(client, workspace, entity, {
    from: "(select crm_id from held_deletes where entity_id = $1)",
    values: [],
  });
}

/** Where the ids of deleted records are, as SQL; `$1` is the entity. */
interface Deleted {
  readonly from: string;
  readonly values: readonly unknown[];
}

async function flag(
  client: Queryable,
  workspace: Workspace,
  entity: StoredEntity,
  { from, values }: Deleted,
): Promise<number> {
  const table = marketingTable(workspace, entity.mapping.table);
  const flagged = await client.query(
    `update ${table} t set crm_deleted = true, updated_at = now()
       from links l join ${from} d using (crm_id)
      where l.entity_id = $1 and l.state = 'l'
        and t.crm_id = l.crm_id and ${ofKind(entity)} and not t.crm_deleted`,
    [entity.id, ...values],
  );
  await client.query(
    `update links l set state = 'd' from ${from} d
      where l.entity_id = $1 and l.crm_id = d.crm_id and l.state = 'l'`,
    [entity.id, ...values],
  );
  return flagged.rowCount ?? 0;
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

/** Makes the page's staging table; it ends with the transaction. Returns its name. */
async function makeStage(client: Queryable, columns: readonly Column[]): Promise<string> {
  const cells = columns.map((column) => `${quoted(column.name)} ${column.type}, `).join("");
  await client.query(
    `create temp table stage (crm_id uuid, ${VERSION} bigint, ${cells}${ROW} bigint) on commit drop`,
  );
  return "pg_temp.stage";
}

/**
 * Whether row `t`, which has a record's id, is its row. Row ids say nothing: they begin anew when people empty the
 * table. A row of people without a kind, made with the record's id, counts.
 */
function ofKind({ mapping: { crmType } }: StoredEntity): string {
  return crmType === undefined ? "true" : `(t.crm_type = '${crmType}' or t.crm_type is null)`;
}

function updateStatement(table: string, stage: string, { entity, columns }: Target): string {
  const { crmType } = entity.mapping;
  const names = columns.map(({ name }) => quoted(name));
  const kind = crmType === undefined ? "" : `crm_type = '${crmType}', `;
  const sets = names.map((name) => `${name} = s.${name}, `).join("");
  const list = (alias: string): string => names.map((name) => `${alias}.${name}`).join(", ");
  const kindless = crmType === undefined ? "" : " or t.crm_type is null";
  const differs = names.length === 0 ? "" : ` or (${list("t")}) is distinct from (${list("s")})`;
  return `update ${table} t set ${kind}${sets}crm_deleted = false, updated_at = now()
            from ${stage} s
           where t.id = s.${ROW} and t.crm_id = s.crm_id and (t.crm_deleted${kindless}${differs})`;
}

/** Makes the rows anew that are linked but gone from the table; the stage learns their ids. */
async function reviveRows(
  client: Queryable,
  table: string,
  stage: string,
  { entity, columns }: Target,
): Promise<number> {
  const { crmType } = entity.mapping;
  const names = ["crm_id", ...columns.map(({ name }) => name)].map(quoted).join(", ");
  const kind = crmType === undefined ? "" : `, '${crmType}'`;
  const revived = await client.query(
    `with made as (
       insert into ${table} (${names}${crmType === undefined ? "" : ", crm_type"})
       select ${names}${kind} from ${stage} where ${ROW} is null
       returning id, crm_id
     )
     update ${stage} s set ${ROW} = made.id from made where made.crm_id = s.crm_id`,
  );
  return revived.rowCount ?? 0;
}
