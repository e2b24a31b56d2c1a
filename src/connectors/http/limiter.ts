/**
 * How many requests may be under way at once. The service knows best: its hint is the ceiling, its refusals halve
 * the limit, and each good answer raises it a little (additive up, multiplicative down). Nothing is hard-coded but
 * where to begin.
 */
import { throwIfStopped, untilStopped } from "./stopping.ts";
import type { Timing } from "./timing.ts";

export interface LimiterReport {
  readonly limit: number;
  readonly underWay: number;
  readonly waiting: number;
  /** Milliseconds since 1970 until which nothing is sent; null when the way is free. */
  readonly pausedUntil: number | null;
}

export class AdaptiveLimiter {
  readonly #timing: Timing;
  readonly #most: number;
  #ceiling: number;
  #limit: number;
  #underWay = 0;
  #pausedUntil = 0;
  readonly #queue: (() => void)[] = [];

  constructor(timing: Timing, most: number) {
    this.#timing = timing;
    this.#most = most;
    this.#ceiling = most;
    this.#limit = Math.min(4, most);
  }

  /**
   * Runs the work once a place is free and no pause is on. @throws SyncError `stopped`, or whatever the work throws.
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** A good answer came; `hint` is the parallelism the service recommends, when it said so. */
  succeeded(hint: number | undefined): void {
    if (hint !== undefined && hint >= 1) this.#ceiling = Math.min(this.#most, Math.floor(hint));
    this.#limit = Math.min(this.#ceiling, this.#limit + 1 / Math.max(1, this.#limit));
    this.#admit();
  }

  /** The service refused for load: half as many from now on, and none for the given time. */
  throttled(ms: number): void {
    this.#limit = Math.max(1, this.#limit / 2);
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#timing.now() + ms);
  }

  report(): LimiterReport {
    return {
      limit: Math.floor(this.#limit),
      underWay: this.#underWay,
      waiting: this.#queue.length,
      pausedUntil: this.#pausedUntil > this.#timing.now() ? this.#pausedUntil : null,
    };
  }

  async #enter(signal: AbortSignal): Promise<void> {
    throwIfStopped(signal);
    if (this.#underWay >= Math.floor(this.#limit)) await this.#queued(signal);
    else this.#underWay++;
    try {
      for (let ms = this.#pauseMs(); ms > 0; ms = this.#pauseMs()) await this.#timing.sleep(ms, signal);
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /** Resolves with the place already taken, so that nobody can slip in between. */
  async #queued(signal: AbortSignal): Promise<void> {
    const turn = Promise.withResolvers<void>();
    this.#queue.push(turn.resolve);
    try {
      await untilStopped(turn.promise, signal);
    } catch (error) {
      const place = this.#queue.indexOf(turn.resolve);
      if (place >= 0) this.#queue.splice(place, 1);
      else this.#leave();
      throw error;
    }
  }

  #leave(): void {
    this.#underWay--;
    this.#admit();
  }

  #admit(): void {
    while (this.#underWay < Math.floor(this.#limit)) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#underWay++;
      next();
    }
  }

  #pauseMs(): number {
    return this.#pausedUntil - this.#timing.now();
  }
}
