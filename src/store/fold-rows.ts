/**
 * Writes folds: set-based, whatever their number.
 */
import type { PlannedFold } from "./fold-plan.ts";
import type { Queryable } from "./database.ts";
import { literal, marketingTable, quoted } from "./database.ts";
import { PEOPLE } from "./requests.ts";
import type { RowPlace } from "./row-place.ts";

/** A column of some table, perhaps of people's own, that refers to rows of the table by their id. */
export interface Follower {
  /** Both quoted. */
  readonly table: string;
  readonly column: string;
}

/** Which row goes into which, and what that one takes. */
export type RowFold = Omit<PlannedFold, "fold" | "changes">;

export interface FoldWriting {
  readonly place: RowPlace;
  readonly followers: readonly Follower[];
  readonly folds: readonly RowFold[];
}

/** Foreign keys to the table's `id`. @param table qualified and quoted */
export async function readFollowers(client: Queryable, table: string): Promise<readonly Follower[]> {
  const { rows } = await client.query<Follower>(
    `select c.conrelid::regclass::text as "table", quote_ident(a.attname) as "column"
       from pg_constraint c
       join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
       join pg_attribute key on key.attrelid = c.confrelid and key.attnum = c.confkey[1]
      where c.contype = 'f' and c.confrelid = $1::regclass and cardinality(c.confkey) = 1
        and key.attname = 'id' and c.conparentid = 0`,
    [table],
  );
  return rows;
}

/**
 * Lets the rows go. What referred to them, their activities and their edits are the winners' from here on; the winners
 * have what they take.
 */
export async function foldRows(client: Queryable, { place, followers, folds }: FoldWriting): Promise<void> {
  const going = folds.filter(({ loserRow }) => loserRow !== null);
  if (going.length === 0) return;
  const pairs: Pairs = [going.map(({ loserRow }) => loserRow), going.map(({ winnerRow }) => winnerRow)];
  await repoint(client, place, { followers, pairs });
  await client.query(`create temp table going (like ${place.table}) on commit drop`);
  await client.query(`insert into pg_temp.going select * from ${place.table} where id = any($1::bigint[])`, [
    pairs[0],
  ]);
  const { connectionId, entity, table } = place;
  await client.query(
    "delete from pending_changes where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[])",
    [connectionId, entity.mapping.table, pairs[0]],
  );
  // The rows go before the others take their values: what is unique may be in one row only.
  await client.query(`delete from ${table} where id = any($1::bigint[])`, [pairs[0]]);
  await takeValues(client, table, going);
  await client.query("drop table pg_temp.going");
  await sendValues(client, place, going);
}

/** Rows that go, and the rows they go into, one for one. */
type Pairs = readonly [losers: readonly (string | null)[], winners: readonly string[]];

async function repoint(
  client: Queryable,
  { workspace, entity }: RowPlace,
  { followers, pairs }: { readonly followers: readonly Follower[]; readonly pairs: Pairs },
): Promise<void> {
  const folds = "unnest($1::bigint[], $2::bigint[]) as f(loser, winner)";
  for (const { table, column } of followers) {
    await client.query(
      `update ${table} r set ${column} = f.winner from ${folds} where r.${column} = f.loser`,
      [...pairs],
    );
  }
  await client.query(
    `update ${marketingTable(workspace, "activities")} a set row_id = f.winner
       from ${folds} where a.table_name = $3 and a.row_id = f.loser`,
    [...pairs, entity.mapping.table],
  );
  if (entity.mapping.table === PEOPLE) {
    await client.query(`update actions a set row_id = f.winner from ${folds} where a.row_id = f.loser`, [
      ...pairs,
    ]);
    await client.query("select meet_along($1::bigint[], $2::bigint[])", [...pairs]);
  }
  await client.query(
    `update links l set row_id = f.winner from ${folds} where l.row_id = f.loser and l.state = 'm'
        and l.entity_id in (select id from entities where table_name = $3)`,
    [...pairs, entity.mapping.table],
  );
}

async function takeValues(client: Queryable, table: string, folds: readonly RowFold[]): Promise<void> {
  const columns = [...new Set(folds.flatMap(({ take }) => take))];
  if (columns.length === 0) return;
  const sets = columns.map((name) => {
    const column = quoted(name);
    return `${column} = case when f.take ? ${literal(name)} then g.${column} else t.${column} end`;
  });
  await client.query(
    `update ${table} t set ${sets.join(", ")}, updated_at = now()
       from json_to_recordset($1) as f(loser bigint, winner bigint, take jsonb)
       join pg_temp.going g on g.id = f.loser
      where t.id = f.winner and f.take <> '[]'`,
    [
      JSON.stringify(
        folds.map(({ loserRow, winnerRow, take }) => ({ loser: loserRow, winner: winnerRow, take })),
      ),
    ],
  );
}

/** What Dynamics does not have becomes a pending change; an edit that was pending already keeps what was agreed on. */
async function sendValues(
  client: Queryable,
  { connectionId, entity }: RowPlace,
  folds: readonly RowFold[],
): Promise<void> {
  const sending = folds.filter(({ agreed }) => agreed.size > 0);
  if (sending.length === 0) return;
  await client.query(
    `insert into pending_changes as p (connection_id, table_name, row_id, agreed)
     select $1, $2, f.row_id, f.agreed from json_to_recordset($3) as f(row_id bigint, agreed jsonb)
     on conflict (connection_id, table_name, row_id)
     do update set agreed = excluded.agreed || p.agreed, revision = p.revision + 1, changed_at = now(),
                   parked = null, attempts = 0, retry_at = null`,
    [
      connectionId,
      entity.mapping.table,
      JSON.stringify(
        sending.map(({ winnerRow, agreed }) => ({ row_id: winnerRow, agreed: Object.fromEntries(agreed) })),
      ),
    ],
  );
}

/** The losers' records are the winners' persons from here on, and no longer wait for anything. */
export async function closeMoves(client: Queryable, folds: readonly PlannedFold[]): Promise<void> {
  if (folds.length === 0) return;
  const values = [
    folds.map(({ fold }) => fold.loserEntity),
    folds.map(({ fold }) => fold.loser),
    folds.map(({ winnerRow }) => winnerRow),
  ];
  const closed = "unnest($1::int[], $2::uuid[], $3::bigint[]) as f(entity_id, crm_id, row_id)";
  const those = (alias: string): string => `${alias}.entity_id = f.entity_id and ${alias}.crm_id = f.crm_id`;
  await client.query(
    `update links l set state = 'm', row_id = f.row_id from ${closed} where ${those("l")}`,
    values,
  );
  await client.query(`update moves m set state = 'd' from ${closed} where ${those("m")}`, values);
  await client.query(`delete from parked p using ${closed} where ${those("p")}`, values);
}
