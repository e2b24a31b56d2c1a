/**
 * Webhooks: where people manage them, and the courier that delivers.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Settings } from "../config/settings.ts";
import { webhookAddress } from "../connectors/webhook/address.ts";
import type { Receiver, WebhookPost } from "../connectors/webhook/post.ts";
import { openWebhookPost } from "../connectors/webhook/post.ts";
import { newSecret } from "../connectors/webhook/sign.ts";
import { DELIVERY_TIMES } from "../core/webhook.ts";
import type { Delivery } from "../core/webhook.ts";
import type { WebhookDesk } from "../core/webhook-port.ts";
import type { Log } from "../engine/ports.ts";
import { Courier } from "../jobs/courier.ts";
import { openCourierStore } from "../store/courier.ts";
import type { Database } from "../store/database.ts";
import { openEventFeed } from "../store/event-feed.ts";
import type { Safe } from "../store/sealed.ts";
import { openSafe } from "../store/sealed.ts";
import * as stored from "../store/webhooks.ts";

export interface WebhookParts {
  readonly database: Database;
  readonly settings: Pick<Settings, "TANDEM_SECRET_KEY" | "TANDEM_WEBHOOK_HOSTS">;
  /** Of Tandem. */
  readonly version: string;
}

export function openWebhookDesk(parts: WebhookParts): WebhookDesk {
  const { database, settings } = parts;
  const { pool } = database;
  const safe = safeOf(parts);
  return {
    async add({ url, name, types, tables, after }) {
      const address = webhookAddress(url, settings.TANDEM_WEBHOOK_HOSTS);
      const webhook = { name: name ?? address.host, url: address.href, types, tables };
      const secret = newSecret();
      const begin = after ?? (await openEventFeed(database).end());
      await stored.addWebhook(pool, {
        ...webhook,
        after: begin,
        sealed: safe.seal(secret, aboutOf(webhook)),
      });
      return { name: webhook.name, url: webhook.url, secret, encrypted: safe.encrypts };
    },
    list: () => stored.listWebhooks(pool),
    remove: (name) => stored.removeWebhook(pool, name),
    pause: (name) => stored.pauseWebhook(pool, name),
    resume: (name) => stored.resumeWebhook(pool, name),
    async test(name, signal) {
      const found = await stored.readWebhook(pool, name);
      if (found === null) return null;
      const receiver = receiverOf(parts, { name, ...found });
      const post = postOf(parts);
      try {
        return await post.send(testDelivery(name), receiver, signal);
      } finally {
        await post.close();
      }
    },
    dead: () => stored.listDeadLetters(pool),
    retry: (id) => stored.retryDeadLetters(pool, id),
  };
}

/** Delivers until it is stopped. */
export function startCourier(parts: WebhookParts, log: Log): { readonly stop: () => Promise<void> } {
  const { database } = parts;
  const post = postOf(parts);
  const stopping = new AbortController();
  const courier = new Courier({
    store: openCourierStore(database),
    feed: openEventFeed(database),
    times: DELIVERY_TIMES,
    send: async (held, delivery, signal) => post.send(delivery, receiverOf(parts, held), signal),
    sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
    random: Math.random,
    log,
  });
  const running = courier.run(stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
      await post.close();
    },
  };
}

/**
 * Where a webhook is delivered to: hosts that an admin allowed when it was added may not be allowed any more.
 * @throws SyncError `configuration_invalid`, `insecure_address`
 */
function receiverOf(
  parts: WebhookParts,
  webhook: { readonly name: string; readonly url: string; readonly secret: string },
): Receiver {
  const { href: url } = webhookAddress(webhook.url, parts.settings.TANDEM_WEBHOOK_HOSTS);
  return { url, secret: safeOf(parts).open(webhook.secret, aboutOf(webhook)) };
}

function safeOf({ settings }: WebhookParts): Safe {
  return openSafe(settings.TANDEM_SECRET_KEY?.reveal());
}

function postOf({ version }: WebhookParts): WebhookPost {
  return openWebhookPost({ agent: `Tandem/${version}`, now: Date.now });
}

/** Binds a secret to the webhook it was made for. */
function aboutOf({ name }: { readonly name: string }): string {
  return `the webhook ${name}`;
}

function testDelivery(webhook: string): Delivery {
  const id = `test-${randomUUID()}`;
  const body = { type: "webhook.test", timestamp: new Date().toISOString(), data: { id, webhook } };
  return { id, type: "webhook.test", body: JSON.stringify(body) };
}
