import { Readable } from "node:stream";
import type { FastifyBaseLogger } from "fastify";
import type { Status } from "../core/status.ts";
import { problemOf } from "./problem.ts";
import { statusSchema } from "./status-schema.ts";

/** What the feed needs of the rest of Tandem. */
export interface StatusFeedPorts {
  status(): Promise<Status>;
  /** Calls the listener whenever the status may have changed; returns what ends that. */
  subscribe(listener: () => void): () => void;
  readonly log: FastifyBaseLogger;
}

/** Times of the feed, in milliseconds. */
export interface StatusFeedTimes {
  /** Shortest time between two events. */
  readonly every: number;
  /** Time between heartbeats: proxies cut a connection that is silent for long. */
  readonly heartbeat: number;
  /** Time until the status is asked for again after it could not be told. */
  readonly retry: number;
}

const TIMES: StatusFeedTimes = { every: 1_000, heartbeat: 15_000, retry: 3_000 };

/**
 * Tells every watcher the status as server-sent events.
 *
 * Each watcher gets one `status` event at once and one after each change, at most one in `every`; a slow watcher
 * skips to the newest. When the status cannot be told, a `problem` event says why and the feed tries again by itself.
 * The status is read once for all watchers, and not at all while there are none.
 */
export class StatusFeed {
  readonly #ports: StatusFeedPorts;
  readonly #times: StatusFeedTimes;
  readonly #watchers = new Set<EventStream>();
  readonly #heartbeat: NodeJS.Timeout;
  #unsubscribe: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #reading = false;
  #stale = false;
  #latest: string | null = null;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(ports: StatusFeedPorts, times: StatusFeedTimes = TIMES) {
    this.#ports = ports;
    this.#times = times;
    this.#heartbeat = setInterval(() => this.#beat(), times.heartbeat);
    this.#heartbeat.unref();
  }

  /** A new watcher's stream of `text/event-stream`; it leaves when the stream is closed. */
  watch(): Readable {
    const watcher = new EventStream();
    watcher.push(`retry: ${this.#times.every}\n\n`);
    watcher.once("close", () => this.#leave(watcher));
    this.#watchers.add(watcher);
    this.#unsubscribe ??= this.#ports.subscribe(() => this.#changed());
    if (this.#latest !== null && this.#restMs() > 0) watcher.offer(this.#latest);
    this.#changed();
    return watcher;
  }

  /** Ends every stream. */
  close(): void {
    clearInterval(this.#heartbeat);
    for (const watcher of this.#watchers) watcher.push(null);
    this.#watchers.clear();
    this.#fallSilent();
  }

  #leave(watcher: EventStream): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size === 0) this.#fallSilent();
  }

  #fallSilent(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #changed(): void {
    this.#stale = true;
    if (!this.#reading && this.#timer === null) this.#readIn(this.#restMs());
  }

  #readIn(ms: number): void {
    this.#timer = setTimeout(() => void this.#publish(), ms);
  }

  #restMs(): number {
    return Math.max(0, this.#readAt + this.#times.every - performance.now());
  }

  async #publish(): Promise<void> {
    this.#timer = null;
    this.#stale = false;
    this.#reading = true;
    this.#readAt = performance.now();
    const { event, failed } = await this.#read();
    this.#reading = false;
    this.#latest = event;
    for (const watcher of this.#watchers) watcher.offer(event);
    if (this.#watchers.size === 0) return;
    if (failed) this.#readIn(this.#times.retry);
    else if (this.#stale) this.#readIn(this.#restMs());
  }

  async #read(): Promise<{ readonly event: string; readonly failed: boolean }> {
    try {
      const status = statusSchema.parse(await this.#ports.status());
      return { event: eventText("status", status), failed: false };
    } catch (error) {
      this.#ports.log.warn({ err: error }, "the status could not be read");
      return { event: eventText("problem", problemOf(error)), failed: true };
    }
  }

  #beat(): void {
    for (const watcher of this.#watchers) watcher.beat();
  }
}

/** One watcher: holds at most the newest event until the reader has room for it. */
class EventStream extends Readable {
  #next: string | null = null;
  #room = false;

  offer(event: string): void {
    this.#next = event;
    this.#flush();
  }

  beat(): void {
    this.#next ??= ": still here\n\n";
    this.#flush();
  }

  override _read(): void {
    this.#room = true;
    this.#flush();
  }

  #flush(): void {
    if (!this.#room || this.#next === null || this.destroyed) return;
    const event = this.#next;
    this.#next = null;
    this.#room = this.push(event);
  }
}

function eventText(name: string, value: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
}
