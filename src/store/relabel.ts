import type { EntityMapping } from "../core/mapping.ts";
import type { Relabelling } from "../core/store-port.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable, quoted } from "./database.ts";

/** Brings the rows of an entity to the labels its choices have now: one statement for all labels of a column. */
export async function relabelRows(
  client: Queryable,
  workspace: Workspace,
  mapping: EntityMapping,
  { column, renames }: Relabelling,
): Promise<void> {
  const name = quoted(column.name);
  const table = marketingTable(workspace, mapping.table);
  const own = mapping.crmType === undefined ? "" : ` and crm_type = '${mapping.crmType}'`;
  const change =
    column.type === "text[]"
      ? `${name} = array(select coalesce($2::jsonb ->> label, label)
                           from unnest(${name}) with ordinality as l(label, place) order by place)
         where ${name} && $1::text[]`
      : `${name} = $2::jsonb ->> ${name} where ${name} = any($1::text[])`;
  await client.query(`update ${table} set updated_at = now(), ${change}${own}`, [
    [...renames.keys()],
    JSON.stringify(Object.fromEntries(renames)),
  ]);
}
