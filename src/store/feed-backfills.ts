/**
 * Backfills that go along with an entity's feed, because fields were switched on: the lane `backfill` does the work, and
 * here stands what people see of it.
 */
import type { PageEffects } from "../core/store-port.ts";
import type { Queryable } from "./database.ts";

/** Notes a backfill for the fields that wait for one, as far as none is noted for them. */
export async function noteFills(client: Queryable): Promise<void> {
  await client.query(
    `insert into backfills (connection_id, entity_id, attributes, way, expected)
     select e.connection_id, e.id, array_agg(distinct f.attribute order by f.attribute), 'feed', e.expected
       from entities e join fields f on f.entity_id = e.id
      where f.unfilled and f.enabled and f.set_aside is null and f.direction <> 'push'
        and not exists (select from backfills b
                         where b.entity_id = e.id and b.way = 'feed' and b.state in ('queued', 'running')
                           and f.attribute = any(b.attributes))
      group by e.id
      order by e.id`,
  );
}

/** Shows how far the whole read of an entity came. One that begins anew counts from the beginning. */
export async function countFilled(client: Queryable, effects: PageEffects): Promise<void> {
  const { entity, read, rate } = effects;
  await client.query(
    `update backfills
        set state = 'running', started_at = coalesce(started_at, now()), rate = $3, page_at = now(),
            read = case when $4 then $2 else read + $2 end
      where entity_id = $1 and way = 'feed' and state in ('queued', 'running')`,
    [entity.id, read, rate, entity.backfillPosition === null],
  );
}

/**
 * Ends the entity's backfills whose fields wait no more: filled, set aside, or switched off.
 * @param read true when a whole read has come to its end
 */
export async function endFills(
  client: Queryable,
  entityId: number,
  { read }: { readonly read: boolean },
): Promise<void> {
  await client.query(
    `update backfills b
        set finished_at = now(), outcome = w.reason,
            state = case when w.reason is not null then 'failed' when $2 then 'done' else 'cancelled' end
       from (select b.id, string_agg(f.attribute || ': ' || f.set_aside, ' ' order by f.attribute)
                            filter (where f.enabled) as reason
               from backfills b left join fields f on f.entity_id = b.entity_id and f.attribute = any(b.attributes)
              where b.entity_id = $1 and b.way = 'feed' and b.state in ('queued', 'running')
              group by b.id
             having coalesce(bool_and(not (f.unfilled and f.enabled) or f.set_aside is not null), true)) w
      where b.id = w.id and (w.reason is null or $2)`,
    [entityId, read],
  );
}
