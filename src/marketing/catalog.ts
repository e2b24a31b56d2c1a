/**
 * What there is in the marketing schema, as far as views are made of it.
 */
import type { Queryable, Workspace } from "../store/database.ts";

/** Columns by name with their types as PostgreSQL spells them, in the order of the table. */
export type Shape = ReadonlyMap<string, string>;

export interface Catalog {
  /** Tables of entities that are there. */
  readonly tables: ReadonlyMap<string, Shape>;
  /** Views that are there, those of people's own left out. */
  readonly views: ReadonlyMap<string, Shape>;
  /** Labels that stand in a column for the numbers of Dynamics. */
  readonly labels: ReadonlyMap<string, ReadonlyMap<number, string>>;
}

/** Choices whose meaning does not change with the language of the organization, by the name they have in `labels`. */
const STATES = {
  opportunity: { entity: "opportunity", attribute: "statecode" },
  connection: { entity: "connection", attribute: "statecode" },
} as const;

export async function readCatalog(client: Queryable, workspace: Workspace): Promise<Catalog> {
  const { rows } = await client.query<{ name: string; view: boolean; columns: readonly string[][] }>(
    `select c.relname as name, c.relkind = 'v' as view,
            array_agg(array[a.attname::text, format_type(a.atttypid, null)] order by a.attnum) as columns
       from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = to_regnamespace(quote_ident($1))
        and (c.relkind in ('r', 'p') and c.relname in (select table_name from entities)
             or c.relkind = 'v' and exists (
                  select from views v
                    join pg_depend d on d.refclassid = 'pg_proc'::regclass
                                    and d.refobjid = to_regprocedure(format('%I.%I()', current_schema(), v.function))
                    join pg_rewrite r on r.oid = d.objid
                   where v.name = c.relname and r.ev_class = c.oid))
      group by c.oid, c.relname, c.relkind`,
    [workspace.name],
  );
  const shapes = (views: boolean): ReadonlyMap<string, Shape> =>
    new Map(rows.filter(({ view }) => view === views).map(({ name, columns }) => [name, shapeOf(columns)]));
  return { tables: shapes(false), views: shapes(true), labels: await readLabels(client) };
}

function shapeOf(columns: readonly string[][]): Shape {
  return new Map(columns.map(([name = "", type = ""]) => [name, type]));
}

async function readLabels(client: Queryable): Promise<Catalog["labels"]> {
  const { rows } = await client.query<{ entity: string; value: number; label: string }>(
    `select e.name as entity, c.value, c.label
       from choices c join entities e on e.id = c.entity_id
      where (e.name, c.attribute) in (${Object.values(STATES)
        .map(({ entity, attribute }) => `('${entity}', '${attribute}')`)
        .join(", ")})
      order by e.id, c.value`,
  );
  const labels = new Map<string, Map<number, string>>();
  for (const { entity, value, label } of rows) {
    labels.set(entity, (labels.get(entity) ?? new Map<number, string>()).set(value, label));
  }
  return labels;
}
