/**
 * The marketing database by plain SQL: rows of a table in id order, and the sync's own links.
 */
import type { Client } from "pg";
import type { EntityContract } from "./contract.ts";

/** A row: the linked record's id, whether it is flagged as deleted, and the compared columns as text. */
export interface FoundRow {
  readonly id: string;
  readonly deleted: boolean;
  readonly cells: readonly (string | null)[];
}

const ROWS_AT_ONCE = 2_000;

/** Columns of a table with their types. */
export async function columnsOf(
  client: Client,
  schema: string,
  table: string,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ column_name: string; data_type: string }>(
    "select column_name, data_type from information_schema.columns where table_schema = $1 and table_name = $2",
    [schema, table],
  );
  return new Map(rows.map(({ column_name, data_type }) => [column_name, data_type]));
}

export interface Wanted {
  readonly schema: string;
  readonly contract: EntityContract;
  /** Columns with their types, in the order in which `cells` shall be. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** Rows of an entity that belong to a record, in id order. Must run inside a transaction. */
export async function* readRows(client: Client, wanted: Wanted): AsyncGenerator<FoundRow> {
  const { columns } = wanted;
  const cells = columns.map(({ name, type }) =>
    type === "ARRAY" ? `to_json("${name}")::text` : `"${name}"::text`,
  );
  await client.query(
    `declare found no scroll cursor for
     select crm_id, crm_deleted, array[${cells.join(", ")}]::text[] as cells
       from ${tableOf(wanted)} t order by crm_id, id`,
  );
  try {
    for (;;) {
      const { rows } = await client.query<{
        crm_id: string;
        crm_deleted: boolean;
        cells: readonly (string | null)[];
      }>(`fetch ${ROWS_AT_ONCE} from found`);
      for (const row of rows) yield { id: row.crm_id, deleted: row.crm_deleted, cells: row.cells };
      if (rows.length < ROWS_AT_ONCE) return;
    }
  } finally {
    await client.query("close found");
  }
}

/** Ids of rows without exactly the link they need, and of links without their row. */
export async function brokenLinks(client: Client, wanted: Wanted): Promise<readonly string[]> {
  const { schema, contract } = wanted;
  const links = `(select l.* from "${schema}_sync".links l join "${schema}_sync".entities e on e.id = l.entity_id
                   where e.name = $1)`;
  const { rows } = await client.query<{ crm_id: string }>(
    `select t.crm_id from ${tableOf(wanted)} t
       left join ${links} l on l.crm_id = t.crm_id and l.row_id = t.id and (l.state = 'd') = t.crm_deleted
      where l.crm_id is null
     union all
     select l.crm_id from ${links} l
       left join "${schema}"."${contract.table}" t on t.id = l.row_id and t.crm_id = l.crm_id
      where t.id is null and l.state not in ('t', 'm', 'f')`,
    [contract.entity],
  );
  return rows.map(({ crm_id }) => crm_id);
}

/** Whom a record without a row of its own has become. */
export interface Become {
  readonly entity: string;
  readonly id: string;
  readonly deleted: boolean;
}

/** Records whose person goes on as another record: qualified leads, and whoever was merged into another one. */
export async function movedRecords(
  client: Client,
  { schema, contract }: Pick<Wanted, "schema" | "contract">,
): Promise<ReadonlyMap<string, Become>> {
  if (!contract.shared) return new Map();
  const { rows } = await client.query<{ moved: string; entity: string; id: string; deleted: boolean }>(
    `select l.crm_id as moved, t.crm_type as entity, t.crm_id as id, t.crm_deleted as deleted
       from "${schema}_sync".links l
       join "${schema}_sync".entities e on e.id = l.entity_id and e.name = $1
       join "${schema}"."${contract.table}" t on t.id = l.row_id
      where l.state = 'm' and t.crm_id is not null`,
    [contract.entity],
  );
  return new Map(rows.map(({ moved, ...become }) => [moved, become]));
}

/** Rows that claim to be of a record, but not of an entity. */
export async function strayPeople(client: Client, schema: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ crm_id: string }>(
    `select crm_id from "${schema}".people where crm_id is not null and crm_type is null`,
  );
  return rows.map(({ crm_id }) => crm_id);
}

/** The rows of an entity as a table expression that takes an alias. */
function tableOf({ schema, contract }: Wanted): string {
  const own = contract.shared ? ` and crm_type = '${contract.entity}'` : "";
  return `(select * from "${schema}"."${contract.table}" where crm_id is not null${own})`;
}
