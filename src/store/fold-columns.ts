/**
 * The columns of a table as they concern an entity, whichever of them are Tandem's.
 */
import type { FoldColumn } from "../core/fold.ts";
import type { EntityMapping, FieldMapping } from "../core/mapping.ts";
import { policyOf } from "../core/mapping.ts";
import { cellText } from "./cell-text.ts";
import { knownType } from "./column-types.ts";
import type { Queryable } from "./database.ts";
import { quoted } from "./database.ts";

/** Columns of which a row takes nothing from another: what it is, and what the database makes of it. */
const ITS_OWN = ["id", "crm_id", "crm_type", "crm_deleted", "created_at", "updated_at"];

/** @param table qualified and quoted */
export async function readFoldColumns(
  client: Queryable,
  table: string,
  mapping: EntityMapping,
): Promise<readonly FoldColumn[]> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped
        and attgenerated = '' and attidentity = '' and attname <> all($2)
      order by attnum`,
    [table, ITS_OWN],
  );
  const fields = new Map(
    mapping.fields
      .filter(({ enabled, setAside }) => enabled && setAside === undefined)
      .flatMap((field) => [field.column, field.typeColumn ?? field.column].map((name) => [name, field])),
  ) as ReadonlyMap<string, FieldMapping>;
  return rows.map(({ name, type }) => {
    const column = { name, type: knownType(type) };
    const field = fields.get(name);
    if (field === undefined) return column;
    return field.direction === "pull"
      ? { ...column, follows: true }
      : { ...column, policy: policyOf(mapping, field) };
  });
}

/** SQL of a column's value as canonical text; of types that Tandem does not know as their own text. */
export function valueText(alias: string, { name, type }: FoldColumn): string {
  const value = `${alias}.${quoted(name)}`;
  return type === "text" ? `${value}::text` : cellText(value, type);
}
