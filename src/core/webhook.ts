/**
 * What a webhook is told, and what becomes of a delivery that failed.
 */
import type { Backoff } from "./backoff.ts";
import { delayMs } from "./backoff.ts";
import type { FieldChange } from "./activity.ts";
import type { TandemEvent } from "./event.ts";

/** An event on its way: the same id and the same bytes each time it is tried. */
export interface Delivery {
  readonly id: string;
  readonly type: string;
  /** JSON. */
  readonly body: string;
}

/** Standard Webhooks recommends less than 20 kB; texts that people wrote may be longer, but not without bound. */
export const BODY_LIMIT = 64 * 1024;

/**
 * The event as Standard Webhooks recommends payloads: `type`, `timestamp`, `data`. Where the changes are longer than
 * the limit, the longest are left out and named in `omitted`: whoever needs them asks the API.
 */
export function deliveryOf({ id, type, at, ...event }: TandemEvent, limit = BODY_LIMIT): Delivery {
  const bodyWith = (changes: readonly Change[], omitted: readonly string[]): string =>
    JSON.stringify({
      type,
      timestamp: at,
      data: {
        id,
        ...event,
        changes: Object.fromEntries(changes),
        ...(omitted.length > 0 ? { omitted } : {}),
      },
    });
  const shortestFirst = Object.entries(event.changes).toSorted((a, b) => size(a) - size(b));
  const omitted: string[] = [];
  let body = bodyWith(shortestFirst, omitted);
  while (body.length > limit) {
    const longest = shortestFirst.pop();
    if (longest === undefined) break;
    omitted.push(longest[0]);
    body = bodyWith(shortestFirst, omitted);
  }
  return { id, type, body };
}

type Change = readonly [column: string, change: FieldChange];

function size(change: Change): number {
  return JSON.stringify(change).length;
}

/** What came of sending once. */
export type Answer =
  | { readonly kind: "delivered"; readonly status: number }
  /** 410: there is nobody any more. */
  | { readonly kind: "gone"; readonly status: number }
  | {
      readonly kind: "failed";
      /** Null when no answer came. */
      readonly status: number | null;
      readonly detail: string;
      /** Milliseconds that the receiver asked for. */
      readonly retryAfterMs?: number;
    };

/** How often a delivery is tried, and for how long. */
export interface DeliveryTimes {
  /** Its attempts are the fewest before a delivery is given up. */
  readonly backoff: Backoff;
  /** Milliseconds for which it is tried at least. */
  readonly patienceMs: number;
}

/** Begins after seconds and slows down to hours, for a day: whoever mends a receiver in that time misses nothing. */
export const DELIVERY_TIMES: DeliveryTimes = {
  backoff: { baseMs: 5_000, maxMs: 4 * 3_600_000, attempts: 10 },
  patienceMs: 24 * 3_600_000,
};

/** Of one delivery, with the failure that just happened. */
export interface Failing {
  readonly attempts: number;
  /** Milliseconds since the first failure. */
  readonly sinceMs: number;
  readonly retryAfterMs: number;
}

/** Milliseconds until it is tried again; null when it is given up. */
export function retryIn(
  { attempts, sinceMs, retryAfterMs }: Failing,
  times: DeliveryTimes,
  random: number,
): number | null {
  const { backoff, patienceMs } = times;
  if (attempts >= backoff.attempts && sinceMs >= patienceMs) return null;
  return Math.max(delayMs(attempts, backoff, random), Math.min(retryAfterMs, backoff.maxMs));
}
