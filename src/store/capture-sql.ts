/**
 * The capture of one table for one connection, as SQL: a function and the triggers that run it.
 *
 * They are statement triggers: for a row trigger a bulk edit takes nine times as long, for one that folds all rows of
 * the statement at once two to three times. Measured by `npm run bench -- capture`.
 */
import { escapeLiteral } from "pg";
import type { ColumnType } from "../core/cell.ts";
import { fittingName } from "../core/naming.ts";
import { cellText } from "./cell-text.ts";
import type { Workspace } from "./database.ts";
import { marketingTable, quoted, syncSchema } from "./database.ts";

/** What is captured of a table for a connection: deletes, and edits of the columns that travel to Dynamics. */
export interface Capture {
  readonly workspace: Workspace;
  readonly connectionId: number;
  readonly table: string;
  readonly columns: readonly CapturedColumn[];
}

export interface CapturedColumn {
  readonly name: string;
  /** How its values are compared and kept; `text` for every type that the sync does not make itself. */
  readonly type: ColumnType;
  /** SQL that is true for rows `t` whose record has the field; null where all have it. */
  readonly on: string | null;
}

/** The capture's function, qualified and quoted. */
export function captureFunction({ workspace, connectionId, table }: Omit<Capture, "columns">): string {
  const name = fittingName(`capture_${connectionId}_${table}`, "edits", new Set());
  return `${quoted(syncSchema(workspace))}.${quoted(name)}`;
}

/** The triggers of a capture: by name, when they fire. */
export function captureTriggers(capture: Capture): ReadonlyMap<string, string> {
  const { workspace, connectionId, table, columns } = capture;
  const target = marketingTable(workspace, table);
  const others = `for each statement when (current_setting('tandem.connection', true) is distinct from '${connectionId}')`;
  const list = columns.map(({ name }) => quoted(name)).join(", ");
  const triggers = [
    ["delete", `after delete on ${target} referencing old table as before ${others}`],
    ["truncate", `after truncate on ${target} ${others}`],
    ...(columns.length === 0
      ? []
      : [
          ["update", `after update on ${target} referencing old table as before ${others}`],
          // Never fires: it makes PostgreSQL refuse to drop or retype a column while its edits travel.
          ["columns", `before update of ${list} on ${target} for each statement when (false)`],
        ]),
  ];
  return new Map(triggers.map(([what, when = ""]) => [`tandem_capture_${connectionId}_${what}`, when]));
}

/**
 * Statements that make the capture, or make an earlier one over. None of them drops anything: that would lock out
 * readers, and could end in a deadlock with one who goes on to edit.
 */
export function captureStatements(capture: Capture): readonly string[] {
  const name = captureFunction(capture);
  return [
    functionStatement(capture),
    // Whoever attached it to a table of their own could write pending changes of any row.
    `revoke execute on function ${name}() from public`,
    ...[...captureTriggers(capture)].map(
      ([trigger, when]) => `create or replace trigger ${quoted(trigger)} ${when} execute function ${name}()`,
    ),
  ];
}

/**
 * The function runs as its owner, so that whoever may edit the table needs no right on anything else; the path keeps
 * everybody's own tables out of its sight. Of the planner's ways only looking rows up one by one is good for one row
 * and for a million, and the plan is kept.
 */
function functionStatement(capture: Capture): string {
  const schema = quoted(syncSchema(capture.workspace));
  return `create or replace function ${captureFunction(capture)}() returns trigger
    language plpgsql security definer
    set search_path = ${schema}, pg_catalog, pg_temp
    set extra_float_digits = 1
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
    as ${escapeLiteral(functionBody(capture))}`;
}

function functionBody(capture: Capture): string {
  const update = capture.columns.length === 0 ? "" : `when 'UPDATE' then ${foldEdits(capture)}`;
  return `
declare
  set_back bigint[];
begin
  case tg_op
  ${update}
  when 'DELETE' then
    ${entomb(capture)}
  when 'TRUNCATE' then
    delete from pending_changes p where ${isOurs("p", capture)};
    update links l set state = 't'
      from entities e
     where ${isOurs("e", capture)} and l.entity_id = e.id and l.state in ('l', 'd');
  end case;
  return null;
end`;
}

/**
 * Deleted rows: their edits are over, their links are tombstones, and by choice their records are to be deleted. What the
 * rows are is a list of whole keys that the planner cannot take apart: it looks each up, instead of searching for it,
 * even as long as the tables have not been counted.
 */
