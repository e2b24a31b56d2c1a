/**
 * Records on their way into the marketing database, outside of a feed: read by id because a write was overtaken, or
 * because somebody asked.
 */
import type { SourceRecord } from "../core/change.ts";
import type { Applied, Lease } from "../core/store-port.ts";
import type { ConnectedEntity } from "./connect.ts";
import { planRecords } from "./page-plan.ts";
import type { EngineParts } from "./ports.ts";

/**
 * Merges records as they are now into their rows, in one transaction; no position moves, and nobody is created or
 * deleted: whoever is new or gone comes with the feed.
 * @throws SyncError `fenced`, `database_unreachable`, `table_refused`
 */
export async function takeRecords(
  { store }: Pick<EngineParts, "store">,
  lease: Lease,
  entity: ConnectedEntity,
  records: readonly SourceRecord[],
): Promise<Applied> {
  const { stored, projections, terms } = entity;
  const plan = await planRecords(store, entity, {
    page: { phase: "changes", upserts: records, deletes: [] },
    lane: "by-id",
    accept: "same",
  });
  const { columns, policies } = projections.live;
  const { exit: filterExit } = terms.filter;
  return store.applyRecords(lease, { entity: stored, lane: "live", columns, policies, plan, filterExit });
}
