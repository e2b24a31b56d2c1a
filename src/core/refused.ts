/**
 * Records that were refused one by one, on either way, as people list, search and take them away.
 */
import { csvText } from "./csv.ts";
import { ERROR_CODES } from "./errors.ts";
import type { ErrorCode } from "./errors.ts";

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

export interface RefusalDesk {
  /** All that wait, by entity, oldest first; of each entity and way at most 1,000. */
  refused(): Promise<readonly Refused[]>;
  /** Lets them be tried again with the next cycle. Returns how many. */
  retry(wish: RetryWish): Promise<number>;
}

/** Those that are wished for, in their order. */
export function chosenRefused(
  refused: readonly Refused[],
  { entity, code, search = "" }: RefusedWish,
): readonly Refused[] {
  const sought = search.toLowerCase();
  const has = (one: Refused): boolean =>
    COLUMNS.some((column) => one[column]?.toLowerCase().includes(sought) === true);
  return refused.filter(
    (one) =>
      (entity ?? one.entity) === one.entity && (code ?? one.code) === one.code && (sought === "" || has(one)),
  );
}

const COLUMNS = ["since", "entity", "way", "table", "row", "crmId", "code", "field", "detail"] as const;

/** With a column for what to do; safe to open in a spreadsheet. */
export function refusedCsv(refused: readonly Refused[]): string {
  const rows = refused.map((one) => [
    ...COLUMNS.map((column) => one[column] ?? ""),
    ERROR_CODES[one.code].remedy,
  ]);
  return csvText([[...COLUMNS, "remedy"], ...rows]);
}
