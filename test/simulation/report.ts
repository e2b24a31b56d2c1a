/**
 * Plays histories, counts what happened in them, and tells of the ones that went wrong.
 */
import type { Violation } from "./judge.ts";
import type { Played } from "./play.ts";
import type { FateKind } from "./scheduler.ts";
import { shrink, withSteps } from "./shrink.ts";
import type { Simulator } from "./simulator.ts";
import type { History } from "./steps.ts";
import { historyOf } from "./steps.ts";

export interface Tally {
  histories: number;
  steps: number;
  calls: number;
  crashes: number;
  readonly faults: Map<FateKind, number>;
  readonly failed: number[];
}

export function emptyTally(): Tally {
  return { histories: 0, steps: 0, calls: 0, crashes: 0, faults: new Map(), failed: [] };
}

export function addTo(tally: Tally, seed: number, { counts, violations }: Played): void {
  tally.histories += 1;
  tally.steps += counts.steps;
  tally.calls += counts.calls;
  tally.crashes += counts.crashes;
  for (const [kind, count] of counts.faults) tally.faults.set(kind, (tally.faults.get(kind) ?? 0) + count);
  if (violations.length > 0) tally.failed.push(seed);
}

export function tallyInWords({ histories, steps, calls, crashes, faults, failed }: Tally): string {
  const kinds = [...faults].toSorted(([, one], [, other]) => other - one);
  return [
    `${histories} histories, ${steps} steps, ${calls} calls, ${crashes} crashes`,
    `faults: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(", ") || "none"}`,
    failed.length === 0 ? "no violation" : `violations with seeds ${failed.join(", ")}`,
  ].join("\n");
}

/** Histories to play at most to make one smaller. */
const MOST_PLAYS = 200;

/** Makes the history smaller, and tells the story of the person it is about. */
export async function explain(
  simulator: Simulator,
  history: History,
  first: readonly Violation[],
): Promise<string> {
  const play = async (one: History): Promise<readonly Violation[]> => (await simulator.play(one)).violations;
  const { steps, violations } = await shrink(history, first, { play, most: MOST_PLAYS });
  const smaller = withSteps(history, steps);
  const about = violations.find((one) => one.about !== null)?.about ?? undefined;
  const { story } = await simulator.play(smaller, about);
  return [
    ...violations.map(inWords),
    `with ${steps.length} of ${history.steps.length} steps:`,
    ...smaller.steps.map((step) => `  ${JSON.stringify(step)}`),
    ...(about === undefined ? [] : [`the story of ${about}:`, ...story.map((line) => `  ${line}`)]),
    "again:",
    `  npm run simulate -- --seed ${history.seed} --steps ${steps.join(",")}`,
  ].join("\n");
}

export function inWords({ law, about, text }: Violation): string {
  return `promise ${law}${about === null ? "" : `, ${about}`}: ${text}`;
}

/** The history of a seed, or of some of its steps. */
export function chosenHistory(seed: number, steps?: readonly number[]): History {
  const history = historyOf(seed);
  return steps === undefined ? history : withSteps(history, steps);
}
