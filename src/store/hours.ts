/**
 * What moved in each clock hour, by entity: counted with the transaction that moved it, so that it is neither doubled by a
 * repeat nor lost by a crash.
 */
import type { MovedInHour } from "../core/status.ts";
import type { Queryable } from "./database.ts";

type Moved = Omit<MovedInHour, "from">;

export const NOTHING_MOVED: Moved = { created: 0, updated: 0, deleted: 0, pushed: 0, made: 0 };

/** Adds to the hour that this transaction began in. Nothing is written where nothing moved. */
export async function countHour(client: Queryable, entityId: number, moved: Partial<Moved>): Promise<void> {
  const { created, updated, deleted, pushed, made } = { ...NOTHING_MOVED, ...moved };
  if (created + updated + deleted + pushed + made === 0) return;
  await client.query(
    `insert into hours as h (entity_id, hour, created, updated, deleted, pushed, made)
     values ($1, date_trunc('hour', now(), 'UTC'), $2, $3, $4, $5, $6)
     on conflict (entity_id, hour) do update
       set created = h.created + excluded.created, updated = h.updated + excluded.updated,
           deleted = h.deleted + excluded.deleted, pushed = h.pushed + excluded.pushed, made = h.made + excluded.made`,
    [entityId, created, updated, deleted, pushed, made],
  );
}

/** What is older than a fortnight goes. */
export async function forgetHours(client: Queryable): Promise<void> {
  await client.query("delete from hours where hour < now() - interval '14 days'");
}

const HOUR_MS = 3_600_000;

/** What moved in the last full clock hour, by id of the entity; of whatever did not move there is nothing. */
export async function readLastHour(
  client: Queryable,
  now: Date,
): Promise<{ readonly from: string; readonly moved: ReadonlyMap<number, Moved> }> {
  const from = new Date((Math.floor(now.getTime() / HOUR_MS) - 1) * HOUR_MS);
  const { rows } = await client.query<{ entity_id: number } & Record<keyof Moved, string>>(
    "select entity_id, created, updated, deleted, pushed, made from hours where hour = $1",
    [from],
  );
  const moved = new Map(
    rows.map((row): [number, Moved] => [
      row.entity_id,
      {
        created: Number(row.created),
        updated: Number(row.updated),
        deleted: Number(row.deleted),
        pushed: Number(row.pushed),
        made: Number(row.made),
      },
    ]),
  );
  return { from: from.toISOString(), moved };
}
