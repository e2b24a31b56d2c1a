/**
 * Errands that were refused, among everything else that was: as people list them, and let them be tried again.
 */
import type { Queryable } from "./database.ts";

/** SQL of the parked errands, in the columns of the list of refusals. */
export const PARKED_ERRANDS = `
  select n.name as entity, n.table_name as "table", 'push' as way, e.row_id as "row", e.crm_id as "crmId",
         e.parked ->> 'code' as code, null as field, e.parked ->> 'detail' as detail,
         (e.parked ->> 'at')::timestamptz as since
    from errands e join entities n on n.id = e.entity_id
   where e.parked is not null`;

/** Lets errands go on with the next cycle: those that were refused, and those that wait for a later moment. */
export async function retryErrands(
  client: Queryable,
  { entity, code, row }: { readonly entity?: string; readonly code?: string; readonly row?: string },
): Promise<number> {
  const { rowCount } = await client.query(
    `update errands e set parked = null, retry_at = null, attempts = 0
       from entities n
      where n.id = e.entity_id and (e.parked is not null or e.retry_at is not null)
        and ($1::text is null or n.name = $1)
        and ($2::text is null or coalesce(e.parked ->> 'code', n.push_trouble ->> 'code') = $2)
        and ($3::bigint is null or e.row_id = $3)`,
    [entity ?? null, code ?? null, row ?? null],
  );
  return rowCount ?? 0;
}
