/**
 * Who could be whom: people of marketing alone, people who are linked, and whose a record is.
 */
import type { Cell } from "../core/cell.ts";
import type { MatchColumns } from "../core/match-key.ts";
import type { Cells } from "../core/pending.ts";
import type { AlikeRows, KeyedRow, LinkedRow, OpenMatch, PersonEntity } from "../core/request-port.ts";
import type { Lease } from "../core/store-port.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable, quoted } from "./database.ts";
import { PEOPLE, SEVERAL } from "./requests.ts";

/** Whose people they are. */
export interface PeoplePlace {
  readonly workspace: Workspace;
  readonly connectionId: Lease["connectionId"];
}

/** People whose first match column may be one of the values. */
export interface KeyWish {
  readonly columns: MatchColumns;
  readonly values: readonly string[];
}

/** One probe of the index on `crm_id`. */
export async function hasUnlinked(client: Queryable, { workspace }: PeoplePlace): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from ${marketingTable(workspace, PEOPLE)} where crm_id is null limit 1`,
  );
  return rowCount === 1;
}

/** None before the table is made. */
export async function countUnlinked(client: Queryable, { workspace }: PeoplePlace): Promise<number> {
  const table = marketingTable(workspace, PEOPLE);
  const { rowCount } = await client.query("select where to_regclass($1) is not null", [table]);
  if (rowCount === 0) return 0;
  const { rows } = await client.query<{ people: number }>(
    `select count(*)::int as people from ${table} where crm_id is null`,
  );
  return rows[0]?.people ?? 0;
}

/** People of marketing alone who have a value in each column, those who are alike together. */
export async function readUnlinkedKeys(
  client: Queryable,
  { workspace }: PeoplePlace,
  columns: MatchColumns,
  { after, limit }: { readonly after: Cells | null; readonly limit: number },
): Promise<readonly AlikeRows[]> {
  const keys = columns.map((name) => `lower(btrim(t.${quoted(name)}::text))`);
  const filled = keys.map((key) => `${key} <> ''`).join(" and ");
  const places = columns.map((_, at) => `$${at + 2}`).join(", ");
  const behind = after === null ? "" : ` and (${keys.join(", ")}) > (${places})`;
  const { rows } = await client.query<KeyRow & { readonly people: number }>(
    `select ${keys.map((key, at) => `${key} as "key ${at}"`).join(", ")}, count(*)::int as people
       from ${marketingTable(workspace, PEOPLE)} t
      where t.crm_id is null and ${filled}${behind}
      group by ${keys.join(", ")} order by ${keys.join(", ")} limit $1`,
    [limit, ...(after === null ? [] : columns.map((name) => after.get(name)))],
  );
  return rows.map((row) => ({ values: keyedRow(row, columns).values, people: row.people }));
}

/** People of marketing alone. Whoever is being made in Dynamics is left out: their record is on its way. */
export async function readUnlinked(
  client: Queryable,
  { workspace, connectionId }: PeoplePlace,
  { columns, values }: KeyWish,
): Promise<readonly KeyedRow[]> {
  const { rows } = await client.query<KeyRow>(
    `select t.id, ${keyCells(columns)}
       from ${marketingTable(workspace, PEOPLE)} t
      where t.crm_id is null and ${isOneOf(columns, "$2")}
        and not exists (select from sync_requests r
                         where r.connection_id = $1 and r.row_id = t.id and r.state = 'creating')
      order by t.id`,
    [connectionId, lowered(values)],
  );
  return rows.map((row) => keyedRow(row, columns));
}

/** People whose record is just being made, with the values they have now. */
export async function readUnderWay(
  client: Queryable,
  { workspace, connectionId }: PeoplePlace,
  columns: MatchColumns,
): Promise<readonly KeyedRow[]> {
  const { rows } = await client.query<KeyRow>(
    `select t.id, ${keyCells(columns)}
       from sync_requests r join ${marketingTable(workspace, PEOPLE)} t on t.id = r.row_id
      where r.connection_id = $1 and r.state = 'creating'`,
    [connectionId],
  );
  return rows.map((row) => keyedRow(row, columns));
}

/** People who are linked to a record that lives. */
export async function readLinked(
  client: Queryable,
  { workspace }: PeoplePlace,
  { columns, values }: KeyWish,
): Promise<readonly LinkedRow[]> {
  const { rows } = await client.query<KeyRow & { readonly crm_id: string; readonly crm_type: PersonEntity }>(
    `select t.id, t.crm_id, t.crm_type, ${keyCells(columns)}
       from ${marketingTable(workspace, PEOPLE)} t
      where t.crm_id is not null and not t.crm_deleted and t.crm_type is not null and ${isOneOf(columns, "$1")}
      order by t.id`,
    [lowered(values)],
  );
  return rows.map((row) => ({ ...keyedRow(row, columns), recordId: row.crm_id, entity: row.crm_type }));
}

interface KeyRow {
  readonly id: string;
  readonly [key: `key ${number}`]: Cell;
}

function keyedRow(row: KeyRow, columns: MatchColumns): KeyedRow {
  return { rowId: row.id, values: new Map(columns.map((name, at) => [name, row[`key ${at}`] ?? null])) };
}

function keyCells(columns: MatchColumns): string {
  return columns.map((name, at) => `t.${quoted(name)}::text as "key ${at}"`).join(", ");
}

/** What the database takes for the same is compared once more by the caller, who knows better. */
function isOneOf([first = ""]: MatchColumns, values: string): string {
  return `lower(btrim(t.${quoted(first)}::text)) = any(${values}::text[])`;
}

function lowered(values: readonly string[]): readonly string[] {
  return [...new Set(values.map((value) => value.trim().toLowerCase()))];
}

/** Of the given records, those that are somebody's, or become somebody's in this moment, with the row. */
export async function readOwners(
  client: Queryable,
  { workspace, connectionId }: PeoplePlace,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ crm_id: string; row_id: string }>(
    `select t.crm_id, t.id as row_id from ${marketingTable(workspace, PEOPLE)} t where t.crm_id = any($2::uuid[])
     union all
     select l.crm_id, l.row_id from links l join entities e on e.id = l.entity_id
      where e.connection_id = $1 and l.crm_id = any($2::uuid[]) and l.state = 'm'
     union all
     select r.crm_id, r.row_id from sync_requests r
      where r.connection_id = $1 and r.crm_id = any($2::uuid[]) and r.state = 'creating'`,
    [connectionId, ids],
  );
  return new Map(rows.map(({ crm_id, row_id }) => [crm_id, row_id]));
}

/** Of the given records, those that are being made. */
export async function readBeingMade(
  client: Queryable,
  { connectionId }: PeoplePlace,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ crm_id: string }>(
    `select crm_id from sync_requests
      where connection_id = $1 and state = 'creating' and crm_id = any($2::uuid[])`,
    [connectionId, ids],
  );
  return new Set(rows.map(({ crm_id }) => crm_id));
}

/** Files matches to decide. Of a person whose request is open already, more candidates join those that are known. */
export async function noteMatches(
  client: Queryable,
  { connectionId }: PeoplePlace,
  matches: readonly OpenMatch[],
): Promise<void> {
  await client.query(
    `insert into sync_requests as r (connection_id, row_id, origin, state, candidates, code, detail)
     select $1, m.row_id, 'pull', 'waiting', m.candidates, $3, $4
       from json_to_recordset($2) as m(row_id bigint, candidates jsonb)
     on conflict (connection_id, row_id) where state <> 'done'
     do update set changed_at = now(),
                   candidates = r.candidates || (
                     select coalesce(jsonb_agg(c), '[]') from jsonb_array_elements(excluded.candidates) c
                      where not exists (select from jsonb_array_elements(r.candidates) k
                                         where k ->> 'id' = c ->> 'id'))
      where r.state = 'waiting'`,
    [
      connectionId,
      JSON.stringify(matches.map(({ rowId, candidates }) => ({ row_id: rowId, candidates }))),
      SEVERAL.code,
      SEVERAL.detail,
    ],
  );
}
