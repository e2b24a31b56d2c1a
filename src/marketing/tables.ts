/**
 * The tables people own: made once, widened online, never narrowed.
 */
import type { Column } from "../core/mapping.ts";
import type { MarketingTables } from "../core/store-port.ts";
import type { Database, Queryable, Workspace } from "../store/database.ts";
import { marketingTable, quoted, transaction } from "../store/database.ts";

/** Opens the marketing tables of a workspace. */
export function openMarketingTables(database: Database): MarketingTables {
  const { workspace } = database;
  return {
    prepare: (table, columns) =>
      transaction(database, (client) => prepare(client, workspace, { table, columns })),
  };
}

interface Shape {
  readonly table: string;
  readonly columns: readonly Column[];
}

async function prepare(client: Queryable, workspace: Workspace, { table, columns }: Shape): Promise<void> {
  const name = marketingTable(workspace, table);
  // Two workers may prepare the same table at once; they take turns.
  await client.query("select pg_advisory_xact_lock(hashtext($1))", [name]);
  const kind = table === "people" ? "crm_type text check (crm_type in ('lead', 'contact'))," : "";
  await client.query(
    `create table if not exists ${name} (
       id          bigint generated always as identity primary key,
       crm_id      uuid unique,
       ${kind}
       crm_deleted boolean not null default false,
       created_at  timestamptz not null default now(),
       updated_at  timestamptz not null default now()
     )`,
  );
  const existing = await columnNames(client, workspace, table);
  const missing = columns.filter((column) => !existing.has(column.name));
  if (missing.length === 0) return;
  const additions = missing.map((column) => `add column ${quoted(column.name)} ${column.type}`);
  await client.query(`alter table ${name} ${additions.join(", ")}`);
}

async function columnNames(
  client: Queryable,
  workspace: Workspace,
  table: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ column_name: string }>(
    "select column_name from information_schema.columns where table_schema = $1 and table_name = $2",
    [workspace.name, table],
  );
  return new Set(rows.map(({ column_name }) => column_name));
}
