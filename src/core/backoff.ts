/** Limits of a back-off, in milliseconds. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
  /** Attempts before the caller gives up and lets the error through. */
  readonly attempts: number;
}

/**
 * How long to wait before the given attempt (1 for the first repeat): exponential with full jitter, never under half
 * of the step, so that many workers spread and none spins.
 * @param random a number in [0, 1)
 */
export function delayMs(attempt: number, backoff: Backoff, random: number): number {
  const step = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(step / 2 + (step / 2) * random);
}
