/**
 * Webhooks as people manage them.
 */
import { SyncError } from "../core/errors.ts";
import { cursorText } from "../core/event.ts";
import type { EventCursor } from "../core/event.ts";
import type { DeadLetter, ListedWebhook, WebhookWish } from "../core/webhook-port.ts";
import type { Queryable } from "./database.ts";
import { errorCode } from "./database.ts";
import { isEncrypted } from "./sealed.ts";

/** A webhook that is about to be kept. */
export interface NewWebhook extends Omit<WebhookWish, "name" | "after"> {
  readonly name: string;
  readonly after: EventCursor;
  readonly sealed: string;
}

/** @throws SyncError `configuration_invalid` when the name is taken */
export async function addWebhook(
  client: Queryable,
  { name, url, types, tables, after, sealed }: NewWebhook,
): Promise<void> {
  try {
    await client.query(
      "insert into webhooks (name, url, types, tables, position, secret) values ($1, $2, $3, $4, $5, $6)",
      [name, url, types, tables, cursorText(after), sealed],
    );
  } catch (error) {
    if (errorCode(error) !== UNIQUE) throw error;
    throw new SyncError(
      "configuration_invalid",
      `There is a webhook ${name} already: remove it first, or give this one another name.`,
      { field: "name" },
    );
  }
}

const UNIQUE = "23505";

export async function listWebhooks(client: Queryable): Promise<readonly ListedWebhook[]> {
  const { rows } = await client.query<StoredWebhook>(
    `select name, url, types, tables, position, attempts, failure, secret, delivered,
            retry_at as "retryAt", delivered_at as "deliveredAt",
            case when gone_at is not null then 'gone' when paused then 'paused'
                 when attempts > 0 then 'failing' else 'delivering' end as state,
            (select count(*) from dead_letters d where d.webhook_id = w.id) as dead
       from webhooks w order by name`,
  );
  return rows.map(({ secret, delivered, dead, retryAt, deliveredAt, ...row }) => ({
    ...row,
    delivered: Number(delivered),
    dead: Number(dead),
    retryAt: retryAt?.toISOString() ?? null,
    deliveredAt: deliveredAt?.toISOString() ?? null,
    encrypted: isEncrypted(secret),
  }));
}

type StoredWebhook = Omit<ListedWebhook, "delivered" | "dead" | "retryAt" | "deliveredAt" | "encrypted"> & {
  readonly secret: string;
  readonly delivered: string;
  readonly dead: string;
  readonly retryAt: Date | null;
  readonly deliveredAt: Date | null;
};

/** Its dead letters go with it. */
export function removeWebhook(client: Queryable, name: string): Promise<boolean> {
  return changed(client, "delete from webhooks where name = $1", [name]);
}

/** Whoever delivers for it at this moment is fenced. */
export function pauseWebhook(client: Queryable, name: string): Promise<boolean> {
  return changed(
    client,
    "update webhooks set paused = true, epoch = epoch + 1, held_until = null where name = $1",
    [name],
  );
}

/** Whoever resumes it has mended the receiver: what failed before counts no more. */
export function resumeWebhook(client: Queryable, name: string): Promise<boolean> {
  return changed(
    client,
    `update webhooks
        set paused = false, gone_at = null, retry_at = null, attempts = 0, failing_since = null, failure = null
      where name = $1`,
    [name],
  );
}

/** Address and secret of one, as it is kept; null when there is none of that name. */
export async function readWebhook(
  client: Queryable,
  name: string,
): Promise<{ readonly url: string; readonly secret: string } | null> {
  const { rows } = await client.query<{ url: string; secret: string }>(
    "select url, secret from webhooks where name = $1",
    [name],
  );
  return rows[0] ?? null;
}

/** Oldest first. */
export async function listDeadLetters(client: Queryable): Promise<readonly DeadLetter[]> {
  const { rows } = await client.query<Omit<DeadLetter, "diedAt"> & { readonly diedAt: Date }>(
    `select d.id, w.name as webhook, d.event_id as event, d.type, d.attempts, d.failure, d.died_at as "diedAt", d.again
       from dead_letters d join webhooks w on w.id = d.webhook_id order by d.id`,
  );
  return rows.map((row) => ({ ...row, diedAt: row.diedAt.toISOString() }));
}

/** @param id of one; null for all. Returns how many are to be sent again. */
export async function retryDeadLetters(client: Queryable, id: string | null): Promise<number> {
  const { rowCount } = await client.query(
    "update dead_letters set again = true where $1::bigint is null or id = $1",
    [id],
  );
  return rowCount ?? 0;
}

async function changed(client: Queryable, sql: string, values: readonly unknown[]): Promise<boolean> {
  const { rowCount } = await client.query(sql, [...values]);
  return rowCount === 1;
}
