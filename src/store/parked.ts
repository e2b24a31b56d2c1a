import type { Parked } from "../core/plan.ts";
import type { StoredEntity } from "../core/store-port.ts";
import type { Queryable } from "./database.ts";

/** Remembers records that were refused one by one, with the reason; the newest reason stands. */
export async function park(
  client: Queryable,
  entity: StoredEntity,
  parked: readonly Parked[],
): Promise<void> {
  if (parked.length === 0) return;
  await client.query(
    `insert into parked (entity_id, crm_id, code, field, detail)
     select $1, * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[])
     on conflict (entity_id, crm_id) do update
       set code = excluded.code, field = excluded.field, detail = excluded.detail, since = now()`,
    [
      entity.id,
      parked.map(({ id }) => id),
      parked.map(({ code }) => code),
      parked.map(({ field }) => field),
      parked.map(({ detail }) => detail),
    ],
  );
}

/** Records that went through, or no longer exist, are no longer parked. */
export async function forgetParked(
  client: Queryable,
  entity: StoredEntity,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const { rowCount } = await client.query("select 1 from parked where entity_id = $1 limit 1", [entity.id]);
  if (rowCount === 0) return;
  await client.query("delete from parked where entity_id = $1 and crm_id = any($2::uuid[])", [
    entity.id,
    ids,
  ]);
}
