/**
 * Flags the rows of deleted records; the rows stay.
 */
import type { Queryable } from "./database.ts";
import type { RowPlace } from "./row-place.ts";
import { ofKind } from "./row-place.ts";
import { tell } from "./told-changes.ts";

/** Returns how many were not flagged before. */
export async function flagRows(client: Queryable, place: RowPlace, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  return flag(client, place, { from: "(select unnest($2::uuid[]) as crm_id)", values: [ids] });
}

/** Flags the rows of all deletes that are held, as `flagRows`. */
export async function flagHeld(client: Queryable, place: RowPlace): Promise<number> {
  return flag(client, place, {
    from: "(select crm_id from held_deletes where entity_id = $1)",
    values: [],
  });
}

/** Where the ids of deleted records are, as SQL; `$1` is the entity. */
interface Deleted {
  readonly from: string;
  readonly values: readonly unknown[];
}

async function flag(client: Queryable, place: RowPlace, { from, values }: Deleted): Promise<number> {
  const { entity, table } = place;
  // Locked first, so that what is told and what is flagged are the same rows.
  const found = await client.query<{ id: string }>(
    `select t.id from ${table} t join links l using (crm_id) join ${from} d using (crm_id)
      where l.entity_id = $1 and l.state = 'l' and ${ofKind(entity)} and not t.crm_deleted
        for update of t`,
    [entity.id, ...values],
  );
  const ids = found.rows.map(({ id }) => id);
  if (ids.length > 0) {
    await tell(client, place, { kind: "'deleted'", from: `${table} t where t.id = any($5::bigint[])` }, [
      ids,
    ]);
    await client.query(
      `update ${table} t set crm_deleted = true, updated_at = now() where t.id = any($1::bigint[])`,
      [ids],
    );
  }
  await client.query(
    `update links l set state = 'd' from ${from} d
      where l.entity_id = $1 and l.crm_id = d.crm_id and l.state = 'l'`,
    [entity.id, ...values],
  );
  return ids.length;
}
