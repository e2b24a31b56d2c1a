/**
 * The memory of a compare pass: which ids the full read has met, and which linked records it has not.
 */
import type { PageEffects, StoredEntity } from "../core/store-port.ts";
import type { Queryable } from "./database.ts";

/**
 * Remembers ids of a page. Repeating a page changes nothing. The first page of a compare pass that the source began
 * by itself forgets what an earlier one saw. A backfill, which is told its pages as it likes, takes no part.
 */
export async function rememberSeen(
  client: Queryable,
  { entity, lane, page, seen: ids }: Pick<PageEffects, "entity" | "lane" | "page" | "seen">,
): Promise<void> {
  if (lane === "backfill") return;
  if (page.phase === "compare" && entity.compare !== "owed") await forgetSeen(client, entity);
  if (ids.length === 0) return;
  await client.query(
    "insert into compare_seen (entity_id, crm_id) select $1, unnest($2::uuid[]) on conflict do nothing",
    [entity.id, ids],
  );
}

/**
 * Starts a compare pass: the position is forgotten, and whatever an earlier pass has seen. A backfill under way
 * begins anew.
 */
export async function beginCompare(client: Queryable, entity: Pick<StoredEntity, "id">): Promise<void> {
  await forgetSeen(client, entity);
  await client.query(
    `update entities
        set position = null, backfill_position = null, compare = 'owed', read = 0,
            witness_id = null, witness_version = null
      where id = $1`,
    [entity.id],
  );
}

/** Linked, live records the pass has not seen; in id order, after the given id. */
export async function readUnseen(
  client: Queryable,
  entity: StoredEntity,
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ crm_id: string }>(
    `select l.crm_id from links l
      where l.entity_id = $1 and l.state = 'l' and ($2::uuid is null or l.crm_id > $2)
        and not exists (select 1 from compare_seen s where s.entity_id = $1 and s.crm_id = l.crm_id)
      order by l.crm_id limit $3`,
    [entity.id, after, limit],
  );
  return rows.map(({ crm_id }) => crm_id);
}

export async function countUnseen(
  client: Queryable,
  entity: StoredEntity,
): Promise<{ readonly live: number; readonly unseen: number }> {
  const { rows } = await client.query<{ live: number; unseen: number }>(
    `select count(*)::int as live, count(*) filter (where s.crm_id is null)::int as unseen
       from links l left join compare_seen s on s.entity_id = l.entity_id and s.crm_id = l.crm_id
      where l.entity_id = $1 and l.state = 'l'`,
    [entity.id],
  );
  return rows[0] ?? { live: 0, unseen: 0 };
}

/** Ends the pass and forgets what it saw. */
export async function endCompare(client: Queryable, entity: StoredEntity): Promise<void> {
  await forgetSeen(client, entity);
  await client.query("update entities set compare = null where id = $1", [entity.id]);
}

async function forgetSeen(client: Queryable, entity: Pick<StoredEntity, "id">): Promise<void> {
  await client.query("delete from compare_seen where entity_id = $1", [entity.id]);
}
