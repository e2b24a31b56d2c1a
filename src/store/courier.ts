/**
 * What the courier remembers: who delivers for which webhook, and how far. The position moves after the delivery, so a
 * crash in between has the event delivered again and none left out.
 */
import { afterActivity, cursorText, readCursor } from "../core/event.ts";
import type { EventCursor } from "../core/event.ts";
import type { CourierStore, HeldWebhook, QueuedLetter } from "../core/webhook-port.ts";
import type { Database } from "./database.ts";
import { transaction } from "./database.ts";

/** A webhook whose courier says nothing for so long is anybody's: longer than any delivery takes. */
const HELD_SECONDS = 90;

export function openCourierStore(database: Database): CourierStore {
  const { pool } = database;
  /** Changes the webhook while it is ours, and keeps it. */
  const change = async (
    held: HeldWebhook,
    sets: string,
    values: readonly unknown[] = [],
  ): Promise<boolean> => {
    const { rowCount } = await pool.query(ours(sets), [held.id, held.epoch, ...values]);
    return rowCount === 1;
  };
  return {
    take: () => take(database),
    async queued({ id }, most) {
      const { rows } = await pool.query<QueuedLetter>(
        `select id as letter, event_id as id, type, body from dead_letters
          where webhook_id = $1 and again order by dead_letters.id limit $2`,
        [id, most],
      );
      return rows;
    },
    move: (held, position, delivered) => change(held, MOVED, [cursorText(position), delivered]),
    postpone: (held, failure, ms) =>
      change(
        held,
        `attempts = attempts + 1, failing_since = coalesce(failing_since, now()), failure = $3,
         retry_at = now() + $4 * interval '1 millisecond'`,
        [failure, ms],
      ),
    bury: (held, { id, type, body }, { failure, position }) =>
      transaction(database, async (client) => {
        const moved = await client.query(ours(MOVED), [held.id, held.epoch, cursorText(position), 0]);
        if (moved.rowCount !== 1) return false;
        await client.query(
          `insert into dead_letters (webhook_id, event_id, type, body, attempts, failure)
           values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
          [held.id, id, type, body, held.attempts + 1, failure],
        );
        return true;
      }),
    settleLetter: (held, letter, failure) =>
      transaction(database, async (client) => {
        const sets = failure === null ? "delivered = delivered + 1, delivered_at = now()" : "name = name";
        const kept = await client.query(ours(sets), [held.id, held.epoch]);
        if (kept.rowCount !== 1) return false;
        if (failure === null) await client.query("delete from dead_letters where id = $1", [letter]);
        else await client.query(FAILED_AGAIN, [letter, failure]);
        return true;
      }),
    setGone: (held) => change(held, "gone_at = now()"),
    async release({ id, epoch }) {
      await pool.query("update webhooks set held_until = null where id = $1 and epoch = $2", [id, epoch]);
    },
  };
}

const MOVED = `position = $3, delivered = delivered + $4, attempts = 0, failing_since = null, retry_at = null,
               failure = null, delivered_at = case when $4 > 0 then now() else delivered_at end`;

const FAILED_AGAIN =
  "update dead_letters set again = false, attempts = attempts + 1, failure = $2 where id = $1";

/** Changes a webhook whose number is $1 as long as it was not taken over, and holds it for longer. */
function ours(sets: string): string {
  return `update webhooks set ${sets}, held_until = now() + ${HELD_SECONDS} * interval '1 second'
           where id = $1 and epoch = $2`;
}

async function take({ pool }: Database): Promise<HeldWebhook | null> {
  // The end is read first: what it says is there can then be seen.
  const { rows: ends } = await pool.query<{ end: string }>("select feed_end() as end");
  const { rows } = await pool.query<TakenWebhook>(
    `update webhooks w
        set epoch = epoch + 1, held_until = now() + ${HELD_SECONDS} * interval '1 second'
      where id = (select o.id from webhooks o
                   where not o.paused and o.gone_at is null and (o.held_until is null or o.held_until < now())
                     and (exists (select from dead_letters d where d.webhook_id = o.id and d.again)
                          or (o.retry_at is null or o.retry_at <= now())
                             and split_part(o.position, '-', 1)::bigint <= $1 and o.position <> $2)
                   order by o.delivered_at nulls first limit 1 for update skip locked)
      returning id, name, url, types, tables, secret, position, attempts, epoch,
                coalesce(retry_at > now(), false) as resting,
                coalesce(extract(epoch from now() - failing_since) * 1000, 0)::float8 as "failingMs"`,
    [ends[0]?.end ?? "0", cursorText(afterActivity(ends[0]?.end ?? "0"))],
  );
  const [row] = rows;
  return row === undefined ? null : { ...row, position: placeOf(row.position) };
}

type TakenWebhook = Omit<HeldWebhook, "position"> & { readonly position: string };

function placeOf(text: string): EventCursor {
  const place = readCursor(text);
  if (place === null) throw new Error(`a webhook has the position ${text}`);
  return place;
}
