/**
 * Writes the history: what happened to records, in the same transaction as what it tells of.
 */
import type pg from "pg";
import type { Activity } from "../core/activity.ts";
import { cellsWriter } from "../core/row-text.ts";
import type { Lease, StoredEntity } from "../core/store-port.ts";
import { copyRows } from "./copy.ts";
import type { Workspace } from "./database.ts";
import { marketingTable } from "./database.ts";

/** Where activities belong. */
export interface ActivityPlace {
  readonly workspace: Workspace;
  readonly entity: Pick<StoredEntity, "mapping">;
  /** The cycle that did it; null means the one under way, where there is one. */
  readonly cycle: string | null;
}

/** Appends activities in the given order, with one statement, whatever their number. */
export async function recordActivities(
  client: pg.ClientBase,
  { connectionId }: Pick<Lease, "connectionId">,
  { workspace, entity, cycle }: ActivityPlace,
  activities: readonly Activity[],
): Promise<void> {
  if (activities.length === 0) return;
  const { entity: name, table } = entity.mapping;
  const run = cycle ?? (await runningCycle(client, connectionId));
  const line = (activity: Activity): string => {
    const { rowId, crmId, kind, origin, changes, rule, code, detail } = activity;
    const own = [rowId, crmId, kind, origin, JSON.stringify(changes)];
    const place = [String(connectionId), run, name, table];
    return encode([...place, ...own, rule ?? null, code ?? null, detail ?? null]);
  };
  const target = `${marketingTable(workspace, "activities")} (${COLUMNS.join(", ")})`;
  await copyRows(client, { target, rows: activities, line });
}

async function runningCycle(client: pg.ClientBase, connectionId: number): Promise<string | null> {
  const { rows } = await client.query<{ id: string | null }>(
    "select max(id) as id from cycles where connection_id = $1 and outcome = 'running'",
    [connectionId],
  );
  return rows[0]?.id ?? null;
}

const COLUMNS = [
  "connection_id",
  "cycle",
  "entity",
  "table_name",
  "row_id",
  "crm_id",
  "kind",
  "origin",
  "changes",
  "rule",
  "code",
  "detail",
] as const;

const encode = cellsWriter(COLUMNS.map(() => "text"));