function entomb(capture: Capture): string {
  const { connectionId, table } = capture;
  const rows = `(select ${connectionId} as connection_id, ${escapeLiteral(table)} as table_name, id from before offset 0)`;
  const records = `(select e.id as entity_id, e.deletes, b.crm_id, b.id as row_id
                       from entities e cross join before b
                      where ${isOurs("e", capture)} and b.crm_id is not null offset 0)`;
  return `
    delete from pending_changes p using ${rows} b
     where p.connection_id = b.connection_id and p.table_name = b.table_name and p.row_id = b.id;
    insert into errands (entity_id, crm_id, kind, row_id, version)
    select l.entity_id, l.crm_id, 'delete', b.row_id, greatest(l.version, l.written)
      from ${records} b join links l on l.entity_id = b.entity_id and l.crm_id = b.crm_id
     where b.deletes = 'delete' and l.state = 'l'
    on conflict (entity_id, crm_id) do update
      set kind = 'delete', row_id = excluded.row_id, version = excluded.version, sent = false, attempts = 0,
          retry_at = null, parked = null, requested_at = now();
    update links l set state = 't'
      from ${records} b
     where l.entity_id = b.entity_id and l.crm_id = b.crm_id and l.state in ('l', 'd');`;
}

/**
 * Edits of rows that stand for a record. The row is looked at as it is now, rather than as the statement left it: a
 * trigger of somebody else's may have gone on editing it. What was sent and may have arrived stays pending even where
 * it is set back, since setting it back has to travel as well.
 */
function foldEdits(capture: Capture): string {
  const { workspace, connectionId, table, columns } = capture;
  const rows = marketingTable(workspace, table);
  return `
    with edited as (
      select b.id, concat_ws(',', ${columns.map(valueBefore).join(",\n        ")}) as agreed
        from before b join ${rows} t on t.id = b.id and t.crm_id = b.crm_id
      offset 0 -- so that each row's values are made once
    ), folded as (
      insert into pending_changes as p (connection_id, table_name, row_id, agreed)
      select ${connectionId}, ${escapeLiteral(table)}, id, ('{' || agreed || '}')::jsonb from edited where agreed <> ''
      on conflict (connection_id, table_name, row_id) do update
        set agreed = (excluded.agreed || p.agreed) - array(
              select f.key from jsonb_each(p.agreed) f, ${rows} t
               where t.id = p.row_id and not p.sent ? f.key
                 and f.value = case f.key ${columns.map(valueNow).join("\n                 ")} end),
            revision = p.revision + 1, changed_at = now(), parked = null, attempts = 0, retry_at = null
      returning p.row_id, p.agreed = '{}' and p.sent = '{}' as over
    )
    select array_agg(row_id) filter (where over) into set_back from folded;
    if set_back is not null then
      delete from pending_changes p where ${isOurs("p", capture)} and p.row_id = any(set_back);
    end if;`;
}

/** SQL that is true for pending changes or entities of the capture's connection and table. */
function isOurs(alias: string, { connectionId, table }: Capture): string {
  return `${alias}.connection_id = ${connectionId} and ${alias}.table_name = ${escapeLiteral(table)}`;
}

/** A member of a JSON object with the value before; null where the edit does not touch the column. */
function valueBefore({ on, ...column }: CapturedColumn): string {
  const { name, type } = column;
  const edited = `${comparable("b", column)} is distinct from ${comparable("t", column)}`;
  const key = escapeLiteral(`${JSON.stringify(name)}:`);
  const value = `coalesce(to_json(${cellText(valueOf("b", column), type)})::text, 'null')`;
  return `case when ${on === null ? edited : `${edited} and ${on}`} then ${key} || ${value} end`;
}

/** An arm of a case by the column's name: its value now. */
function valueNow(column: CapturedColumn): string {
  const value = cellText(valueOf("t", column), column.type);
  return `when ${escapeLiteral(column.name)} then coalesce(to_jsonb(${value}), 'null')`;
}

type TypedColumn = Pick<CapturedColumn, "name" | "type">;

/** Texts differ when a character does, whatever the column's collation thinks. */
function comparable(alias: string, column: TypedColumn): string {
  const isText = column.type === "text" || column.type === "text[]";
  return isText ? `${valueOf(alias, column)} collate "C"` : valueOf(alias, column);
}

function valueOf(alias: string, { name, type }: TypedColumn): string {
  return type === "text" ? `${alias}.${quoted(name)}::text` : `${alias}.${quoted(name)}`;
}
