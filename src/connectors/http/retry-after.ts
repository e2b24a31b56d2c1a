/**
 * How long the other side asked us to wait.
 */

/**
 * Reads `Retry-After`: seconds, or an HTTP date. A date is measured against the answer's own `Date`, because both
 * come from one clock; ours may be wrong.
 * @returns milliseconds, never negative; undefined when the header is absent or unreadable
 */
export function retryAfterMs(
  value: string | undefined,
  date: string | undefined,
  now: number,
): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+(?:\.\d+)?$/u.test(text)) return Math.ceil(Number(text) * 1000);
  const until = httpDate(text);
  if (until === undefined) return undefined;
  return Math.max(0, until - (httpDate(date) ?? now));
}

const HTTP_DATE = /^[A-Z][a-z]{2,8},? \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/u;

/** Milliseconds since 1970 of an HTTP date; undefined when it is none. */
export function httpDate(text: string | undefined): number | undefined {
  if (text === undefined || !HTTP_DATE.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
