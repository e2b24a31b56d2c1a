/**
 * A history as data: what each actor does, one step after the other. Everything that chance decides is decided here, so
 * that a step means the same when the steps around it are left out.
 */
import { seededChance } from "../e2e/chance.ts";
import type { Fate } from "./scheduler.ts";

export type Kind = "lead" | "contact";

/**
 * Which call a fate is for: the last one that is granted, or the next one that asks something of Dynamics, or that writes
 * what was decided.
 */
export type Aim = "last" | "command" | "effect";

/** Who and what a step is about is a number: that of whoever stands at that place when it comes to it. */
export type Step =
  /** A worker's calls are granted, the last one with a fate. One that is idle begins a cycle. */
  | {
      readonly do: "work";
      readonly worker: number;
      readonly calls: number;
      /** Which of the calls that wait is granted: 0 the oldest, up to 1 the newest. */
      readonly pick: number;
      readonly aim: Aim;
      readonly fate: Fate;
    }
  /** A worker runs, undisturbed, until its cycle is at an end. */
  | { readonly do: "cycle"; readonly worker: number }
  /** A worker's process ends. Its requests arrive before anything else, later or never. */
  | { readonly do: "crash"; readonly worker: number; readonly left: "arrives" | "late" | "lost" }
  /** A request that nobody waits for any more arrives. */
  | { readonly do: "stray"; readonly which: number }
  | { readonly do: "wait"; readonly seconds: number }
  /** Marketing. */
  | { readonly do: "edit"; readonly who: number; readonly field: number; readonly value: string | null }
  | { readonly do: "opt"; readonly who: number; readonly field: "always" | "either"; readonly out: boolean }
  | { readonly do: "add"; readonly as: Kind | null; readonly mark: string; readonly mail: boolean }
  | { readonly do: "ask"; readonly who: number; readonly as: Kind }
  | { readonly do: "delete-row"; readonly who: number }
  /** Sellers. */
  | {
      readonly do: "sell";
      readonly kind: Kind;
      readonly who: number;
      readonly field: number;
      readonly value: string | null;
    }
  | {
      readonly do: "sell-opt";
      readonly kind: Kind;
      readonly who: number;
      readonly field: "always" | "either";
      readonly out: boolean;
    }
  | { readonly do: "create"; readonly kind: Kind; readonly mark: string }
  | { readonly do: "remove"; readonly kind: Kind; readonly who: number }
  | { readonly do: "re-create"; readonly who: number }
  | { readonly do: "qualify"; readonly who: number }
  | { readonly do: "merge"; readonly kind: Kind; readonly who: number; readonly other: number }
  | { readonly do: "assign"; readonly kind: Kind; readonly who: number }
  /** An admin. */
  | { readonly do: "switch"; readonly kind: Kind; readonly field: number; readonly on: boolean }
  | { readonly do: "policy"; readonly kind: Kind; readonly winner: "dynamics" | "marketing" }
  | {
      readonly do: "permit";
      readonly kind: Kind;
      readonly privilege: "Read" | "Write" | "Create";
      readonly given: boolean;
    };

export interface History {
  readonly seed: number;
  /** Records a page. */
  readonly pageSize: number;
  /** Each page begins again so many rows before the last one ended. */
  readonly overlap: number;
  /** Edits that one turn of a push takes, at most. */
  readonly pushSize: number;
  readonly contactsBy: "direct" | "qualify";
  /** Leads are read before contacts, or after them. */
  readonly entities: readonly Kind[];
  /** Entities without change tracking. */
  readonly untracked: readonly Kind[];
  readonly steps: readonly Step[];
}

type Chance = () => number;

function below(chance: Chance, end: number): number {
  return Math.floor(chance() * end);
}

function oneOf<T>(chance: Chance, choices: readonly T[]): T {
  const chosen = choices[below(chance, choices.length)];
  if (chosen === undefined) throw new Error("nothing to choose from");
  return chosen;
}

/** The history of a seed. */
export function historyOf(seed: number): History {
  const chance = seededChance(seed);
  for (let warm = 0; warm < 8; warm += 1) chance();
  const way = {
    pageSize: oneOf(chance, [2, 3, 50]),
    overlap: oneOf(chance, [0, 0, 1]),
    pushSize: oneOf(chance, [1, 2, 50]),
    contactsBy: oneOf(chance, ["direct", "qualify"] as const),
    entities: oneOf<readonly Kind[]>(chance, [
      ["contact", "lead"],
      ["lead", "contact"],
    ]),
    untracked: oneOf<readonly Kind[]>(chance, [[], [], [], ["lead"], ["contact"]]),
  };
  const length = 20 + below(chance, 41);
  const first: readonly Step[] = chance() < 0.6 ? [{ do: "cycle", worker: 0 }] : [];
  const steps = Array.from({ length }, (_, at) => stepOf(chance, `v${at}`));
  return { seed, ...way, steps: [...first, ...steps] };
}

