/**
 * Change capture: the database itself notes every edit of a marketing table for a connection, whichever way it came,
 * except those that the connection's own transactions make.
 */
import { createHash } from "node:crypto";
import type { ColumnType } from "../core/cell.ts";
import type { Column } from "../core/mapping.ts";
import { cellText } from "./cell-text.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable, quoted, syncSchema } from "./database.ts";

/** A table that is edited on one side of a connection. */
export interface CapturedTable {
  readonly workspace: Workspace;
  readonly connectionId: number;
  readonly table: string;
}

/**
 * Brings the capture of a table in line with the fields that travel to Dynamics. Runs in the transaction that changes
 * them, and lets nobody edit the table from then to its end, so that no edit slips in between. When nothing has
 * changed, nothing is locked.
 */
export async function captureEdits(client: Queryable, place: CapturedTable): Promise<void> {
  const columns = await travellingColumns(client, place);
  const statements = columns.length === 0 ? [] : captureStatements(place, columns);
  const wanted =
    statements.length === 0 ? null : createHash("sha256").update(statements.join("\n")).digest("hex");
  if ((await currentMark(client, place)) === wanted) return;
  await client.query(
    `lock table ${marketingTable(place.workspace, place.table)} in share row exclusive mode`,
  );
  for (const statement of [...removal(place), ...statements]) await client.query(statement);
  if (wanted !== null) await client.query(`comment on function ${functionName(place)}() is '${wanted}'`);
}

/** As `captureEdits`, for the table of an entity, in every connection that has it. */
export async function captureEntity(client: Queryable, workspace: Workspace, entity: string): Promise<void> {
  const { rows } = await client.query<{ connection_id: number; table_name: string }>(
    "select connection_id, table_name from entities where name = $1",
    [entity],
  );
  for (const { connection_id, table_name } of rows) {
    await captureEdits(client, { workspace, connectionId: connection_id, table: table_name });
  }
}

/** Columns of the table whose edits travel to Dynamics, with the types they have. */
async function travellingColumns(
  client: Queryable,
  { workspace, connectionId, table }: CapturedTable,
): Promise<readonly Column[]> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `select c.column_name as name,
            case c.data_type when 'ARRAY' then 'text[]' else c.data_type::text end as type
       from information_schema.columns c
      where c.table_schema = $1 and c.table_name = $2 and c.column_name in (
        select unnest(array[f.column_name, f.type_column])
          from fields f join entities e on e.id = f.entity_id
         where e.connection_id = $3 and e.table_name = $2
           and f.enabled and f.writable and f.set_aside is null and f.direction <> 'pull')
      order by c.column_name`,
    [workspace.name, table, connectionId],
  );
  // A type of one's own that keeps the values, such as citext, is captured as the text it shows.
  return rows.map(({ name, type }) => ({ name, type: type as ColumnType }));
}

/** What the capture was made for; null when it is not there, or somebody has dropped a part of it. */
async function currentMark(client: Queryable, place: CapturedTable): Promise<string | null> {
  const { rows } = await client.query<{ mark: string | null; triggers: number }>(
    `select obj_description(to_regprocedure($1), 'pg_proc') as mark,
            (select count(*)::int from pg_trigger t join pg_proc p on p.oid = t.tgfoid
              where t.tgrelid = to_regclass($2) and t.tgenabled = 'O'
                and p.oid in (to_regprocedure($1), to_regprocedure($3))) as triggers`,
    [
      `${functionName(place)}()`,
      marketingTable(place.workspace, place.table),
      `${forgettingName(place)}()`,
    ],
  );
  const [{ mark, triggers } = { mark: null, triggers: 0 }] = rows;
  return triggers === TRIGGERS.length ? mark : null;
}

/** Function of a table's edits; its name keeps within PostgreSQL's 63 bytes. */
function functionName({ workspace, connectionId, table }: CapturedTable): string {
  const name = `capture_${connectionId}_${table}`;
  return `${quoted(syncSchema(workspace))}.${quoted(name.slice(0, 55))}`;
}

function forgettingName(place: CapturedTable): string {
  return functionName({ ...place, table: `gone_${place.table}` });
}

const TRIGGERS = ["edits", "deletes", "truncates"] as const;

function triggerName({ connectionId }: CapturedTable, what: (typeof TRIGGERS)[number]): string {
  return quoted(`tandem_${what}_${connectionId}`);
}

