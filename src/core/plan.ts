/**
 * Decides what a page does to the marketing database. Pure: the same page and the same links give the same plan.
 */
import { UnstorableValue } from "./cell.ts";
import type { Page, SourceRecord } from "./change.ts";
import type { Fate, LifePlan } from "./life-plan.ts";
import { claimsOf, isUneventful, lifeOf } from "./life-plan.ts";
import type { Accept, Link } from "./link.ts";
import { compareVersions } from "./link.ts";
import type { Row } from "./mapping.ts";
import type { Destiny } from "./match.ts";
import { destinyOf } from "./match.ts";
import type { Standing } from "./standing.ts";
import { ORDINARY } from "./standing.ts";

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
  readonly life: LifePlan;
  readonly parked: readonly Parked[];
  /** Records that brought nothing: older or equal versions, repeats, deletes of records never seen. */
  readonly unchanged: number;
}

export interface PlanInput {
  readonly page: Pick<Page, "phase" | "upserts" | "deletes">;
  readonly links: ReadonlyMap<string, Link>;
  readonly row: (record: SourceRecord) => Row;
  readonly accept: Accept;
  /** Whose person a record says it is; its own where this is absent. */
  readonly standing?: (record: SourceRecord) => Standing;
  /** Of the leads that the page's records were made from: those with a row that nobody has taken over. */
  readonly freeLeads?: ReadonlySet<string>;
}

/** Plans one page. Of a record that comes twice the newest version counts; a delete after an upsert wins. */
export function planPage(input: PlanInput): PagePlan {
  const { page, links } = input;
  const gone = new Set(page.deletes);
  const newest = newestOf(page.upserts.filter(({ id }) => !gone.has(id)));
  const { fates, parked } = fatesOf([...newest.values()], input);
  const rows = (destiny: Destiny): Row[] =>
    fates.flatMap(({ destiny: own, row }) => (own === destiny && row !== null ? [row] : []));
  const [creates, updates] = [rows("create"), rows("update")];
  const life = lifeOf(fates);
  const deletes = [...gone].filter((id) => links.get(id)?.state === "live");
  const told = page.upserts.length + gone.size;
  const planned = creates.length + updates.length + life.adopts.length + deletes.length + parked.length;
  return { creates, updates, deletes, life, parked, unchanged: told - planned };
}

/** Where every record goes, and those that could not be kept there. */
function fatesOf(
  records: readonly SourceRecord[],
  { links, row, accept, standing = () => ORDINARY, freeLeads = NOBODY }: PlanInput,
): { readonly fates: readonly Fate[]; readonly parked: readonly Parked[] } {
  const told = records.map((record) => ({ record, standing: standing(record) }));
  const claims = claimsOf(told);
  const parked: Parked[] = [];
  const fates = told.map(({ record, standing: own }): Fate => {
    const { id, version } = record;
    const link = links.get(id);
    const leadIsFree = own.lead !== null && freeLeads.has(own.lead) && claims.get(own.lead) === id;
    const destiny = destinyOf({ version, standing: own }, { link, leadIsFree, accept });
    const kept = WRITTEN.has(destiny) ? keep(record, row) : null;
    if (kept === null || "cells" in kept) return { record, standing: own, link, destiny, row: kept };
    parked.push(kept);
    return { record, standing: own, link, destiny, row: null };
  });
  return { fates, parked };
}

/** Destinies for which a record's values are read. */
const WRITTEN: ReadonlySet<Destiny> = new Set(["create", "update", "adopt", "follow"]);

const NOBODY: ReadonlySet<string> = new Set();

/** True when every change of the plan has come to nothing, so that nothing but the position moves. */
export function isEmpty({ creates, updates, deletes, parked, life }: PagePlan): boolean {
  return creates.length + updates.length + deletes.length + parked.length === 0 && isUneventful(life);
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

function keep(record: SourceRecord, row: PlanInput["row"]): Row | Parked {
  try {
    return row(record);
  } catch (error) {
    if (!(error instanceof UnstorableValue)) throw error;
    return { id: record.id, code: "value_unstorable", field: error.field, detail: error.message };
  }
}
