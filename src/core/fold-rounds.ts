/**
 * In which order people become one. Pure.
 */

/** One person that becomes another. */
export interface Pair {
  readonly loser: string;
  readonly winner: string;
}

/**
 * Rounds, one after the other, in which everybody may be folded at once: nobody in two pairs of a round. Whoever
 * others still fold into waits for them, so that of a chain the end has everything; of several who fold into one, the
 * first of the list goes first. A circle, which Dynamics does not make, is left out.
 */
export function roundsOf<T extends Pair>(pairs: readonly T[]): readonly (readonly T[])[] {
  const rounds: T[][] = [];
  let left = pairs;
  for (;;) {
    const awaited = new Set(left.map(({ winner }) => winner));
    const taken = new Set<string>();
    const round = left.filter(({ loser, winner }) => {
      if (awaited.has(loser) || taken.has(winner)) return false;
      taken.add(winner);
      return true;
    });
    if (round.length === 0) return rounds;
    rounds.push(round);
    const done = new Set(round);
    left = left.filter((pair) => !done.has(pair));
  }
}