function removal(place: CapturedTable): readonly string[] {
  const table = marketingTable(place.workspace, place.table);
  return [
    ...TRIGGERS.map((what) => `drop trigger if exists ${triggerName(place, what)} on ${table}`),
    `drop function if exists ${functionName(place)}()`,
    `drop function if exists ${forgettingName(place)}()`,
  ];
}

function captureStatements(place: CapturedTable, columns: readonly Column[]): readonly string[] {
  const table = marketingTable(place.workspace, place.table);
  const others = `current_setting('tandem.connection', true) is distinct from '${place.connectionId}'`;
  const list = (alias: string): string => columns.map(({ name }) => `${alias}.${quoted(name)}`).join(", ");
  return [
    editFunction(place, columns),
    forgettingFunction(place),
    // The condition is looked at before anything is called: our own writes, and edits of other columns, cost little.
    // It also makes PostgreSQL refuse to drop a column, or change its type, while its edits travel.
    `create trigger ${triggerName(place, "edits")} after update on ${table} for each row
       when (${others} and new.crm_id is not null and (${list("old")}) is distinct from (${list("new")}))
       execute function ${functionName(place)}()`,
    `create trigger ${triggerName(place, "deletes")} after delete on ${table} for each row
       when (${others} and old.crm_id is not null) execute function ${forgettingName(place)}()`,
    `create trigger ${triggerName(place, "truncates")} after truncate on ${table} for each statement
       when (${others}) execute function ${forgettingName(place)}()`,
  ];
}

/** Runs with the rights of whoever owns the sync's tables: people need rights on the marketing tables only. */
function definition(name: string, { workspace }: CapturedTable, body: string): string {
  return `create function ${name}() returns trigger language plpgsql security definer
            set search_path = ${quoted(syncSchema(workspace))}, pg_catalog, pg_temp as $capture$
${body}
$capture$`;
}

function editFunction(place: CapturedTable, columns: readonly Column[]): string {
  const notes = columns.map(({ name, type }) => {
    const [was, is] = [cellText(`old.${quoted(name)}`, type), cellText(`new.${quoted(name)}`, type)];
    return `  if old.${quoted(name)} is distinct from new.${quoted(name)} then
    values_before := values_before || jsonb_build_object(${literal(name)}, ${was});
    values_after := values_after || jsonb_build_object(${literal(name)}, ${is});
  end if;`;
  });
  return definition(
    functionName(place),
    place,
    `declare
  values_before jsonb := '{}';
  values_after jsonb := '{}';
  nothing_left boolean;
begin
${notes.join("\n")}
  insert into pending_changes as p (connection_id, table_name, row_id, agreed)
  values (${place.connectionId}, ${literal(place.table)}, new.id, values_before)
  on conflict (connection_id, table_name, row_id) do update
     set agreed = (
           -- What was agreed before stays agreed; a column that is set back to it is no longer pending, unless a value
           -- is on its way that may have to be taken back.
           select coalesce(jsonb_object_agg(f.key, f.value), '{}') from jsonb_each(excluded.agreed || p.agreed) f
            where p.sent ? f.key or values_after -> f.key is distinct from f.value),
         revision = p.revision + 1, changed_at = now(), parked = null, attempts = 0, retry_at = null
  returning p.agreed = '{}' and p.sent = '{}' into nothing_left;
  if nothing_left then
    delete from pending_changes
     where connection_id = ${place.connectionId} and table_name = ${literal(place.table)} and row_id = new.id;
  end if;
  return null;
end`,
  );
}

/**
 * A row that people delete leaves a tombstone on its link: the record is not copied again as it is, and its next change
 * in Dynamics makes a new row.
 */
function forgettingFunction(place: CapturedTable): string {
  const ours = `entity_id in (
      select id from entities where connection_id = ${place.connectionId} and table_name = ${literal(place.table)})`;
  const pending = `connection_id = ${place.connectionId} and table_name = ${literal(place.table)}`;
  return definition(
    forgettingName(place),
    place,
    `begin
  if tg_op = 'TRUNCATE' then
    update links set state = 't' where state = 'l' and ${ours};
    delete from pending_changes where ${pending};
  else
    update links set state = 't' where state = 'l' and crm_id = old.crm_id and ${ours};
    delete from pending_changes where ${pending} and row_id = old.id;
  end if;
  return null;
end`,
  );
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
