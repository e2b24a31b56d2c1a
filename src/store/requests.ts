/**
 * Requests that people be in Dynamics: read with the people as they are, noted before a call, settled after it.
 */
import type pg from "pg";
import type { Activity } from "../core/activity.ts";
import type { Backoff } from "../core/backoff.ts";
import { delayMs } from "../core/backoff.ts";
import type { Cell } from "../core/cell.ts";
import type { Column } from "../core/mapping.ts";
import type {
  Creation,
  Owner,
  PersonEntity,
  RequestFate,
  RequestSettlement,
  RequestState,
  RequestWish,
  SyncRequest,
} from "../core/request-port.ts";
import type { Lease, StoredEntity } from "../core/store-port.ts";
import { recordActivities } from "./activities.ts";
import { cellText } from "./cell-text.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable, quoted } from "./database.ts";

/** Everybody who can be synced is in this table. */
export const PEOPLE = "people";

/** What is not possible at the moment is tried again soon at first, then every quarter of an hour. */
const RETRIES: Backoff = { baseMs: 500, maxMs: 900_000, attempts: Infinity };

interface RequestRow {
  readonly id: string;
  readonly row_id: string;
  readonly wanted_as: PersonEntity;
  readonly state: RequestState;
  readonly record_id: string;
  readonly owner_id: string | null;
  readonly owner_entity: Owner["entity"];
  readonly decided: "new" | "with" | null;
  readonly chosen_id: string | null;
  readonly chosen_entity: PersonEntity | null;
  readonly entity: PersonEntity | null;
  readonly sent: Readonly<Record<string, Cell>> | null;
  readonly attempts: number;
  readonly seen: string | null;
  readonly gone: boolean;
  readonly linked: boolean;
  readonly crm_type: PersonEntity | null;
  readonly [now: `now ${number}`]: Cell;
}

/** SQL that is true for a person `t` of whom Dynamics has no record now. */
export const UNLINKED = "(t.crm_id is null or t.crm_deleted)";

/** SQL of a row's fingerprint. */
const SEEN = "md5(t::text)";

/**
 * SQL that is true for requests `r` whose turn it is. What was refused, or waits for a decision, comes again when the
 * row has become another one, and when there is nothing left to decide.
 */
const DUE = `
  (r.state = 'queued' and (r.retry_at is null or r.retry_at <= now())
   or r.state in ('parked', 'waiting')
      and (t.id is null or not ${UNLINKED} or (r.wanted_as is not null and r.seen is distinct from ${SEEN})))`;

/** SQL of what the owner of a request `r` is: a team where that is known to be one. */
const OWNER_ENTITY = `
  case when exists (select from links l join entities e on e.id = l.entity_id
                     where e.connection_id = r.connection_id and e.name = 'team' and l.crm_id = r.owner_id)
       then 'team' else 'systemuser' end`;

const UNDER_WAY = "(r.state in ('creating', 'qualifying') and (r.retry_at is null or r.retry_at <= now()))";

export async function readRequests(
  client: Queryable,
  workspace: Workspace,
  { connectionId }: Pick<Lease, "connectionId">,
  { columns, limit, which }: RequestWish,
): Promise<readonly SyncRequest[]> {
  const now = columns.map(({ name, type }, at) => `${cellText(`t.${quoted(name)}`, type)} as "now ${at}"`);
  const { rows } = await client.query<RequestRow>(
    `select ${[
      "r.id, r.row_id, coalesce(r.wanted_as, 'lead') as wanted_as, r.state, r.crm_id as record_id, r.owner_id",
      `${OWNER_ENTITY} as owner_entity`,
      "r.decided, r.chosen_id, r.chosen_entity, r.entity, r.sent, r.attempts",
      `${SEEN} as seen, t.id is null as gone, not ${UNLINKED} as linked, t.crm_type`,
      ...now,
    ].join(", ")}
       from sync_requests r left join ${marketingTable(workspace, PEOPLE)} t on t.id = r.row_id
      where r.connection_id = $1 and r.state <> 'done' and r.id > $2
        and ${which === "under-way" ? UNDER_WAY : DUE}
      order by r.id limit $3`,
    [connectionId, which === "under-way" ? "0" : which.after, limit],
  );
  return rows.map((row) => requestOf(row, columns));
}

function requestOf(row: RequestRow, columns: readonly Column[]): SyncRequest {
  return {
    id: row.id,
    rowId: row.row_id,
    as: row.wanted_as,
    state: row.state,
    recordId: row.record_id,
    owner: row.owner_id === null ? null : { id: row.owner_id, entity: row.owner_entity },
    decision: decisionOf(row),
    making:
      row.entity === null || row.sent === null
        ? null
        : { entity: row.entity, sent: new Map(Object.entries(row.sent)) },
    attempts: row.attempts,
    seen: row.seen ?? "",
    now: row.gone ? new Map() : new Map(columns.map(({ name }, at) => [name, row[`now ${at}`] ?? null])),
    person: row.gone ? "gone" : row.linked ? { entity: row.crm_type } : "unlinked",
  };
}

