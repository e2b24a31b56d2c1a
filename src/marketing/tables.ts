/**
 * The tables people own: made once, widened online, never narrowed.
 */
import type { ColumnType } from "../core/cell.ts";
import type { Column } from "../core/mapping.ts";
import type { Clash, MarketingTables, Prepared } from "../core/store-port.ts";
import { columnTypes } from "../store/column-types.ts";
import type { Database, Queryable, Workspace } from "../store/database.ts";
import { marketingTable, quoted, transaction } from "../store/database.ts";
import { markUnfilled } from "../store/fields.ts";
import { tableRefused } from "../store/refusal.ts";
import { keepViews } from "./views.ts";

/** Opens the marketing tables of a workspace. */
export function openMarketingTables(database: Database): MarketingTables {
  const { workspace } = database;
  return {
    prepare: async (table, columns) => {
      try {
        return await transaction(database, (client) => prepare(client, workspace, { table, columns }));
      } catch (error) {
        throw tableRefused(error, workspace, { table, columns });
      }
    },
    keepViews: () => keepViews(database),
  };
}

interface Shape {
  readonly table: string;
  readonly columns: readonly Column[];
}

async function prepare(
  client: Queryable,
  workspace: Workspace,
  { table, columns }: Shape,
): Promise<Prepared> {
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
  const types = await columnTypes(client, workspace, table);
  const missing = columns.filter((column) => !types.has(column.name));
  const added = missing.map((column) => column.name);
  if (missing.length > 0) {
    const additions = missing.map((column) => `add column ${quoted(column.name)} ${column.type}`);
    await client.query(`alter table ${name} ${additions.join(", ")}`);
    await markUnfilled(client, table, added);
  }
  return { added, clashing: columns.flatMap((column) => clashOf(column, types.get(column.name))) };
}

function clashOf({ name, type }: Column, has: string | undefined): readonly Clash[] {
  if (has === undefined || has === type || KEEPING[type]?.includes(has) === true) return [];
  return [{ name, has, wanted: type }];
}

/** Types people may have chosen instead, which keep every value, or refuse it record by record. */
const KEEPING: Partial<Record<ColumnType, readonly string[]>> = {
  text: ["character varying", "citext"],
  integer: ["bigint", "numeric"],
  bigint: ["numeric"],
};
