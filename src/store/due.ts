/**
 * Pending changes whose turn it is to travel to Dynamics.
 */
import type { Cell } from "../core/cell.ts";
import type { Column } from "../core/mapping.ts";
import type { DueChange, DuePage, DuePlace, DueWish } from "../core/push-port.ts";
import type { Lease, StoredEntity } from "../core/store-port.ts";
import { cellText } from "./cell-text.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable, quoted } from "./database.ts";
import { isSettled } from "./moves.ts";
import { REVISION } from "./revision.ts";
import { ofKind } from "./row-place.ts";

interface DueRow {
  readonly row_id: string;
  readonly crm_id: string;
  readonly version: string;
  readonly revision: string;
  readonly agreed: Readonly<Record<string, Cell>>;
  readonly sent: Readonly<Record<string, Cell>>;
  readonly since: string;
  readonly until: string;
  readonly [now: `now ${number}`]: Cell;
}

/**
 * Reads them with one statement, so that values and revision belong together. A round ends with what had been edited
 * when it began: a stream of edits cannot keep it going, and what did not go through comes again with the next round.
 */
export async function readDue(
  client: Queryable,
  workspace: Workspace,
  { connectionId }: Pick<Lease, "connectionId">,
  { entity, wish }: { readonly entity: StoredEntity; readonly wish: DueWish },
): Promise<DuePage> {
  const { columns, limit, from } = wish;
  const names = columns.map(({ name }) => name);
  const now = columns.map(({ name, type }, at) => `${cellText(`t.${quoted(name)}`, type)} as "now ${at}"`);
  const { filter, values } = placed(from);
  const { rows } = await client.query<DueRow>(
    `select ${["p.row_id", "t.crm_id", "l.version", `${REVISION} as revision`, "p.agreed", "p.sent", ...now].join(", ")},
            p.since::text as since, ${from === null ? "now()::text" : "''"} as until
       from pending_changes p
       join ${marketingTable(workspace, entity.mapping.table)} t on t.id = p.row_id
       join links l on l.entity_id = $3 and l.crm_id = t.crm_id and l.state = 'l'
      where p.connection_id = $1 and p.table_name = $2
        and (p.parked is null or p.retry_at is not null) and (p.retry_at is null or p.retry_at <= now())
        and (p.agreed ?| $4 or p.sent ?| $4) and not t.crm_deleted and ${ofKind(entity)} and ${isSettled("$1")} and ${filter}
      order by p.since, p.row_id
      limit $5`,
    [connectionId, entity.mapping.table, entity.id, names, limit, ...values],
  );
  const changes = rows.map((row) => dueChange(row, columns));
  return { changes, next: rows.length < limit ? null : placeAfter(rows.at(-1), from) };
}

function placed(from: DueWish["from"]): { readonly filter: string; readonly values: readonly unknown[] } {
  if (from === null) return { filter: "p.since <= now()", values: [] };
  if ("rowIds" in from) return { filter: "p.row_id = any($6::bigint[])", values: [from.rowIds] };
  const filter = "p.since <= $6::timestamptz and (p.since, p.row_id) > ($7::timestamptz, $8::bigint)";
  return { filter, values: [from.until, from.since, from.rowId] };
}

function placeAfter(last: DueRow | undefined, from: DueWish["from"]): DuePlace | null {
  if (last === undefined || (from !== null && "rowIds" in from)) return null;
  return { until: from?.until ?? last.until, since: last.since, rowId: last.row_id };
}

function dueChange(row: DueRow, columns: readonly Column[]): DueChange {
  const wanted = new Set(columns.map(({ name }) => name));
  const of = (cells: Readonly<Record<string, Cell>>): ReadonlyMap<string, Cell> =>
    new Map(Object.entries(cells).filter(([name]) => wanted.has(name)));
  return {
    rowId: row.row_id,
    crmId: row.crm_id,
    version: row.version,
    revision: row.revision,
    agreed: of(row.agreed),
    sent: of(row.sent),
    now: new Map(columns.map(({ name }, at) => [name, row[`now ${at}`] ?? null])),
  };
}
