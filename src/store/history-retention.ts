/**
 * The history does not grow for ever: what is older than wished is removed, a bounded piece at a time.
 */
import type { Forgetting, Lease } from "../core/store-port.ts";
import { forgetAsked } from "./asked-retention.ts";
import { forgetBackfills } from "./backfill-store.ts";
import type { Database } from "./database.ts";
import { marketingTable, transaction } from "./database.ts";
import { requireLease } from "./lease.ts";

/**
 * As `CycleStore.forget` promises, with requests, actions and backfills that ended as long ago. Activities are written in
 * the order of their ids: the oldest stand first there, and however large the history is, only `most` of it are looked at.
 */
export function forgetOld(database: Database, lease: Lease, { days, most }: Forgetting): Promise<number> {
  const history = marketingTable(database.workspace, "activities");
  return transaction(database, async (client) => {
    await requireLease(client, lease);
    const { rowCount } = await client.query(
      // As an array, so that each is looked up by its id, whatever the planner knows of the table.
      `delete from ${history}
        where id = any(array(select id from (select id, at from ${history} order by id limit $1) oldest
                              where at < now() - $2 * interval '1 day'))`,
      [most, days],
    );
    const asked = await forgetAsked(client, database.workspace, { days, most });
    return (rowCount ?? 0) + asked + (await forgetBackfills(client, { days, most }));
  });
}
