/**
 * Decides what a page does to the marketing database. Pure: the same page and the same links give the same plan.
 */
import { UnstorableValue } from "./cell.ts";
import type { FeedPhase, Page, SourceRecord } from "./change.ts";
import type { Row } from "./mapping.ts";

/** What is known of a record that has been linked before. */
export interface Link {
  /** Row of the marketing table. */
  readonly rowId: string;
  /** Row version last applied. */
  readonly version: string;
  readonly state: "live" | "deleted" | "tombstone";
}

/** A record that could not be kept; it waits for a change or a person, and blocks nothing else. */
export interface Parked {
  readonly id: string;
  readonly code: "value_unstorable";
  readonly field: string | null;
  readonly detail: string;
}

export interface PagePlan {
  /** Records never seen before. */
  readonly creates: readonly Row[];
  /** Linked records whose version is newer than what was applied. */
  readonly updates: readonly Row[];
  /** Ids to flag as deleted: linked and not flagged yet. */
  readonly deletes: readonly string[];
  readonly parked: readonly Parked[];
  /** Records that brought nothing: older or equal versions, repeats, deletes of records never seen. */
  readonly unchanged: number;
}

export interface PlanInput {
  readonly page: Pick<Page, "phase" | "upserts" | "deletes">;
  readonly links: ReadonlyMap<string, Link>;
  readonly row: (record: SourceRecord) => Row;
  readonly accept: Accept;
}

/**
 * Which versions of a linked record bring something.
 * - `newer`: the rule. - `same`: also the version already applied, since a backfill reads fields that were not
 * read then. - `any`: a compare pass, which may follow a restore after which versions have jumped back.
 */
export type Accept = "newer" | "same" | "any";

/** Plans one page. Of a record that comes twice the newest version counts; a delete after an upsert wins. */
export function planPage({ page, links, row, accept }: PlanInput): PagePlan {
  const creates: Row[] = [];
  const updates: Row[] = [];
  const parked: Parked[] = [];
  const gone = new Set(page.deletes);
  const newest = newestOf(page.upserts);
  let unchanged = page.upserts.length - newest.size;
  for (const record of newest.values()) {
    const link = links.get(record.id);
    if (gone.has(record.id) || (link !== undefined && !brings(record, link, accept))) {
      unchanged += 1;
      continue;
    }
    const kept = keep(record, row);
    if (!("cells" in kept)) parked.push(kept);
    else if (link === undefined) creates.push(kept);
    else updates.push(kept);
  }
  const deletes = [...gone].filter((id) => links.get(id)?.state === "live");
  unchanged += gone.size - deletes.length;
  return { creates, updates, deletes, parked, unchanged };
}

/** True when every change of the plan has come to nothing, so that nothing but the position moves. */
export function isEmpty(plan: PagePlan): boolean {
  return plan.creates.length + plan.updates.length + plan.deletes.length + plan.parked.length === 0;
}

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

function newestOf(records: readonly SourceRecord[]): ReadonlyMap<string, SourceRecord> {
  const newest = new Map<string, SourceRecord>();
  for (const record of records) {
    const known = newest.get(record.id);
    if (known === undefined || compareVersions(record.version, known.version) >= 0)
      newest.set(record.id, record);
  }
  return newest;
}

/**
 * A tombstone marks a person that marketing deleted on purpose; only lifecycle rules bring it back. A flagged record
 * that is told again in the same version lives: deletes carry no version, so an old one may have been repeated.
 */
function brings(record: SourceRecord, link: Link, accept: Accept): boolean {
  if (link.state === "tombstone") return false;
  if (accept === "any") return true;
  const order = compareVersions(record.version, link.version);
  return order > 0 || (order === 0 && (accept === "same" || link.state === "deleted"));
}

/** Compares two row versions (decimal digits of a 64-bit integer) as numbers. */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

function keep(record: SourceRecord, row: PlanInput["row"]): Row | Parked {
  try {
    return row(record);
  } catch (error) {
    if (!(error instanceof UnstorableValue)) throw error;
    return { id: record.id, code: "value_unstorable", field: error.field, detail: error.message };
  }
}
