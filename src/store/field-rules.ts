/**
 * What a field's rule holds back from rows that nobody is editing: the stage learns what each row is to keep.
 */
import type { Column } from "../core/mapping.ts";
import type { FieldRule } from "../core/policy.ts";
import type { Queryable } from "./database.ts";
import { quoted } from "./database.ts";
import type { RowPlace } from "./row-place.ts";

/** The page's staging table, and its column with the row's id. */
interface Stage {
  readonly stage: string;
  readonly row: string;
}

type RuledColumn = Column & { readonly rule: FieldRule };

/**
 * Applies the rules of the columns that have one, which is rare: the others cost nothing. A value that is kept and that
 * Dynamics does not have becomes a pending change, so that it travels there: both rules about blanks fill either side.
 */
export async function holdBack(client: Queryable, place: RowPlace, { stage, row }: Stage): Promise<void> {
  const ruled = place.columns.filter((column): column is RuledColumn => column.rule !== undefined);
  if (ruled.length === 0) return;
  for (const column of ruled.filter(
    ({ name, rule }) => rule !== "create-only" && place.travelling.has(name),
  )) {
    await sendBack(client, place, { stage, row }, column);
  }
  const kept = ruled.map((column) => `${quoted(column.name)} = ${KEPT[column.rule](column)}`).join(", ");
  await client.query(`update ${stage} s set ${kept} from ${place.table} t where t.id = s.${row}`);
}

/** What the row is to hold, by rule. */
const KEPT: Readonly<Record<FieldRule, (column: Column) => string>> = {
  "create-only": ({ name }) => `t.${quoted(name)}`,
  "fill-if-blank": (column) => `coalesce(${filled("t", column)}, s.${quoted(column.name)})`,
  "never-blank": (column) => `coalesce(s.${quoted(column.name)}, ${filled("t", column)})`,
};

/** An empty text is a blank, as for Dynamics. */
function filled(alias: string, { name, type }: Column): string {
  const value = `${alias}.${quoted(name)}`;
  return type === "text" ? `nullif(${value}, '')` : value;
}

/** The value both sides agreed on is none, as Dynamics says. */
async function sendBack(
  client: Queryable,
  { connectionId, entity, table }: RowPlace,
  { stage, row }: Stage,
  column: Column,
): Promise<void> {
  await client.query(
    `insert into pending_changes as p (connection_id, table_name, row_id, agreed)
     select $1, $2, t.id, jsonb_build_object($3::text, null)
       from ${table} t join ${stage} s on t.id = s.${row}
      where s.${quoted(column.name)} is null and ${filled("t", column)} is not null
     on conflict (connection_id, table_name, row_id)
     do update set agreed = excluded.agreed || p.agreed, revision = p.revision + 1`,
    [connectionId, entity.mapping.table, column.name],
  );
}
