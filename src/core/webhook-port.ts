/**
 * Where webhooks are kept, for the people who manage them and for whoever delivers.
 */
import type { EventFilter } from "./event-port.ts";
import type { EventCursor } from "./event.ts";
import type { Answer, Delivery } from "./webhook.ts";

export interface WebhookWish extends EventFilter {
  readonly url: string;
  /** Null takes the host of the address. */
  readonly name: string | null;
  /** Where in the feed it begins; null for now. */
  readonly after: EventCursor | null;
}

export interface AddedWebhook {
  readonly name: string;
  readonly url: string;
  /** `whsec_…`, shown this once. */
  readonly secret: string;
  /** False where no TANDEM_SECRET_KEY is set: then the secret is readable for whoever can read the sync's tables. */
  readonly encrypted: boolean;
}

export interface ListedWebhook extends EventFilter {
  readonly name: string;
  readonly url: string;
  /**
   * - `delivering`: everything so far was delivered, or is on its way. - `failing`: the next event could not be delivered
   * yet. - `paused`: by a person. - `gone`: the receiver answered 410; resume it when it is back.
   */
  readonly state: "delivering" | "failing" | "paused" | "gone";
  /** Cursor after the last event it was told. */
  readonly position: string;
  /** Of the next event: failures so far, and when it is tried again; ISO 8601, UTC. */
  readonly attempts: number;
  readonly retryAt: string | null;
  readonly failure: string | null;
  readonly delivered: number;
  readonly deliveredAt: string | null;
  readonly dead: number;
  readonly encrypted: boolean;
}

/** An event that could not be delivered for a day. */
export interface DeadLetter {
  readonly id: string;
  readonly webhook: string;
  readonly event: string;
  readonly type: string;
  readonly attempts: number;
  readonly failure: string;
  /** ISO 8601, UTC. */
  readonly diedAt: string;
  /** It is about to be sent again. */
  readonly again: boolean;
}

/** Where people manage webhooks. What takes a name answers false, or null, when there is none of that name. */
export interface WebhookDesk {
  /**
   * Adds one; the worker begins to deliver within a second.
   * @throws SyncError `configuration_invalid` when the address is none to deliver to, or the name is taken;
   * `insecure_address`
   */
  add(wish: WebhookWish): Promise<AddedWebhook>;
  list(): Promise<readonly ListedWebhook[]>;
  remove(name: string): Promise<boolean>;
  pause(name: string): Promise<boolean>;
  /** Also lets one go on that is gone, or that waits to try again. */
  resume(name: string): Promise<boolean>;
  /** Sends an event of type `webhook.test` now, whatever else waits. */
  test(name: string, signal: AbortSignal): Promise<Answer | null>;
  dead(): Promise<readonly DeadLetter[]>;
  /** Has dead letters sent again, with their ids of then: one, or all. Returns how many. */
  retry(id: string | null): Promise<number>;
}

/** A webhook that somebody holds for delivering. */
export interface HeldWebhook extends EventFilter {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  /** As it is kept. */
  readonly secret: string;
  readonly position: EventCursor;
  /** The next event is not due yet: it was taken for its dead letters. */
  readonly resting: boolean;
  /** Failures of the next event. */
  readonly attempts: number;
  /** Milliseconds since its first failure. */
  readonly failingMs: number;
  readonly epoch: string;
}

export interface QueuedLetter extends Delivery {
  /** Number of the dead letter. */
  readonly letter: string;
}

/**
 * The memory of whoever delivers. Whatever writes answers false, and has changed nothing, when the webhook was taken
 * over, paused or removed meanwhile.
 */
export interface CourierStore {
  /** Takes a webhook that has something to deliver and that nobody holds; null when there is none. */
  take(): Promise<HeldWebhook | null>;
  /** Dead letters that are asked for again, oldest first. */
  queued(held: HeldWebhook, most: number): Promise<readonly QueuedLetter[]>;
  /** Everything up to there is delivered, or was not wanted. */
  move(held: HeldWebhook, position: EventCursor, delivered: number): Promise<boolean>;
  /** The next event failed, and is tried again in so many milliseconds. */
  postpone(held: HeldWebhook, failure: string, ms: number): Promise<boolean>;
  /** The event becomes a dead letter, and the next one goes on. */
  bury(
    held: HeldWebhook,
    letter: Delivery,
    failed: { readonly failure: string; readonly position: EventCursor },
  ): Promise<boolean>;
  /** A dead letter was delivered (null), or failed again. */
  settleLetter(held: HeldWebhook, letter: string, failure: string | null): Promise<boolean>;
  /** The receiver said that there is nobody. */
  setGone(held: HeldWebhook): Promise<boolean>;
  /** Lets another one take it. */
  release(held: HeldWebhook): Promise<void>;
}
