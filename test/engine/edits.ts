import { guid } from "../support/entity.ts";
import type { World } from "./world.ts";

/** Edits one person's row as anybody may, and leaves the pending change that the database keeps of it. */
export async function edit(
  world: Pick<World, "rows" | "lease">,
  id: number,
  values: Readonly<Record<string, string | null>>,
): Promise<void> {
  for (const [column, value] of Object.entries(values)) {
    await world.rows(EDIT.replaceAll("%", column), [guid(id), value, world.lease.connectionId]);
  }
}

const EDIT = `
  with before as (
    select id, "%"::text as value from marketing.people where crm_id = $1 and "%"::text is distinct from $2::text
  ), edited as (
    update marketing.people t
       set "%" = (jsonb_populate_record(t, jsonb_build_object('%', $2::text)))."%"
     where crm_id = $1
  )
  insert into pending_changes as p (connection_id, table_name, row_id, agreed)
  select $3, 'people', id, jsonb_build_object('%', value) from before
  on conflict (connection_id, table_name, row_id)
  do update set agreed = excluded.agreed || p.agreed, revision = p.revision + 1, parked = null, retry_at = null,
                attempts = 0, changed_at = now()`;

/** A pending change as it is stored. */
export interface StoredPending {
  readonly crm_id: string;
  readonly agreed: Readonly<Record<string, unknown>>;
  readonly sent: Readonly<Record<string, unknown>>;
  readonly attempts: number;
  readonly parked: { readonly code: string; readonly field: string | null; readonly detail: string } | null;
  readonly waits: boolean;
}

/** All pending changes, in the order of ids of Dynamics. */
export async function pendingChanges(world: Pick<World, "rows">): Promise<StoredPending[]> {
  return world.rows<StoredPending>(
    `select t.crm_id, p.agreed, p.sent, p.attempts, p.parked, coalesce(p.retry_at > now(), false) as waits
       from pending_changes p join marketing.people t on t.id = p.row_id order by t.crm_id`,
  );
}

/** What the history tells, in order, of the given kinds. */
export async function told(
  world: Pick<World, "rows">,
  ...kinds: readonly string[]
): Promise<{ readonly kind: string; readonly changes: object; readonly code: string | null }[]> {
  return world.rows("select kind, changes, code from marketing.activities where kind = any($1) order by id", [
    kinds,
  ]);
}

/** Lets the time pass that changes wait for. */
export async function passTime(world: Pick<World, "rows">): Promise<void> {
  await world.rows("update pending_changes set retry_at = now() where retry_at is not null");
}
