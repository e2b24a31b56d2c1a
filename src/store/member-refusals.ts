/**
 * People whom Dynamics would not have in a campaign, among everything else that was refused: as people list them, and let
 * them be tried again.
 */
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable } from "./database.ts";

/** SQL of the refused members, in the columns of the list of refusals. */
export function refusedMembers(workspace: Workspace): string {
  return `
    select 'campaign' as entity, 'people' as "table", 'push' as way, m.person_id as "row", null as "crmId", m.code,
           null as field, format('Campaign %s: %s', m.campaign_id, m.detail) as detail, m.changed_at as since
      from ${marketingTable(workspace, "campaign_members")} m
     where m.state = 'refused'`;
}

/** Lets wishes go on with the next cycle: those that were refused, and those that wait for a later moment. */
export async function retryMembers(
  client: Queryable,
  workspace: Workspace,
  { entity, code, row }: { readonly entity?: string; readonly code?: string; readonly row?: string },
): Promise<number> {
  if (entity !== undefined && entity !== "campaign") return 0;
  const { rowCount } = await client.query(
    `update ${marketingTable(workspace, "campaign_members")} m
        set state = case m.state when 'refused' then 'asked-to-' || m.wish else m.state end, code = null, detail = null,
            retry_at = null, attempts = 0, revision = m.revision + 1, changed_at = now()
      where (m.state = 'refused' or (m.retry_at is not null and m.state in ('asked-to-add', 'asked-to-remove')))
        and ($1::text is null or m.code = $1) and ($2::bigint is null or m.person_id = $2)`,
    [code ?? null, row ?? null],
  );
  return rowCount ?? 0;
}
