/**
 * Which record is which row, and which of its versions still bring something. Pure.
 */
import type { FeedPhase } from "./change.ts";

/** What is known of a record that has been linked before. */
export interface Link {
  /** Row of the marketing table; null of a record that never had one. */
  readonly rowId: string | null;
  /** Row version last applied. */
  readonly version: string;
  /**
   * - `live`, `deleted`: what its record is in Dynamics. - `tombstone`: marketing deleted the row.
   * - `moved`: its person is another record's by now, and `rowId` that record's row.
   * - `frozen`: the sync filter leaves it out.
   */
  readonly state: "live" | "deleted" | "tombstone" | "moved" | "frozen";
}

/**
 * Which versions of a linked record bring something.
 * - `newer`: the rule. - `same`: also the version already applied, since a backfill reads fields that were not
 * read then. - `any`: a compare pass, which may follow a restore after which versions have jumped back.
 */
export type Accept = "newer" | "same" | "any";

/**
 * What a page may overwrite.
 * @param refill true for the first walk after a backfill: it brings records that changed meanwhile once more, now
 * with the new fields
 */
export function acceptance(phase: FeedPhase, lane: "live" | "backfill", refill: boolean): Accept {
  if (lane === "backfill") return "same";
  if (phase === "compare") return "any";
  return refill ? "same" : "newer";
}

/**
 * A tombstone marks a person that marketing deleted; only what is newer makes them anew. A flagged record that is told
 * again in the same version lives: deletes carry no version, so an old one may have been repeated.
 */
export function brings(version: string, link: Link, accept: Accept): boolean {
  const order = compareVersions(version, link.version);
  if (link.state === "tombstone") return order > 0;
  if (accept === "any") return true;
  return order > 0 || (order === 0 && (accept === "same" || link.state === "deleted"));
}

/** True for a record with a person of its own, flagged or not, whom it may bring along into another's. */
export function hasPerson(link: Link | undefined): boolean {
  if (link === undefined || link.rowId === null) return false;
  return link.state !== "tombstone" && link.state !== "moved";
}

/** Compares two row versions (decimal digits of a 64-bit integer) as numbers. */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