type Maker = (chance: Chance, tag: string) => Step;

const who = (chance: Chance): number => below(chance, 12);
const kind = (chance: Chance): Kind => oneOf(chance, ["lead", "contact"]);
const value = (chance: Chance, tag: string): string | null => (chance() < 0.1 ? null : tag);
const field = (chance: Chance): number => below(chance, 3);
const optField = (chance: Chance): "always" | "either" => oneOf(chance, ["always", "either"]);

const FATES: readonly Fate["kind"][] = [
  "lost-before",
  "lost-after",
  "lost-after",
  "late",
  "repeated",
  "throttled",
  "unavailable",
  "expired",
  "garbled",
  "dies",
];

function fate(chance: Chance): Fate {
  if (chance() < 0.45) return { kind: "ok" };
  const chosen = oneOf(chance, FATES);
  return chosen === "dies" ? { kind: chosen, at: 1 + below(chance, 14) } : { kind: chosen };
}

const MAKERS: readonly (readonly [weight: number, maker: Maker])[] = [
  [
    34,
    (chance) => ({
      do: "work",
      worker: chance() < 0.85 ? 0 : 1,
      calls: 1 + below(chance, chance() < 0.3 ? 60 : 12),
      pick: chance() < 0.7 ? 0 : chance(),
      aim: oneOf(chance, ["last", "command", "effect"]),
      fate: fate(chance),
    }),
  ],
  [7, (chance) => ({ do: "cycle", worker: chance() < 0.85 ? 0 : 1 })],
  [
    4,
    (chance) => ({
      do: "crash",
      worker: chance() < 0.8 ? 0 : 1,
      left: oneOf(chance, ["arrives", "late", "lost"]),
    }),
  ],
  [3, (chance) => ({ do: "stray", which: below(chance, 4) })],
  [3, (chance) => ({ do: "wait", seconds: oneOf(chance, [1, 60, 4_000, 700_000]) })],
  [
    13,
    (chance, tag) => ({
      do: "edit",
      who: who(chance),
      field: field(chance),
      value: value(chance, `m-${tag}`),
    }),
  ],
  [4, (chance) => ({ do: "opt", who: who(chance), field: optField(chance), out: chance() < 0.7 })],
  [
    4,
    (chance, tag) => ({
      do: "add",
      as: chance() < 0.85 ? kind(chance) : null,
      mark: `M-${tag}`,
      mail: chance() < 0.6,
    }),
  ],
  [2, (chance) => ({ do: "ask", who: who(chance), as: kind(chance) })],
  [1.5, (chance) => ({ do: "delete-row", who: who(chance) })],
  [
    13,
    (chance, tag) => ({
      do: "sell",
      kind: kind(chance),
      who: who(chance),
      field: field(chance),
      value: value(chance, `d-${tag}`),
    }),
  ],
  [
    4,
    (chance) => ({
      do: "sell-opt",
      kind: kind(chance),
      who: who(chance),
      field: optField(chance),
      out: chance() < 0.7,
    }),
  ],
  [2, (chance, tag) => ({ do: "create", kind: kind(chance), mark: `D-${tag}` })],
  [1.5, (chance) => ({ do: "remove", kind: kind(chance), who: who(chance) })],
  [1.5, (chance) => ({ do: "re-create", who: who(chance) })],
  [2, (chance) => ({ do: "qualify", who: who(chance) })],
  [2, (chance) => ({ do: "merge", kind: kind(chance), who: who(chance), other: who(chance) })],
  [1, (chance) => ({ do: "assign", kind: kind(chance), who: who(chance) })],
  [1, (chance) => ({ do: "switch", kind: kind(chance), field: field(chance), on: chance() < 0.5 })],
  [1, (chance) => ({ do: "policy", kind: kind(chance), winner: oneOf(chance, ["dynamics", "marketing"]) })],
  [
    1.5,
    (chance) => ({
      do: "permit",
      kind: kind(chance),
      privilege: oneOf(chance, ["Read", "Write", "Create"]),
      given: chance() < 0.5,
    }),
  ],
];

const WHOLE = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

function stepOf(chance: Chance, tag: string): Step {
  let left = chance() * WHOLE;
  for (const [weight, maker] of MAKERS) {
    left -= weight;
    if (left < 0) return maker(chance, tag);
  }
  return { do: "wait", seconds: 1 };
}
