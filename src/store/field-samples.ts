/**
 * A few values of each field, so that people see what is in it: of fields that are on from the rows, of the others from
 * what was read for it.
 */
import { MOST_SAMPLES, samplesOf } from "../core/field-list.ts";
import type { ListedField } from "../core/field-list.ts";
import type { SampleStore } from "../core/sample-port.ts";
import { columnTypes } from "./column-types.ts";
import type { Database, Queryable } from "./database.ts";
import { asSyncError, marketingTable, quoted, transaction } from "./database.ts";
import { requireLease } from "./lease.ts";

/** Rows that are looked at, the newest: columns that are always empty are not searched any further. */
const ROWS = 500;

/** How old samples may grow before they are read again. */
const LIFE = "1 hour";

export function openSampleStore(database: Database): SampleStore {
  return {
    samplesDue: async (entityIds) => {
      try {
        const { rows } = await database.pool.query<{ id: number }>(
          `select id from entities
            where id = any($1::int[]) and (sampled_at is null or sampled_at < now() - $2::interval)
              and exists (select from fields f where f.entity_id = entities.id and not f.enabled)`,
          [entityIds, LIFE],
        );
        return new Set(rows.map(({ id }) => id));
      } catch (error) {
        throw asSyncError(error);
      }
    },
    saveSamples: (lease, entity, samples) =>
      transaction(database, async (client) => {
        await requireLease(client, lease);
        await client.query("delete from field_samples where entity_id = $1", [entity.id]);
        await client.query(
          `insert into field_samples (entity_id, attribute, samples)
           select $1, attribute, samples from json_to_recordset($2) as s(attribute text, samples text[])`,
          [
            entity.id,
            JSON.stringify([...samples].map(([attribute, values]) => ({ attribute, samples: values }))),
          ],
        );
        await client.query("update entities set sampled_at = now() where id = $1", [entity.id]);
      }),
  };
}

/** Samples of an entity's fields, by attribute and column. */
export async function readSamples(
  { pool, workspace }: Database,
  entity: string,
  fields: readonly ListedField[],
): Promise<ReadonlyMap<ListedField, readonly string[]>> {
  const { rows } = await pool.query<{ attribute: string; samples: readonly string[] }>(
    `select s.attribute, s.samples from field_samples s join entities e on e.id = s.entity_id where e.name = $1`,
    [entity],
  );
  const read = new Map(rows.map(({ attribute, samples }) => [attribute, samples]));
  const [first] = fields;
  const table = first?.table ?? "";
  const types = await columnTypes(pool, workspace, table);
  const inRows = fields.filter(
    ({ enabled, setAside, column }) => enabled && setAside === null && types.has(column),
  );
  const kind = types.has("crm_type") ? entity : null;
  const place = { table: marketingTable(workspace, table), kind };
  const values =
    inRows.length === 0
      ? []
      : await sampleRows(
          pool,
          place,
          inRows.map(({ column }) => [column, types.get(column) ?? "text"]),
        );
  const own = new Map(inRows.map((field, at) => [field, samplesOf(values[at] ?? [])]));
  return new Map(fields.map((field) => [field, own.get(field) ?? read.get(field.attribute) ?? []]));
}

interface SampledTable {
  readonly table: string;
  /** Value of `crm_type`, where the table has one. */
  readonly kind: string | null;
}

/** One pass over the newest rows, for all columns at once. */
async function sampleRows(
  client: Queryable,
  { table, kind }: SampledTable,
  columns: readonly (readonly [name: string, type: string])[],
): Promise<readonly (readonly string[])[]> {
  const lists = columns.map(([name, type]) => {
    const column = quoted(name);
    const text = type.endsWith("[]") ? `array_to_string(${column}, '; ')` : `${column}::text`;
    return `array(select distinct left(${text}, 200) from newest where ${column} is not null limit ${MOST_SAMPLES})`;
  });
  const own = kind === null ? "" : "where t.crm_type = $1";
  const { rows } = await client.query<{ samples: readonly (readonly string[])[] }>({
    text: `with newest as (select t.* from ${table} t ${own} order by t.id desc limit ${ROWS})
           select json_build_array(${lists.join(", ")}) as samples`,
    values: kind === null ? [] : [kind],
  });
  return rows[0]?.samples ?? [];
}
