/**
 * Makes a failing history smaller: steps are left out as long as it still fails in the same way.
 */
import type { Violation } from "./judge.ts";
import type { History } from "./steps.ts";

export interface Shrunk {
  /** Places of the steps that are left, in the history of the seed. */
  readonly steps: readonly number[];
  readonly violations: readonly Violation[];
  /** How many histories were played for it. */
  readonly plays: number;
}

export interface ShrinkParts {
  readonly play: (history: History) => Promise<readonly Violation[]>;
  /** Histories to play at most. */
  readonly most: number;
}

/** The history with these of its steps only. */
export function withSteps(history: History, places: readonly number[]): History {
  return { ...history, steps: places.flatMap((at) => history.steps[at] ?? []) };
}

/** Leaves out halves, then quarters, down to single steps, until no single step can go. */
export async function shrink(
  history: History,
  violations: readonly Violation[],
  { play, most }: ShrinkParts,
): Promise<Shrunk> {
  const law = violations[0]?.law;
  let steps: readonly number[] = [...history.steps.keys()];
  let found = violations;
  let plays = 0;
  let size = Math.ceil(steps.length / 2);
  while (size >= 1 && plays < most) {
    let removed = false;
    for (let at = 0; at < steps.length && plays < most;) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)];
      plays += 1;
      const still = await play(withSteps(history, fewer));
      if (still.some((one) => one.law === law)) {
        steps = fewer;
        found = still;
        removed = true;
      } else at += size;
    }
    if (size === 1 && !removed) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return { steps, violations: found, plays };
}
