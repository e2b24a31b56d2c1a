/**
 * Who watches the sync at work. Nothing is decided by it: it never throws, and work goes on as if it were not there.
 */
import type { CycleOutcome } from "./store-port.ts";

/** What a part is about, in words that name no record and no person: `{ entity: "contact", lane: "live" }`. */
export type Facts = Readonly<Record<string, string | number>>;

/** A cycle holds turns, turns hold requests to the outside system and transactions of the database. */
export interface Part {
  readonly name: "cycle" | "turn" | "request" | "transaction";
  readonly facts: Facts;
}

/** Records of one entity that went one way and ended alike. */
export interface Moved {
  readonly entity: string;
  /** `pull`: from Dynamics to marketing. `push`: from marketing to Dynamics. */
  readonly direction: "pull" | "push";
  /** Counts by what became of them; zeros are left out. */
  readonly outcomes: Readonly<Partial<Record<MovedOutcome, number>>>;
}

/** `read` counts records as they came, whatever became of them; `written` those that Dynamics took. */
export type MovedOutcome = "read" | "created" | "updated" | "deleted" | "unchanged" | "written" | "refused";

export interface Observer {
  /** Does a part of the work. Parts begun meanwhile by it are within it, whatever is awaited in between. */
  during<T>(part: Part, work: () => Promise<T>): Promise<T>;
  /** Adds what turned out about the part under way, which holds for the parts that begin within it from now on. */
  note(facts: Facts): void;
  moved(moved: Moved): void;
  /** @param status of the answer; null when none came */
  requested(status: number | null, seconds: number): void;
  /** A wait is entered. @param code `throttled`, `unavailable` or `unexpected_answer` */
  waits(code: string, seconds: number): void;
  /** A cycle has ended, or could not be begun. */
  cycled(outcome: CycleOutcome, seconds: number): void;
}

/** Nobody watches. */
export const UNOBSERVED: Observer = {
  during: (_, work) => work(),
  note: () => undefined,
  moved: () => undefined,
  requested: () => undefined,
  waits: () => undefined,
  cycled: () => undefined,
};
