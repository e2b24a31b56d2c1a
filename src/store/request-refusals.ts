/**
 * Requests that were refused, among everything else that was: as people list them, and let them be tried again.
 */
import type { Queryable } from "./database.ts";
import { PEOPLE } from "./requests.ts";

/** SQL of the requests that wait for somebody, in the columns of the list of refusals. */
export const WAITING_REQUESTS = `
  select coalesce(r.entity, r.wanted_as, r.candidates -> 0 ->> 'entity') as entity, '${PEOPLE}' as "table", 'push' as way, r.row_id as row,
         null::uuid as "crmId", r.code, r.field, r.detail, r.changed_at as since
    from sync_requests r
   where r.state in ('parked', 'waiting')`;

/** Lets requests go on with the next cycle: those that were refused, and those that wait for a later moment. Matches wait. */
export async function retryRequests(
  client: Queryable,
  { entity, code, row }: { readonly entity?: string; readonly code?: string; readonly row?: string },
): Promise<number> {
  const { rowCount } = await client.query(
    `update sync_requests
        set state = case when state = 'parked' then 'queued' else state end, retry_at = null, attempts = 0
      where (state = 'parked' or (state in ('queued', 'creating', 'qualifying') and retry_at is not null))
        and ($1::text is null or coalesce(entity, wanted_as) = $1)
        and ($2::text is null or code = $2) and ($3::bigint is null or row_id = $3)`,
    [entity ?? null, code ?? null, row ?? null],
  );
  return rowCount ?? 0;
}
