import type { ColumnType } from "../core/cell.ts";
import { COLUMN_TYPES } from "../core/cell.ts";
import type { Queryable, Workspace } from "./database.ts";

/**
 * Types of a table's columns by name, spelt as in `ColumnType`; a domain counts as what it is made of. A view has none: no
 * column can be added to it, and no edit of it captured.
 */
export async function columnTypes(
  client: Queryable,
  workspace: Workspace,
  table: string,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `select c.column_name as name,
            case c.data_type when 'ARRAY'
                             then format_type(format('%I.%I', c.udt_schema, c.udt_name)::regtype, null)
                             when 'USER-DEFINED' then c.udt_name::text
                             else c.data_type::text end as type
       from information_schema.columns c
       join information_schema.tables t using (table_schema, table_name)
      where c.table_schema = $1 and c.table_name = $2 and t.table_type <> 'VIEW'`,
    [workspace.name, table],
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}

/** People may have made columns of any type, such as `citext`; what is not ours is text to us. */
export function knownType(type: string): ColumnType {
  return COLUMN_TYPES.find((known) => known === type) ?? "text";
}
