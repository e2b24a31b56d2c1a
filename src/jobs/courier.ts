/**
 * Delivers events to webhooks: each webhook's in order, several webhooks at once, for as long as the worker runs.
 */
import type { EventFeed } from "../core/event-port.ts";
import { cursorText } from "../core/event.ts";
import { SyncError } from "../core/errors.ts";
import type { Answer, Delivery, DeliveryTimes } from "../core/webhook.ts";
import { deliveryOf, retryIn } from "../core/webhook.ts";
import type { CourierStore, HeldWebhook } from "../core/webhook-port.ts";
import type { Log } from "../engine/ports.ts";

export interface CourierParts {
  readonly store: CourierStore;
  readonly feed: EventFeed;
  readonly times: DeliveryTimes;
  /**
   * Sends once. @throws SyncError `configuration_invalid` when the webhook's secret cannot be read, or its address is not
   * allowed any more; `insecure_address`; `stopped`
   */
  readonly send: (held: HeldWebhook, delivery: Delivery, signal: AbortSignal) => Promise<Answer>;
  /** Waits; ends early when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

/** How often it looks whether there is anything to deliver. */
const LOOK_MS = 1_000;

/** Webhooks that are delivered to at once: a slow receiver holds up no other. */
const AT_ONCE = 8;

/** Events that are read at once. */
const PAGE = 50;

/** Pages until others have their turn. */
const PAGES = 20;

export class Courier {
  readonly #parts: CourierParts;

  constructor(parts: CourierParts) {
    this.#parts = parts;
  }

  /** Delivers until the signal is aborted; a delivery under way then is made again by whoever comes next. */
  async run(signal: AbortSignal): Promise<void> {
    const turns = new Set<Promise<void>>();
    while (!signal.aborted) {
      const held = turns.size < AT_ONCE ? await this.#take() : null;
      if (held === null) {
        await this.#parts.sleep(LOOK_MS, signal);
        continue;
      }
      const turn = this.#turn(held, signal).finally(() => turns.delete(turn));
      turns.add(turn);
    }
    await Promise.all(turns);
  }

  /** Delivers what is due now, a webhook after the other, and returns how many had something. */
  async once(signal: AbortSignal): Promise<number> {
    for (let turns = 0; ; turns += 1) {
      const held = signal.aborted ? null : await this.#take();
      if (held === null) return turns;
      await this.#turn(held, signal);
    }
  }

  async #take(): Promise<HeldWebhook | null> {
    try {
      return await this.#parts.store.take();
    } catch (error) {
      this.#say("webhook.not_taken", { err: error });
      return null;
    }
  }

  async #turn(held: HeldWebhook, signal: AbortSignal): Promise<void> {
    const { store } = this.#parts;
    try {
      const ours = await this.#again(held, signal);
      if (ours && !held.resting) await this.#deliver(held, signal);
      await store.release(held);
    } catch (error) {
      if (!isStopped(error)) {
        this.#say("webhook.failed", { webhook: held.name, err: error });
        // What fails at once would else be tried at once.
        await this.#parts.sleep(LOOK_MS, signal);
      }
      await store.release(held).catch(() => undefined);
    }
  }

  /** Sends dead letters that somebody asked for. False when the webhook is no longer ours. */
  async #again(held: HeldWebhook, signal: AbortSignal): Promise<boolean> {
    const { store } = this.#parts;
    for (const { letter, ...delivery } of await store.queued(held, PAGE)) {
      const answer = await this.#send(held, delivery, signal);
      if (answer.kind === "gone") return this.#setGone(held);
      const failure = answer.kind === "delivered" ? null : answer.detail;
      if (!(await store.settleLetter(held, letter, failure))) return false;
    }
    return true;
  }

  /** Delivers what the feed has, up to its end, to the first event that fails, or until the webhook is not ours. */
  async #deliver(held: HeldWebhook, signal: AbortSignal): Promise<void> {
    const { store, feed } = this.#parts;
    let { position: after, attempts, failingMs } = held;
    for (let pages = 0; pages < PAGES; pages += 1) {
      const page = await feed.read({ types: held.types, tables: held.tables, after, most: PAGE });
      for (const { cursor, event } of page.events) {
        const delivery = deliveryOf(event);
        const answer = await this.#send(held, delivery, signal);
        const failing = { ...held, attempts, failingMs };
        if (!(await this.#settle(failing, delivery, { answer, cursor }))) return;
        [attempts, failingMs] = [0, 0];
      }
      after = page.cursor;
      if (cursorText(after) !== cursorText(held.position) && !(await store.move(held, after, 0))) return;
      if (!page.more || signal.aborted) return;
    }
  }

  /** True when the next event may go. */
  async #settle(
    held: HeldWebhook,
    delivery: Delivery,
    { answer, cursor }: { readonly answer: Answer; readonly cursor: HeldWebhook["position"] },
  ): Promise<boolean> {
    const { store, times, random } = this.#parts;
    if (answer.kind === "delivered") return store.move(held, cursor, 1);
    if (answer.kind === "gone") return this.#setGone(held);
    const { detail: failure, retryAfterMs = 0 } = answer;
    const failing = { attempts: held.attempts + 1, sinceMs: held.failingMs, retryAfterMs };
    const ms = retryIn(failing, times, random());
    this.#say(ms === null ? "webhook.given_up" : "webhook.not_delivered", {
      webhook: held.name,
      event: delivery.id,
      attempt: failing.attempts,
      status: answer.status,
    });
    if (ms === null) return store.bury(held, delivery, { failure, position: cursor });
    await store.postpone(held, failure, ms);
    return false;
  }

  /** @returns false: nothing more goes there */
  async #setGone(held: HeldWebhook): Promise<false> {
    this.#say("webhook.gone", { webhook: held.name });
    await this.#parts.store.setGone(held);
    return false;
  }

  /** What the settings do not let pass is a failure like any other: it is shown, and passes when they do again. */
  async #send(held: HeldWebhook, delivery: Delivery, signal: AbortSignal): Promise<Answer> {
    try {
      return await this.#parts.send(held, delivery, signal);
    } catch (error) {
      if (!(error instanceof SyncError) || !OF_SETTINGS.has(error.code)) throw error;
      return { kind: "failed", status: null, detail: error.message };
    }
  }

  #say(event: string, facts: Readonly<Record<string, unknown>>): void {
    this.#parts.log("warn", event, facts);
  }
}

const OF_SETTINGS: ReadonlySet<string> = new Set(["configuration_invalid", "insecure_address"]);

function isStopped(error: unknown): boolean {
  return error instanceof SyncError && error.code === "stopped";
}
