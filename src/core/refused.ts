/**
 * Records that were refused one by one, on either way, as people list, search and take them away.
 */
import { csvText } from "./csv.ts";
import { ERROR_CODES } from "./errors.ts";
import type { ErrorCode, Responsible } from "./errors.ts";

export interface Refused {
  readonly entity: string;
  readonly table: string;
  /** `push`: an edit made in marketing. `pull`: a record of Dynamics. */
  readonly way: "push" | "pull";
  /** Row of the marketing table; null for a record that never came into it. */
  readonly row: string | null;
  readonly crmId: string | null;
  readonly code: ErrorCode;
  /** Column or attribute, where one is to blame. */
  readonly field: string | null;
  readonly detail: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** What is absent does not matter. */
export interface RefusedWish {
  readonly entity?: string | undefined;
  readonly code?: string | undefined;
  readonly way?: Refused["way"] | undefined;
  /** Stands in any column, without regard to case. */
  readonly search?: string | undefined;
}

/** Which of them to try again; what is absent does not matter. */
export interface RetryWish {
  readonly entity?: string;
  readonly code?: string;
  /** Row of the marketing table. */
  readonly row?: string;
}

/** Why records were refused, in words: what is the matter, what to do, and who must do it. */
export interface Cause {
  readonly code: ErrorCode;
  readonly meaning: string;
  readonly remedy: string;
  readonly who: Responsible;
}

/** What the API answers. */
export interface RefusedList {
  readonly errors: readonly Refused[];
  /** One for each code among the errors, in their order. */
  readonly causes: readonly Cause[];
}

export interface RefusalDesk {
  /** All that wait, by entity, oldest first; of each entity and way at most 1,000. */
  refused(): Promise<readonly Refused[]>;
  /** Lets them be tried again with the next cycle. Returns how many. */
  retry(wish: RetryWish): Promise<number>;
}

/** Those that are wished for, in their order. */
export function chosenRefused(
  refused: readonly Refused[],
  { entity, code, way, search = "" }: RefusedWish,
): readonly Refused[] {
  const sought = search.toLowerCase();
  const has = (one: Refused): boolean =>
    COLUMNS.some((column) => one[column]?.toLowerCase().includes(sought) === true);
  return refused.filter(
    (one) =>
      (entity ?? one.entity) === one.entity &&
      (code ?? one.code) === one.code &&
      (way ?? one.way) === one.way &&
      (sought === "" || has(one)),
  );
}

const COLUMNS = ["since", "entity", "way", "table", "row", "crmId", "code", "field", "detail"] as const;

/** Each cause once, in the order it is met. */
export function causesOf(refused: readonly Refused[]): readonly Cause[] {
  return [...new Set(refused.map(({ code }) => code))].map((code) => {
    const { meaning, remedy, who } = ERROR_CODES[code];
    return { code, meaning, remedy, who };
  });
}

/** With a column for what to do; safe to open in a spreadsheet. */
export function refusedCsv(refused: readonly Refused[]): string {
  const rows = refused.map((one) => [
    ...COLUMNS.map((column) => one[column] ?? ""),
    ERROR_CODES[one.code].remedy,
  ]);
  return csvText([[...COLUMNS, "remedy"], ...rows]);
}