function decisionOf({ decided, chosen_id, chosen_entity }: RequestRow): SyncRequest["decision"] {
  if (decided === "new") return "new";
  if (decided === null || chosen_id === null || chosen_entity === null) return null;
  return { id: chosen_id, entity: chosen_entity };
}

/** Notes what is about to be sent, of rows that are as they were read, and for the owner who was named last. */
export async function noteCreating(
  client: Queryable,
  workspace: Workspace,
  { connectionId }: Lease,
  creations: readonly Creation[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ id: string }>(
    `update sync_requests r
        set state = 'creating', entity = c.entity, sent = c.sent, retry_at = null, changed_at = now()
       from json_to_recordset($2) as c(id bigint, entity text, sent jsonb, seen text, owner uuid)
       join ${marketingTable(workspace, PEOPLE)} t on ${SEEN} = c.seen and ${UNLINKED}
      where r.connection_id = $1 and r.id = c.id and t.id = r.row_id
        and r.state in ('queued', 'parked', 'waiting')
        and r.owner_id is not distinct from c.owner
     returning r.id`,
    [
      connectionId,
      JSON.stringify(
        creations.map(({ request, entity, sent }) => ({
          id: request.id,
          entity,
          sent: Object.fromEntries(sent),
          seen: request.seen,
          owner: request.owner?.id ?? null,
        })),
      ),
    ],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Where settlements belong, for the history. */
export interface RequestPlace {
  readonly workspace: Workspace;
  readonly lease: Lease;
  readonly entity: StoredEntity;
  readonly cycle: string;
}

export async function settleRequests(
  client: pg.ClientBase,
  { workspace, lease, entity, cycle }: RequestPlace,
  settlements: readonly RequestSettlement[],
): Promise<void> {
  const { rows: before } = await client.query<{ id: string; code: string | null; detail: string | null }>(
    "select id, code, detail from sync_requests where id = any($1::bigint[]) and state <> 'done' for update",
    [settlements.map(({ request }) => request.id)],
  );
  const known = new Map(before.map((row) => [row.id, row]));
  const open = settlements.filter(({ request }) => known.has(request.id));
  await client.query(
    `update sync_requests r
        set state = s.state, outcome = s.outcome, code = s.code, field = s.field, detail = s.detail,
            candidates = coalesce(s.candidates, r.candidates), attempts = s.attempts, seen = s.seen,
            retry_at = now() + s.retry_ms * interval '1 millisecond', changed_at = now(),
            decided = case when s.state = 'waiting' then null else r.decided end,
            sent = case when s.state = 'creating' then r.sent end
       from json_to_recordset($2)
            as s(id bigint, state text, outcome text, code text, field text, detail text, candidates jsonb,
                 attempts int, seen text, retry_ms float8)
      where r.connection_id = $1 and r.id = s.id`,
    [lease.connectionId, JSON.stringify(open.map(stored))],
  );
  const told = open.flatMap((settlement) => activityOf(settlement, known.get(settlement.request.id)));
  await recordActivities(client, lease, { workspace, entity, cycle }, told);
}

function stored({ request, fate }: RequestSettlement): Readonly<Record<string, unknown>> {
  const { id, seen } = request;
  const attempts = request.attempts + 1;
  switch (fate.kind) {
    case "over":
      return { id, state: "done", outcome: fate.outcome, attempts };
    case "waiting":
      return { id, state: "waiting", ...SEVERAL, candidates: fate.candidates, attempts: 0, seen };
    case "parked": {
      const { code, field, detail } = fate;
      return { id, state: "parked", code, field, detail, attempts, seen };
    }
    case "later": {
      const { state, code, detail, afterMs } = fate;
      const retryMs = Math.max(afterMs, delayMs(attempts, RETRIES, 1));
      return { id, state, code, detail, attempts, retry_ms: retryMs };
    }
  }
}

/** Why a request waits for a person. */
export const SEVERAL = {
  code: "several_matches",
  detail: "More than one record could be this person, or the one that is alike is somebody else's.",
} as const;

/** A refusal is told once, however often it is tried again. */
function activityOf(
  { request, fate }: RequestSettlement,
  before: { readonly code: string | null; readonly detail: string | null } | undefined,
): readonly Activity[] {
  const refusal = refusalIn(fate);
  if (refusal === null || (before?.code === refusal.code && before.detail === refusal.detail)) return [];
  return [
    { rowId: request.rowId, crmId: null, kind: "refused", origin: "marketing", changes: {}, ...refusal },
  ];
}

function refusalIn(fate: RequestFate): { readonly code: string; readonly detail: string } | null {
  if (fate.kind === "waiting") return SEVERAL;
  return fate.kind === "parked" ? { code: fate.code, detail: fate.detail } : null;
}
