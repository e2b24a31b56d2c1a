/**
 * How many records travel together. Few in each request end sooner; many need fewer requests.
 */
import type { Prepared } from "./write-command.ts";

/** About so many characters of values in one request; the service takes more, but proxies on the way may not. */
const MOST_CHARACTERS = 4_000_000;

export interface Sizes {
  /** Requests that may be under way at once. */
  readonly among: number;
  /** Records that are not spread over several requests. */
  readonly fewest: number;
  readonly most: number;
}

/** Divides records evenly among the requests that may run at once, within the sizes; in order. */
export function shares(
  ready: readonly Prepared[],
  { among, fewest, most }: Sizes,
): readonly (readonly Prepared[])[] {
  const size = Math.min(most, Math.max(fewest, Math.ceil(ready.length / Math.max(1, among))));
  const all: Prepared[][] = [];
  let share: Prepared[] = [];
  let characters = 0;
  for (const one of ready) {
    const own = one.members.reduce((sum, member) => sum + member.length, 0);
    if (share.length > 0 && (share.length >= size || characters + own > MOST_CHARACTERS)) {
      all.push(share);
      share = [];
      characters = 0;
    }
    share.push(one);
    characters += own;
  }
  return share.length === 0 ? all : [...all, share];
}

/** The first half and the second. */
export function halves<T>(group: readonly T[]): readonly [readonly T[], readonly T[]] {
  const middle = Math.ceil(group.length / 2);
  return [group.slice(0, middle), group.slice(middle)];
}
