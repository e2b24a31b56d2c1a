/**
 * Deletes that wait: for the end of their walk, where they are counted, and for a person when they are more than the
 * mass-change guard lets pass. Nothing is flagged before, and everything else goes on.
 */
import { heldPeak } from "../core/guard.ts";
import type { PageEffects, StoredEntity } from "../core/store-port.ts";
import type { Queryable } from "./database.ts";
import { flagHeld, flagRows } from "./flag-rows.ts";
import type { RowPlace } from "./row-place.ts";

/** What became of a page's deletes. */
export interface SettledDeletes {
  /** Rows flagged now, those held earlier included. */
  readonly flagged: number;
  /** Deletes that wait from here on. */
  readonly held: number;
}

/**
 * Flags or holds the deletes of a page. At the end of a walk all that are held are flagged together when they are no
 * more than allowed; records that came back meanwhile are no longer among them. Those that were too many once stay held,
 * however many of them come back, until as many are allowed or none is left.
 */
export async function settleDeletes(
  client: Queryable,
  place: RowPlace,
  effects: PageEffects,
): Promise<SettledDeletes> {
  const { entity, plan, page, lane } = effects;
  if (lane === "backfill") return { flagged: 0, held: entity.held };
  if (entity.held === 0 && page.last && plan.deletes.length <= effects.allowedDeletes) {
    return { flagged: await flagRows(client, place, plan.deletes), held: 0 };
  }
  if (entity.held === 0 && plan.deletes.length === 0) return { flagged: 0, held: 0 };
  const shown = page.upserts.map(({ id }) => id);
  const back = await release(client, entity, shown);
  const added = await hold(client, entity, plan.deletes);
  // Counting all of them costs more the more they are: only the end of the walk decides by it.
  if (!page.last) return { flagged: 0, held: entity.held - back + added };
  const held = await count(client, entity);
  if (await isHeldBack(client, entity, { held, allowed: effects.allowedDeletes }))
    return { flagged: 0, held };
  const flagged = await flagHeld(client, place);
  await client.query("delete from held_deletes where entity_id = $1", [entity.id]);
  return { flagged, held: 0 };
}

/** Whether the guard holds them, and remembers how many there were. */
async function isHeldBack(
  client: Queryable,
  entity: StoredEntity,
  { held, allowed }: { readonly held: number; readonly allowed: number },
): Promise<boolean> {
  const { rows } = await client.query<{ peak: number }>(
    "select held_peak as peak from entities where id = $1",
    [entity.id],
  );
  const known = rows[0]?.peak ?? 0;
  const peak = heldPeak({ waiting: held, peak: known, allowed });
  if (peak !== known)
    await client.query("update entities set held_peak = $2 where id = $1", [entity.id, peak]);
  return peak > 0;
}

/** Returns how many came back. */
async function release(client: Queryable, entity: StoredEntity, ids: readonly string[]): Promise<number> {
  const { rowCount } = await client.query(
    "delete from held_deletes where entity_id = $1 and crm_id = any($2::uuid[])",
    [entity.id, ids],
  );
  return rowCount ?? 0;
}

/** Returns how many were not held before. */
async function hold(client: Queryable, entity: StoredEntity, ids: readonly string[]): Promise<number> {
  const { rowCount } = await client.query(
    "insert into held_deletes (entity_id, crm_id) select $1, unnest($2::uuid[]) on conflict do nothing",
    [entity.id, ids],
  );
  return rowCount ?? 0;
}

async function count(client: Queryable, entity: StoredEntity): Promise<number> {
  const { rows } = await client.query<{ held: number }>(
    "select count(*)::int as held from held_deletes where entity_id = $1",
    [entity.id],
  );
  return rows[0]?.held ?? 0;
}
