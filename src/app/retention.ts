/**
 * History that has grown old is removed between cycles, in pieces so small that none of them holds anybody up.
 */
import type { Forgetting } from "../core/store-port.ts";
import type { Log } from "../engine/ports.ts";

export interface RetentionParts {
  /** Days for which the history is kept; 0 keeps it for ever. */
  readonly days: number;
  /** Removes a piece and returns how much went. */
  readonly forget: (forgetting: Forgetting) => Promise<number>;
  /** Milliseconds since some moment; never goes back. */
  readonly now: () => number;
  readonly log: Log;
}

/** Activities that go at once: less than a second's work. */
const MOST = 20_000;

/** Once nothing old is left, so long nobody looks. */
const REST_MS = 3_600_000;

/**
 * Returns what to do after each cycle: a piece goes, and as long as more is old another one after the next cycle. A
 * failure is logged and stops nothing.
 */
export function retention({ days, forget, now, log }: RetentionParts): () => Promise<void> {
  let dueAt = days === 0 ? Infinity : -Infinity;
  return async () => {
    if (now() < dueAt) return;
    try {
      const forgotten = await forget({ days, most: MOST });
      if (forgotten > 0) log("info", "history.forgotten", { removed: forgotten });
      if (forgotten < MOST) dueAt = now() + REST_MS;
    } catch (error) {
      log("warn", "history.kept", { err: error });
    }
  };
}
