/**
 * Fair turns: entities take a page each. Whatever follows changes goes first; whole reads (snapshots, compare passes,
 * backfills) share the rest, and give way again as soon as changes are due.
 */
import type { Clock, CycleSettings } from "./ports.ts";

/** Something that takes turns, a page each. */
export interface TurnTaker {
  /** True while everything is read, not only changes. */
  readonly whole: boolean;
  /** Lets go of what it holds; a later turn opens it again. */
  close(): Promise<void>;
}

/** `again`: more to come. `end`: nothing left for now. `drop`: takes no further part in this cycle. */
export type Turn = "again" | "end" | "drop";

export interface TurnRules<T extends TurnTaker> {
  readonly settings: Pick<CycleSettings, "livePollMs" | "wholeReads">;
  readonly clock: Clock;
  /** Takes one turn. Throws only what must end the cycle for everyone. */
  readonly turn: (taker: T) => Promise<Turn>;
}

/**
 * Lets everyone take turns until nobody has anything left. At most `wholeReads` whole reads are under way at once,
 * in the given order. A whole read that ends joins those that follow changes, and one that loses its history in
 * mid-walk becomes a whole read.
 */
export async function takeTurns<T extends TurnTaker>(
  takers: readonly T[],
  { settings, clock, turn }: TurnRules<T>,
): Promise<void> {
  const open = new Set(takers);
  const atEnd = new Set<T>();
  let readAt = clock.now();
  for (;;) {
    const waiting = [...open].filter((taker) => !atEnd.has(taker));
    const following = waiting.filter((taker) => !taker.whole);
    const whole = waiting.filter((taker) => taker.whole).slice(0, settings.wholeReads);
    const round = following.length > 0 ? following : whole;
    if (round.length === 0) return;
    for (const taker of round) {
      const result = await turn(taker);
      if (result === "drop") open.delete(taker);
      if (result === "end") atEnd.add(taker);
    }
    // Asked after whole reads had a turn, so that changes that take long to read never shut them out.
    if (round === following || clock.now() - readAt < settings.livePollMs) continue;
    atEnd.clear();
    readAt = clock.now();
  }
}
