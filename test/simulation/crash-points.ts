/**
 * Crash points, enumerated: for a few small histories, the process ends at each call of a cycle in turn, and what it had
 * under way is lost, or arrives when somebody else is at work already.
 */
import type { Played } from "./play.ts";
import type { Simulator } from "./simulator.ts";
import type { History, Step } from "./steps.ts";

const CYCLE: Step = { do: "cycle", worker: 0 };
const edit = (who: number, field: number, value: string): Step => ({ do: "edit", who, field, value });
const sell = (kind: "lead" | "contact", who: number, field: number, value: string): Step => ({
  do: "sell",
  kind,
  who,
  field,
  value,
});

/** What has happened before the cycle in which the process ends. */
export const SMALL_HISTORIES: Readonly<Record<string, readonly Step[]>> = {
  "a first copy": [],
  "edits on both sides, some of the same fields": [
    CYCLE,
    edit(0, 0, "m1"),
    edit(1, 1, "m2"),
    edit(4, 0, "m3"),
    sell("contact", 0, 0, "d1"),
    sell("lead", 1, 0, "d2"),
    sell("lead", 2, 2, "d3"),
    { do: "opt", who: 2, field: "always", out: true },
  ],
  "people who are asked for": [
    CYCLE,
    { do: "add", as: "lead", mark: "M-one", mail: true },
    { do: "add", as: "contact", mark: "M-two", mail: false },
    edit(6, 0, "m1"),
  ],
  "a lead that is qualified, records that are merged and deleted": [
    CYCLE,
    edit(3, 0, "m1"),
    edit(0, 1, "m2"),
    { do: "sell-opt", kind: "contact", who: 1, field: "always", out: true },
    { do: "qualify", who: 0 },
    { do: "merge", kind: "contact", who: 0, other: 1 },
    { do: "remove", kind: "lead", who: 1 },
  ],
};

type Left = "lost" | "late";

export interface CrashPoint {
  readonly name: string;
  /** After so many calls of the cycle. */
  readonly calls: number;
  readonly left: Left;
  readonly played: Played;
}

export interface CrashPlan {
  /** Every so many calls; 1 for each. */
  readonly every: number;
}

/** Plays every crash point of a small history, until the cycle is at its end before the crash. */
export async function* crashPoints(
  simulator: Simulator,
  name: string,
  { every }: CrashPlan,
): AsyncGenerator<CrashPoint, void, undefined> {
  for (let calls = 1; ; calls += every) {
    const played = await simulator.play(crashing(name, calls, "lost"));
    yield { name, calls, left: "lost", played };
    if (underWay(played) > 0)
      yield { name, calls, left: "late", played: await simulator.play(crashing(name, calls, "late")) };
    if (hadEnded(played)) return;
  }
}

function crashing(name: string, calls: number, left: Left): History {
  const before = SMALL_HISTORIES[name] ?? [];
  const work: Step = { do: "work", worker: 0, calls, pick: 0, aim: "last", fate: { kind: "ok" } };
  const after: readonly Step[] = [
    { do: "crash", worker: 0, left },
    { ...work, calls: 60 },
    { do: "stray", which: 0 },
  ];
  return {
    seed: 0,
    pageSize: 2,
    overlap: 0,
    pushSize: 2,
    contactsBy: "qualify",
    entities: ["contact", "lead"],
    untracked: [],
    steps: [...before, work, ...after],
  };
}

const CRASH = /^crash .* ends with (\d+) requests under way/u;

function underWay({ trace }: Played): number {
  return Number(trace.map((line) => CRASH.exec(line)?.[1]).find((count) => count !== undefined) ?? 0);
}

/** The cycle was over before the process ended. */
function hadEnded({ trace }: Played): boolean {
  const crash = trace.findIndex((line) => CRASH.test(line));
  const last = trace
    .slice(0, crash)
    .findLast((line) => line.endsWith("begins a cycle") || line.includes(" ends its cycle"));
  return last?.includes(" ends its cycle") === true;
}
