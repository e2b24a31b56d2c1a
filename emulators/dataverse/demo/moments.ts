import type { Random } from "./random.ts";

export const DAY = 86_400_000;

const known = new Map<number, string>();
const DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));

/** A calendar day: `"2026-03-01"`. */
export function day(at: number): string {
  // Millions of records share a few thousand days, and writing one out is the slowest step of making a record.
  const number = Math.floor(at / DAY);
  const text = known.get(number) ?? new Date(at).toISOString().slice(0, 10);
  known.set(number, text);
  return text;
}

/** An instant as the Web API writes it: `"2026-03-01T08:00:00Z"`; the service keeps whole seconds. */
export function instant(at: number): string {
  const seconds = Math.floor(at / 1000) - Math.floor(at / DAY) * 86_400;
  const minutes = Math.floor(seconds / 60);
  return `${day(at)}T${DIGITS[Math.floor(minutes / 60)]}:${DIGITS[minutes % 60]}:${DIGITS[seconds % 60]}Z`;
}

/** A moment between two others, in whole seconds. */
export function between(random: Random, from: number, until: number): number {
  const seconds = Math.floor((until - from) / 1000);
  return from + random.whole(0, Math.max(0, seconds)) * 1000;
}
