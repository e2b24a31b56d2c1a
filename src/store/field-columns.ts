/**
 * Where a field lives, when people say so: in a column of its own, or as text.
 */
import type { ColumnType } from "../core/cell.ts";
import { SyncError } from "../core/errors.ts";
import { TEXT_TYPES } from "../core/field-list.ts";
import type { Column } from "../core/mapping.ts";
import { CURRENCY_COLUMN } from "../core/mapping.ts";
import { fittingName, typeColumnOf } from "../core/naming.ts";
import { columnTypes } from "./column-types.ts";
import type { Queryable, Workspace } from "./database.ts";
import { noteFills } from "./feed-backfills.ts";
import { noteFieldsChanged } from "./fields.ts";

/** What people want of one field. */
export interface ColumnWish {
  readonly entity: string;
  readonly attribute: string;
  /** Name of its column; null leaves it where it is. */
  readonly column: string | null;
  readonly asText: boolean;
}

/** Where it shall live. */
export interface FieldPlace {
  readonly entityId: number;
  readonly entity: string;
  readonly attribute: string;
  readonly table: string;
  readonly from: string;
  readonly asText: boolean;
  readonly columns: readonly [Column, ...Column[]];
}

interface FieldRow {
  readonly entity_id: number;
  readonly table_name: string;
  readonly column_name: string;
  readonly type_column: string | null;
  readonly column_type: ColumnType | null;
  readonly direction: string;
  readonly as_text: boolean;
}

/**
 * Where a field would live, without changing anything.
 * @throws SyncError `configuration_invalid` when it cannot, with the reason
 */
export async function placeForField(
  client: Queryable,
  workspace: Workspace,
  wish: ColumnWish,
): Promise<FieldPlace> {
  const { entity, attribute } = wish;
  const field = await readField(client, wish);
  const asText = wish.asText || field.as_text;
  const name = wish.column ?? field.column_name;
  const type: ColumnType = asText ? "text" : (field.column_type ?? "text");
  if (name !== field.column_name) {
    await requireFree(client, workspace, { field, wish, name, type });
    await requireNoEdits(client, field);
  } else {
    await requireText(client, workspace, { field, attribute, type });
  }
  const value: Column = { name, type };
  const columns: FieldPlace["columns"] =
    field.type_column === null || name === field.column_name
      ? [value]
      : [value, { name: typeColumnOf(name), type: "text" }];
  const { entity_id: entityId, table_name: table, column_name: from } = field;
  return { entityId, entity, attribute, table, from, asText, columns };
}

/** Moves a field to its place, whose columns are there. It is filled anew by a backfill; the old column stays. */
export async function placeField(client: Queryable, place: FieldPlace): Promise<void> {
  const { entityId, entity, attribute, from, asText, columns } = place;
  const [{ name, type }, typeColumn] = columns;
  await client.query(
    `update fields f
        set column_name = $4, type_column = coalesce($5, f.type_column), column_type = $6, as_text = $7,
            direction = case when $7 then 'pull' else f.direction end,
            instead_of = case when f.column_name = $4 then f.instead_of else coalesce(f.instead_of, f.column_name) end,
            set_aside = null,
            unfilled = f.enabled and e.position is not null and ($7 or f.direction <> 'push')
       from entities e
      where e.id = f.entity_id and f.entity_id = $1 and f.attribute = $2 and f.column_name = $3`,
    [entityId, attribute, from, name, typeColumn?.name ?? null, type, asText],
  );
  await client.query(
    `update entities set backfill = true, backfill_position = null
      where id = $1 and exists (select from fields where entity_id = $1 and unfilled and set_aside is null)`,
    [entityId],
  );
  await noteFieldsChanged(client, entity);
  await noteFills(client);
}

async function readField(client: Queryable, { entity, attribute }: ColumnWish): Promise<FieldRow> {
  const { rows } = await client.query<FieldRow>(
    `select f.entity_id, e.table_name, f.column_name, f.type_column, f.column_type, f.direction, f.as_text
       from fields f join entities e on e.id = f.entity_id
      where e.name = $1 and f.attribute = $2 and coalesce(f.instead_of, f.column_name) <> $3`,
    [entity, attribute, CURRENCY_COLUMN],
  );
  const [field] = rows;
  if (field === undefined) throw invalid(`${entity} has no field ${attribute}.`);
  return field;
}

interface Claim {
  readonly field: FieldRow;
  readonly wish: ColumnWish;
  readonly name: string;
  readonly type: ColumnType;
}

/** The same attribute of another entity may share its column, as long as both are of one type. */
async function requireFree(
  client: Queryable,
  workspace: Workspace,
  { field, wish: { attribute }, name, type }: Claim,
): Promise<void> {
  const { table_name: table, entity_id: entityId } = field;
  if (!/^[a-z][a-z0-9_]*$/.test(name) || fittingName(name, "field", new Set()) !== name) {
    throw invalid(`${name} cannot be the name of a column: use small letters, digits and _.`);
  }
  const { rows } = await client.query<{
    entity: string;
    attribute: string;
    column_type: string | null;
    own: boolean;
  }>(
    `select e.name as entity, f.attribute, f.column_type, e.id = $3 as own
       from fields f join entities e on e.id = f.entity_id
      where e.table_name = $1 and $2 in (f.column_name, f.type_column)`,
    [table, name, entityId],
  );
  const holder = rows.find((row) => row.own || row.attribute !== attribute || row.column_type !== type);
  if (holder !== undefined) {
    throw invalid(
      `The column ${table}.${name} holds ${holder.attribute} of ${holder.entity}, as ${holder.column_type ?? "text"}; the values of ${attribute} need ${type}.`,
    );
  }
  const has = (await columnTypes(client, workspace, table)).get(name);
  if (has !== undefined && (rows.length === 0 || has !== type)) {
    throw invalid(`${table} has a column ${name} already, of type ${has}: name another.`);
  }
}

/** Values are kept as text where they are only when the column is one. */
async function requireText(
  client: Queryable,
  workspace: Workspace,
  { field, attribute, type }: Pick<Claim, "field" | "type"> & { readonly attribute: string },
): Promise<void> {
  const { table_name: table, column_name: column } = field;
  const has = (await columnTypes(client, workspace, table)).get(column);
  if (has === undefined || has === type || (type === "text" && TEXT_TYPES.has(has))) return;
  throw invalid(
    `The column ${table}.${column} is ${has}, not text. Name a column of its own as well: --column ${attribute}=<name>.`,
  );
}

/** Edits of the old column would have nowhere to travel from. */
async function requireNoEdits(client: Queryable, { table_name, column_name }: FieldRow): Promise<void> {
  const { rows } = await client.query<{ edits: number }>(
    "select count(*)::int as edits from pending_changes where table_name = $1 and agreed ? $2",
    [table_name, column_name],
  );
  const edits = rows[0]?.edits ?? 0;
  if (edits === 0) return;
  throw invalid(
    `${edits} ${edits === 1 ? "edit" : "edits"} of ${table_name}.${column_name} did not reach Dynamics yet: let them travel, or take them back, first.`,
  );
}

function invalid(message: string): SyncError {
  return new SyncError("configuration_invalid", message);
}
