/**
 * Records on their way into the marketing database, outside of a feed: read by id because a write was overtaken, or
 * because somebody asked.
 */
import type { SourceRecord } from "../core/change.ts";
import { planPage } from "../core/plan.ts";
import type { Applied, Lease } from "../core/store-port.ts";
import type { ConnectedEntity } from "./connect.ts";
import type { EngineParts } from "./ports.ts";

/**
 * Merges records as they are now into their rows, in one transaction; no position moves, and nobody is created or
 * deleted: whoever is new or gone comes with the feed.
 * @throws SyncError `fenced`, `database_unreachable`, `table_refused`
 */
export async function takeRecords(
  { store }: Pick<EngineParts, "store">,
  lease: Lease,
  { stored, projections }: ConnectedEntity,
  records: readonly SourceRecord[],
): Promise<Applied> {
  const links = await store.links(
    stored,
    records.map(({ id }) => id),
  );
  const { columns, policies, row } = projections.live;
  const plan = planPage({
    page: { phase: "changes", upserts: records.filter(({ id }) => links.has(id)), deletes: [] },
    links,
    row,
    accept: "same",
  });
  return store.applyRecords(lease, { entity: stored, lane: "live", columns, policies, plan });
}
