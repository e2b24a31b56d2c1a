import { guid } from "../support/entity.ts";
import type { World } from "./world.ts";

/** Edits one person's row, as anybody may. */
export async function edit(
  world: Pick<World, "rows">,
  id: number,
  values: Readonly<Record<string, string | null>>,
): Promise<void> {
  const sets = Object.keys(values).map((column) => `"${column}" = v."${column}"`);
  await world.rows(
    `update marketing.people t set ${sets.join(", ")}
       from jsonb_populate_record(null::marketing.people, $2) v where t.crm_id = $1`,
    [guid(id), JSON.stringify(values)],
  );
}

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
