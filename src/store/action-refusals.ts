/**
 * Actions that were refused, among everything else that was: as people list them, and let them be tried again.
 */
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable } from "./database.ts";
import { PEOPLE } from "./requests.ts";

/** SQL of the actions that wait for somebody, in the columns of the list of refusals. */
export function waitingActions(workspace: Workspace): string {
  return `
  select coalesce(t.crm_type, 'lead') as entity, '${PEOPLE}' as "table", 'push' as way, a.row_id as "row",
         t.crm_id as "crmId", a.code, null as field, a.detail, coalesce(a.tried_at, a.requested_at) as since
    from actions a join ${marketingTable(workspace, PEOPLE)} t on t.id = a.row_id
   where a.state = 'parked'
      or a.state = 'queued' and a.code in ('write_permission_missing', 'permission_missing', 'entity_missing')`;
}

/**
 * Lets actions go on with the next cycle: those that were refused, and those that wait for a later moment. Whoever is not
 * in Dynamics any more is asked for there again.
 */
export async function retryActions(
  client: Queryable,
  workspace: Workspace,
  { entity, code, row }: { readonly entity?: string; readonly code?: string; readonly row?: string },
): Promise<number> {
  const { rows } = await client.query<{ again: number }>(
    `with again as (
       update actions a set state = case a.state when 'parked' then 'queued' else a.state end, retry_at = null,
                            code = null, detail = null, attempts = 0
         from ${marketingTable(workspace, PEOPLE)} t
        where t.id = a.row_id and (a.state = 'parked' or a.state <> 'done' and a.retry_at is not null)
          and ($1::text is null or coalesce(t.crm_type, 'lead') = $1)
          and ($2::text is null or a.code = $2) and ($3::bigint is null or a.row_id = $3)
       returning a.row_id, a.kind, a.origin, (t.crm_id is null or t.crm_deleted) as unlinked
     ), filed as (
       select file_request(row_id, 'lead', null, min(origin)) from again
        where unlinked and kind <> 'delete' group by row_id
     )
     select (select count(*)::int from again) as again, (select count(*) from filed)`,
    [entity ?? null, code ?? null, row ?? null],
  );
  return rows[0]?.again ?? 0;
}
