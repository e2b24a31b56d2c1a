import type { Random } from "./random.ts";

export const DAY = 86_400_000;

/** An instant as the Web API writes it: `"2026-03-01T08:00:00Z"`; the service keeps whole seconds. */
export function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** A calendar day: `"2026-03-01"`. */
export function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** A moment between two others, in whole seconds. */
export function between(random: Random, from: number, until: number): number {
  const seconds = Math.floor((until - from) / 1000);
  return from + random.whole(0, Math.max(0, seconds)) * 1000;
}
