/**
 * What was asked for and has ended goes as the history goes that tells of it.
 */
import type { Forgetting } from "../core/store-port.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable } from "./database.ts";
import { PEOPLE } from "./requests.ts";

/**
 * Removes requests and actions that ended longer ago than wished, each up to so many, and actions that were refused and
 * whose person is no more. Returns how many went.
 *
 * A request stays while its person is of marketing alone: a rule does not ask again for whom somebody asked before.
 */
export async function forgetAsked(
  client: Queryable,
  workspace: Workspace,
  { days, most }: Forgetting,
): Promise<number> {
  const people = marketingTable(workspace, PEOPLE);
  const { rows } = await client.query<{ there: boolean }>("select to_regclass($1) is not null as there", [
    people,
  ]);
  if (rows[0]?.there !== true) return 0;
  const old = "< now() - $2 * interval '1 day'";
  const requests = await client.query(
    `delete from sync_requests where id = any(array(
       select r.id from sync_requests r
        where r.state = 'done' and r.changed_at ${old}
          and not exists (select from ${people} t where t.id = r.row_id and t.crm_id is null)
        order by r.changed_at limit $1))`,
    [most, days],
  );
  const actions = await client.query(
    `delete from actions where id = any(array(
       (select id from actions where state = 'done' and finished_at ${old} order by finished_at limit $1)
       union all
       (select a.id from actions a
         where a.state = 'parked' and a.tried_at ${old}
           and not exists (select from ${people} t where t.id = a.row_id) limit $1)))`,
    [most, days],
  );
  return (requests.rowCount ?? 0) + (actions.rowCount ?? 0);
}
