/**
 * Trying again, within bounds, in sight of the status page.
 */
import type { Backoff } from "../../core/backoff.ts";
import { delayMs } from "../../core/backoff.ts";
import type { SyncError } from "../../core/errors.ts";
import { isTransient } from "../../core/errors.ts";
import type { Wait } from "../../core/ports.ts";
import { throwIfStopped } from "./stopping.ts";
import type { Timing } from "./timing.ts";

export interface RetryPolicy {
  readonly backoff: Backoff;
  /** A longer wait than this is not sat out here: the error goes to the caller, with what was asked for. */
  readonly longestWaitMs: number;
  readonly timing: Timing;
  readonly onWait: (wait: Wait) => void;
}

/**
 * Repeats an attempt while it fails in a way that passes (`throttled`, `unavailable`, `unexpected_answer`). Waits
 * what the other side asked for, and at least the back-off's jittered step, so that a crowd spreads.
 * @throws SyncError the last failure; `stopped` when the signal is aborted before or during a wait
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  policy: RetryPolicy,
  signal: AbortSignal,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    throwIfStopped(signal);
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || failures >= policy.backoff.attempts) throw error;
      const ms = waitMs(error, failures, policy);
      if (ms > policy.longestWaitMs) throw error;
      policy.onWait({ code: waitCode(error), ms, attempt: failures, detail: error.message });
      await policy.timing.sleep(ms, signal);
    }
  }
}

function waitMs(error: SyncError, failures: number, { backoff, timing }: RetryPolicy): number {
  const step = delayMs(failures, backoff, timing.random());
  const asked = error.retryAfterMs ?? 0;
  return asked === 0 ? step : asked + Math.min(step, Math.ceil(asked / 10));
}

function waitCode(error: SyncError): Wait["code"] {
  return error.code === "throttled" || error.code === "unexpected_answer" ? error.code : "unavailable";
}
