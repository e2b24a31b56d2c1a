/**
 * Tells the history what a page is about to do to rows, set-based: one statement, before the rows are written.
 */
import type { Queryable } from "./database.ts";
import { marketingTable } from "./database.ts";
import type { RowPlace } from "./row-place.ts";

/**
 * Records `changed` (or `restored`, for a row that was flagged as deleted) for every row that the stage will make
 * different, with the values before and after of the columns that differ.
 * @param stage temporary table with `crm_id`, a column a projected column, and the row's id in `row`
 * @param differs SQL that is true for rows `t` and `s` that differ
 */
export async function tellChanges(
  client: Queryable,
  place: RowPlace,
  { stage, row, differs }: { readonly stage: string; readonly row: string; readonly differs: string },
): Promise<void> {
  if (!place.told) return;
  const { table } = place;
  // The stage has the projected columns only, so that nothing else is compared.
  const changes = `(select coalesce(jsonb_object_agg(key, jsonb_build_object('from', ${TEXT("o")}, 'to', ${TEXT("n")})), '{}')
       from jsonb_each(to_jsonb(t)) o join jsonb_each(to_jsonb(s)) n using (key)
      where o.value is distinct from n.value)`;
  await tell(client, place, {
    kind: "case when t.crm_deleted then 'restored' else 'changed' end",
    changes,
    from: `${table} t join ${stage} s on t.id = s.${row} and t.crm_id = s.crm_id where ${differs}`,
  });
}

/** What is told of rows `t`; everything but `detail`, which is text, as SQL. */
interface Telling {
  readonly kind: string;
  readonly changes?: string;
  readonly detail?: string;
  readonly from: string;
}

/** Records what is to be told. Further `values` begin at `$5`. */
export async function tell(
  client: Queryable,
  { workspace, connectionId, entity }: Pick<RowPlace, "workspace" | "connectionId" | "entity">,
  { kind, changes = "'{}'", detail, from }: Telling,
  values: readonly unknown[] = [],
): Promise<number> {
  const { mapping } = entity;
  const { rowCount } = await client.query(
    `insert into ${marketingTable(workspace, "activities")}
            (connection_id, cycle, entity, table_name, row_id, crm_id, kind, origin, changes, detail)
     select $1, (select max(id) from cycles where connection_id = $1 and outcome = 'running'),
            $2, $3, t.id, t.crm_id, ${kind}, 'dynamics', ${changes}, $4
       from ${from}`,
    [connectionId, mapping.entity, mapping.table, detail ?? null, ...values],
  );
  return rowCount ?? 0;
}

/** Numbers and truth as text, so that nobody reads them through a double. */
const TEXT = (alias: string): string =>
  `case when jsonb_typeof(${alias}.value) in ('number', 'boolean') then to_jsonb(${alias}.value #>> '{}') else ${alias}.value end`;
