/**
 * The list of fields people choose from, and their switches.
 */
import { SyncError } from "../core/errors.ts";
import type { FieldClash, ListedField } from "../core/field-list.ts";
import type { Column } from "../core/mapping.ts";
import { columnTypes } from "./column-types.ts";
import type { Database, Queryable } from "./database.ts";
import { endFills, noteFills } from "./feed-backfills.ts";

/** All fields of the given entity, or of all entities, those that are on first. */
export async function listFields(
  { pool, workspace }: Pick<Database, "pool" | "workspace">,
  entity?: string,
): Promise<readonly ListedField[]> {
  const { rows } = await pool.query<FieldRow>(
    `select e.name as entity, f.attribute, f.label, f.type, e.table_name as "table", f.column_name as "column",
            f.direction, f.enabled, f.unfilled as filling, f.set_aside as "setAside", f.column_type as needs,
            (select json_build_object('needs', f.column_type, 'has', o.column_type, 'other', oe.name)
               from fields o join entities oe on oe.id = o.entity_id
              where oe.connection_id = e.connection_id and oe.table_name = e.table_name and oe.id <> e.id
                and (o.attribute = f.attribute or (f.set_aside is not null and o.column_name = f.column_name))
                and o.column_type <> f.column_type
              order by o.column_name = f.column_name desc limit 1) as clash
       from fields f join entities e on e.id = f.entity_id
      where $1::text is null or e.name = $1
      order by e.id, not f.enabled, f.column_name`,
    [entity ?? null],
  );
  if (rows.length === 0 && entity !== undefined) await requireEntity(pool, entity);
  const tables = new Set(rows.flatMap(({ setAside, table }) => (setAside === null ? [] : table)));
  const types = new Map<string, ReadonlyMap<string, string>>();
  for (const table of tables) types.set(table, await columnTypes(pool, workspace, table));
  return rows.map(({ needs, ...field }) => ({
    ...field,
    clash: field.clash ?? columnClash({ ...field, needs }, types.get(field.table)),
  }));
}

interface FieldRow extends ListedField {
  /** Type of column that its values need. */
  readonly needs: string | null;
}

/** A field that is set aside because its column is there with another type. */
function columnClash(
  { setAside, needs, table, column }: FieldRow,
  types: ReadonlyMap<string, string> | undefined,
): FieldClash | null {
  const has = types?.get(column);
  if (setAside === null || needs === null || has === undefined || has === needs) return null;
  return { needs, has, other: `the column ${table}.${column}` };
}

/** Where nothing is connected yet, no name is wrong. */
async function requireEntity(client: Queryable, entity: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>("select name from entities order by id");
  if (rows.length === 0 || rows.some(({ name }) => name === entity)) return;
  throw unknown(`There is no entity ${entity} here.`);
}

export interface Switches {
  readonly entity: string;
  /** Attributes to switch on and off. */
  readonly on: readonly string[];
  readonly off: readonly string[];
}

/** Columns that must exist before the fields are switched on. */
export interface NeededColumns {
  readonly table: string;
  readonly columns: readonly Column[];
}

/**
 * What the switches need, without changing anything.
 * @throws SyncError `configuration_invalid` when the entity or an attribute is not known
 */
export async function columnsToSwitch(
  client: Queryable,
  { entity, on, off }: Switches,
): Promise<NeededColumns> {
  const { rows } = await client.query<{
    attribute: string;
    table_name: string;
    column_name: string;
    type_column: string | null;
    column_type: Column["type"] | null;
  }>(
    `select f.attribute, e.table_name, f.column_name, f.type_column, f.column_type
       from fields f join entities e on e.id = f.entity_id where e.name = $1`,
    [entity],
  );
  const [first] = rows;
  if (first === undefined) throw unknown(`There is no entity ${entity} here.`);
  const known = new Set(rows.map(({ attribute }) => attribute));
  const strange = [...on, ...off].filter((attribute) => !known.has(attribute));
  if (strange.length > 0) throw unknown(`${entity} has no field ${strange.join(", ")}.`);
  const columns = rows
    .filter(({ attribute }) => on.includes(attribute))
    .flatMap(({ column_name, type_column, column_type }): Column[] => [
      { name: column_name, type: column_type ?? "text" },
      ...(type_column === null ? [] : [{ name: type_column, type: "text" } as const]),
    ]);
  return { table: first.table_name, columns };
}

/**
 * Sets the switches. A field whose values are read and that is switched on after records were read is filled by a
 * backfill, which begins anew; a field that is switched off keeps its column and its values as they are.
 */
export async function switchFields(client: Queryable, { entity, on, off }: Switches): Promise<void> {
  await noteFieldsChanged(client, entity);
  const switched = await client.query<{ unfilled: boolean }>(
    `update fields f set enabled = true, unfilled = e.position is not null and f.direction <> 'push',
            refusals = 0, refused_until = null
       from entities e
      where e.id = f.entity_id and e.name = $1 and f.attribute = any($2) and not f.enabled
     returning f.unfilled`,
    [entity, on],
  );
  const unswitched = await client.query<{ entity_id: number }>(
    `update fields f set enabled = false, unfilled = false
       from entities e where e.id = f.entity_id and e.name = $1 and f.attribute = any($2)
     returning f.entity_id`,
    [entity, off],
  );
  const [own] = unswitched.rows;
  if (own !== undefined) await endFills(client, own.entity_id, { read: false });
  if (!switched.rows.some(({ unfilled }) => unfilled)) return;
  await client.query("update entities set backfill = true, backfill_position = null where name = $1", [
    entity,
  ]);
  await noteFills(client);
}

/** Tells cycles under way that fields of the entity are not what they were. */
export async function noteFieldsChanged(client: Queryable, entity: string): Promise<void> {
  await client.query("update entities set fields_revision = fields_revision + 1 where name = $1", [entity]);
}

/**
 * Columns of a table were empty a moment ago: fields that flow already and live in them wait for a backfill, which
 * begins anew. Entities of which nothing was read yet need none.
 */
export async function markUnfilled(
  client: Queryable,
  table: string,
  columns: readonly string[],
): Promise<void> {
  await client.query(
    `with marked as (
       update fields f set unfilled = true
         from entities e
        where e.id = f.entity_id and e.table_name = $1 and e.position is not null
          and f.enabled and f.direction <> 'push' and (f.column_name = any($2) or f.type_column = any($2))
       returning f.entity_id, f.set_aside
     )
     update entities set backfill = true, backfill_position = null
      where id in (select entity_id from marked where set_aside is null)`,
    [table, columns],
  );
  await noteFills(client);
}

function unknown(message: string): SyncError {
  return new SyncError("configuration_invalid", `${message} \`tandem fields\` lists what there is.`);
}
