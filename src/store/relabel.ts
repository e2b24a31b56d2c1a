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
  const labels = [[...renames.keys()], JSON.stringify(Object.fromEntries(renames))];
  await client.query(`update ${table} set updated_at = now(), ${change}${own}`, labels);
  await relabelPending(client, { table, mapping, column }, labels);
}

interface RelabelledColumn {
  /** Marketing table, qualified and quoted. */
  readonly table: string;
  readonly mapping: EntityMapping;
  readonly column: Relabelling["column"];
}

/** What both sides agreed on is called otherwise now, and so is what was sent. */
async function relabelPending(
  client: Queryable,
  { table, mapping, column }: RelabelledColumn,
  labels: readonly unknown[],
): Promise<void> {
  const { crmType } = mapping;
  const own =
    crmType === undefined ? "" : ` and row_id in (select id from ${table} where crm_type = '${crmType}')`;
  const renamed = (values: string): string =>
    `case jsonb_typeof(${values} -> $4)
       when 'string' then ${values} || jsonb_build_object($4::text, coalesce($2::jsonb -> (${values} ->> $4), ${values} -> $4))
       when 'array' then ${values} || jsonb_build_object($4::text, array(
         select coalesce($2::jsonb ->> label, label)
           from jsonb_array_elements_text(${values} -> $4) with ordinality as l(label, place) order by place))
       else ${values} end`;
  await client.query(
    `update pending_changes set agreed = ${renamed("agreed")}, sent = ${renamed("sent")}
      where table_name = $3 and (agreed -> $4 ?| $1::text[] or sent -> $4 ?| $1::text[])${own}`,
    [...labels, mapping.table, column.name],
  );
}
