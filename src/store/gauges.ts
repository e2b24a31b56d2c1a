/**
 * What is measured of a workspace beside its status: a few bounded counts.
 */
import type { StoredGauges } from "../core/gauges.ts";
import type { Database } from "./database.ts";
import { readFailureGroups } from "./failure-groups.ts";
import { listWebhooks } from "./webhooks.ts";

/** @throws what the database throws */
export async function readGauges({ pool, workspace }: Database, now: Date): Promise<StoredGauges> {
  const completed = await pool.query<{ id: number; at: Date }>(
    `select k.id, c.ended_at as at
       from connections k cross join lateral
            (select ended_at from cycles where connection_id = k.id and outcome in ('done', 'partial')
              order by id desc limit 1) c`,
  );
  const held = await pool.query<StoredGauges["held"][number]>(
    `select name as entity, 'pull' as way, held_peak as count from entities where followed and held_peak > 0
      union all
     select name, 'push', errands_peak from entities where followed and errands_peak > 0`,
  );
  const notices = await pool.query<StoredGauges["openNotices"][number]>(
    "select kind, count(*)::int as count from notices where closed_at is null group by kind order by kind",
  );
  const webhooks = await listWebhooks(pool);
  const groups = await readFailureGroups(pool, workspace, now.toISOString());
  return {
    completedAt: new Map(completed.rows.map(({ id, at }) => [id, at])),
    parked: groups,
    held: held.rows,
    openNotices: notices.rows,
    webhooks: webhooks.map(({ state }) => state),
    deadLetters: webhooks.reduce((sum, { dead }) => sum + dead, 0),
  };
}
