/**
 * Plans records on their way in: asks the store what is known of them, and decides.
 */
import type { Page, SourceRecord } from "../core/change.ts";
import type { Accept, Link } from "../core/link.ts";
import { hasPerson } from "../core/link.ts";
import type { Projection } from "../core/mapping.ts";
import type { PagePlan } from "../core/plan.ts";
import { planPage } from "../core/plan.ts";
import type { PassStore } from "../core/store-port.ts";
import type { ConnectedEntity } from "./connect.ts";

export interface Incoming {
  readonly page: Pick<Page, "phase" | "upserts" | "deletes">;
  /**
   * How the records came. Only the feed (`live`) makes and ends people; a `backfill`, and what was read `by-id`, are
   * about records that are known.
   */
  readonly lane: "live" | "backfill" | "by-id";
  readonly accept: Accept;
}

/** @throws SyncError `database_unreachable` */
export async function planRecords(
  store: Pick<PassStore, "links" | "freeLeads">,
  { stored, projections }: Pick<ConnectedEntity, "stored" | "projections">,
  { page, lane, accept }: Incoming,
): Promise<PagePlan> {
  const { row, standing } = projections[lane === "backfill" ? "backfill" : "live"];
  const ids = page.upserts.map(({ id }) => id);
  const links = await store.links(stored, [...ids, ...page.deletes]);
  const upserts = lane === "live" ? page.upserts : page.upserts.filter(isKnown(links, standing, lane));
  const deletes = lane === "live" ? page.deletes : [];
  const leads = upserts.flatMap((record) => {
    const { lead } = standing(record);
    return lead === null || hasPerson(links.get(record.id)) ? [] : [lead];
  });
  const freeLeads = leads.length === 0 ? NOBODY : await store.freeLeads(stored, leads);
  return planPage({ page: { ...page, upserts, deletes }, links, row, accept, standing, freeLeads });
}

const NOBODY: ReadonlySet<string> = new Set();

/** Whether a record is known, so that others than the feed may write it. What a backfill leaves out the feed tells. */
function isKnown(
  links: ReadonlyMap<string, Link>,
  standing: Projection["standing"],
  lane: Incoming["lane"],
): (record: SourceRecord) => boolean {
  return (record) => {
    const link = links.get(record.id);
    if (lane === "by-id") return hasPerson(link);
    return (link?.state === "live" || link?.state === "moved") && !standing(record).excluded;
  };
}
