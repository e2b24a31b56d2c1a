/**
 * Which attribute belongs into which column: the published default mapping, and for custom entities the list of fields
 * that every workspace shows to its people.
 */
import type { Client } from "pg";
import pairs from "../../src/marketing/default-mapping.json" with { type: "json" };
import { DEFAULT_ENTITIES } from "../../src/marketing/default-mapping.ts";

/** A column, and the attribute it holds. */
export interface Pair {
  readonly column: string;
  readonly attribute: string;
  /** For lookups of several targets: the column that holds the target. */
  readonly typeColumn?: string;
}

export interface EntityContract {
  readonly entity: string;
  readonly table: string;
  /** True where the table holds several entities, told apart by `crm_type`. */
  readonly shared: boolean;
  readonly pairs: readonly Pair[];
}

interface DefaultPair {
  readonly column: string;
  readonly attribute: string;
  readonly direction: string;
  readonly targets?: readonly string[];
}

/** The others have a place, and are followed only when people want them. */
const FOLLOWED: ReadonlySet<string> = new Set(DEFAULT_ENTITIES);

/** What flows into marketing by default. */
export function defaultContracts(): readonly EntityContract[] {
  const tables: Record<string, Record<string, readonly DefaultPair[]>> = pairs.tables;
  return Object.entries(tables).flatMap(([table, entities]) =>
    Object.entries(entities)
      .filter(([entity]) => FOLLOWED.has(entity))
      .map(([entity, listed]) => ({
        entity,
        table,
        shared: table === "people",
        pairs: listed.filter(({ direction }) => direction !== "push").map(pairOf),
      })),
  );
}

function pairOf({ column, attribute, targets = [] }: DefaultPair): Pair {
  return targets.length < 2
    ? { column, attribute }
    : { column, attribute, typeColumn: `${column.replace(/_id$/, "")}_type` };
}

/** Entities that the workspace reads beyond the default ones, with the fields that are on. */
export async function customContracts(client: Client, schema: string): Promise<readonly EntityContract[]> {
  const known = defaultContracts().map(({ entity }) => entity);
  const { rows } = await client.query<{
    entity: string;
    table_name: string;
    attribute: string;
    column_name: string;
    type_column: string | null;
  }>(
    `select e.name as entity, e.table_name, f.attribute, f.column_name, f.type_column
       from "${schema}_sync".entities e join "${schema}_sync".fields f on f.entity_id = e.id
      where f.enabled and f.direction <> 'push' and f.set_aside is null and f.column_name <> $2
        and e.name <> all($1)
      order by e.name, f.column_name`,
    [known, CURRENCY_COLUMN],
  );
  return [...Map.groupBy(rows, ({ entity }) => entity)].map(([entity, fields]) => ({
    entity,
    table: fields[0]?.table_name ?? "",
    shared: false,
    pairs: fields.map(({ attribute, column_name, type_column }) =>
      type_column === null
        ? { column: column_name, attribute }
        : { column: column_name, attribute, typeColumn: type_column },
    ),
  }));
}

/** Tables with money say in this column what the numbers mean: the ISO code of the record's currency. */
export const CURRENCY_COLUMN = "currency";
export const CURRENCY_ATTRIBUTE = "transactioncurrencyid";
