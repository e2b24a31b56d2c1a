/**
 * Actions where they are stored: read with the people as they are, noted before a call, settled after it, behind the
 * engine's port.
 */
import type pg from "pg";
import { actionActivities } from "../core/action-fate.ts";
import type {
  ActionSending,
  ActionSettlement,
  ActionStore,
  ActionsWish,
  NamedOwner,
  PersonAction,
  SentTask,
  TaskAction,
  TaskWish,
} from "../core/action-port.ts";
import type { Backoff } from "../core/backoff.ts";
import { delayMs } from "../core/backoff.ts";
import type { WaitingDeletes } from "../core/errand-port.ts";
import { heldPeak } from "../core/guard.ts";
import type { Settled } from "../core/push-port.ts";
import type { Owner, PersonEntity } from "../core/request-port.ts";
import type { Lease, StoredEntity } from "../core/store-port.ts";
import { recordActivities } from "./activities.ts";
import type { Database, Queryable, Workspace } from "./database.ts";
import { asSyncError, marketingTable, quoted, transaction } from "./database.ts";
import { requireLease } from "./lease.ts";
import { tableRefused } from "./refusal.ts";
import { PEOPLE, UNLINKED } from "./requests.ts";

/** What is not possible at the moment is tried again soon at first, then every quarter of an hour. */
const RETRIES: Backoff = { baseMs: 500, maxMs: 900_000, attempts: Infinity };

/** Opens it on a database that has been migrated. */
export function openActionStore(database: Database): ActionStore {
  const { workspace, pool } = database;
  const leased = <T>(lease: Lease, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    transaction(database, async (client) => {
      await requireLease(client, lease);
      return work(client);
    });
  return {
    async dueActions(lease, wish) {
      try {
        return await readDue(pool, workspace, lease, wish);
      } catch (error) {
        throw tableRefused(asSyncError(error), workspace, { table: PEOPLE, columns: [] });
      }
    },
    waitingDeleteActions: (lease, entity, allowed) =>
      leased(lease, (client) => waitingDeletes(client, workspace, { entity, allowed })),
    noteActions: (lease, sendings) => leased(lease, (client) => noteActions(client, sendings)),
    settleActions: (lease, entity, { settlements, cycle }) =>
      leased(lease, (client) => settleActions(client, { workspace, lease, entity, cycle }, settlements)),
  };
}

interface ActionRow {
  readonly id: string;
  readonly row_id: string;
  readonly kind: PersonAction["kind"];
  readonly state: "queued" | "sent";
  readonly wish: Partial<TaskWish> & { readonly owner?: string | null };
  readonly owner_kind: Owner["entity"] | null;
  readonly sent: SentTask | null;
  readonly task_id: string;
  readonly attempts: number;
  readonly gone: boolean;
  readonly linked: boolean;
  readonly crm_type: PersonEntity;
  readonly crm_id: string;
  readonly version: string | null;
  readonly owned_by: string | null;
  readonly owned_as: Owner["entity"] | null;
  readonly allowed: boolean;
  readonly moved: boolean;
  readonly made: boolean;
  readonly tokens: Readonly<Record<string, string>>;
}

/** SQL of a row's values as text by column; lists are spelt out, and what is blank is absent. */
const texts = (row: string, prefix: string): string => `
  (select jsonb_object_agg('${prefix}' || f.key, f.value) from (
     select key, case jsonb_typeof(value)
                   when 'array' then (select string_agg(one, ', ') from jsonb_array_elements_text(value) as one)
                   else value #>> '{}' end as value
       from jsonb_each(to_jsonb(${row}))) f
    where f.value <> '')`;

/**
 * A person's next action, when nothing of theirs is under way: neither an older action, nor that they are made in Dynamics.
 * Whoever is not there and is not asked for any more has left.
 */
const READ = (people: string, companies: string | null): string => `
  select a.id, a.row_id, a.kind, a.state, a.wish, a.sent, a.record_id as task_id, a.attempts,
         owner_kind(a.connection_id, (a.wish ->> 'owner')::uuid) as owner_kind,
         t.id is null as gone, not ${UNLINKED} as linked, t.crm_type, t.crm_id,
         greatest(l.version, l.written) as version,
         to_jsonb(t) ->> 'owner_crm_id' as owned_by, to_jsonb(t) ->> 'owner_crm_type' as owned_as,
         coalesce(e.deletes = 'delete', false) as allowed, coalesce(a.crm_id <> t.crm_id, false) as moved,
         exists (select from sync_requests r
                  where r.row_id = a.row_id and r.outcome = 'created' and r.crm_id = t.crm_id
                    and r.owner_id = (a.wish ->> 'owner')::uuid and r.changed_at >= a.requested_at
                    and not exists (select from actions b
                                     where b.row_id = a.row_id and b.kind = 'owner' and b.outcome = 'done'
                                       and b.finished_at >= r.changed_at)) as made,
         case when a.kind = 'task' then
           coalesce(${texts("t", "")}, '{}') || coalesce(${companies === null ? "null" : texts("c", "company.")}, '{}')
           || jsonb_strip_nulls(jsonb_build_object('today', current_date, 'now', to_char(now(), 'YYYY-MM-DD HH24:MI'),
                                                   'due', a.wish ->> 'due', 'campaign', a.wish ->> 'campaign'))
         end as tokens
    from actions a
    left join ${people} t on t.id = a.row_id
    left join entities e on e.connection_id = a.connection_id and e.table_name = '${PEOPLE}' and e.crm_type = t.crm_type
    left join links l on l.entity_id = e.id and l.crm_id = t.crm_id
    ${companies === null ? "" : `left join ${companies} c on c.crm_id = (to_jsonb(t) ->> 'company_crm_id')::uuid`}
   where a.connection_id = $1 and a.state in ('queued', 'sent') and (a.retry_at is null or a.retry_at <= now())
     and (t.id is null or ${UNLINKED} or t.crm_type = any($2::text[]))
     and (a.kind <> 'delete' or t.id is null or ${UNLINKED} or t.crm_type = any($3::text[]))
     and not exists (select from sync_requests r
                      where r.connection_id = a.connection_id and r.row_id = a.row_id and r.state <> 'done'
                        and (r.state = 'qualifying' or t.crm_id is null or t.crm_deleted))
     and not exists (select from actions b where b.row_id = a.row_id and b.id < a.id and b.state in ('queued', 'sent'))
   order by a.id limit $4`;

async function readDue(
  client: Queryable,
  workspace: Workspace,
  { connectionId }: Lease,
  { limit, of, deletesOf }: ActionsWish,
): Promise<readonly PersonAction[]> {
  const waits = await client.query(
    "select from actions where connection_id = $1 and state in ('queued', 'sent') limit 1",
    [connectionId],
  );
  if (waits.rowCount === 0) return [];
  const companies = marketingTable(workspace, "companies");
  const { rows: there } = await client.query<{ there: boolean }>(
    "select to_regclass($1) is not null as there",
    [companies],
  );
  const sql = READ(marketingTable(workspace, PEOPLE), there[0]?.there === true ? companies : null);
  const { rows } = await client.query<ActionRow>(sql, [connectionId, of, deletesOf, limit]);
  return rows.map(actionOf);
}

function actionOf(row: ActionRow): PersonAction {
  const asked = {
    id: row.id,
    rowId: row.row_id,
    sent: row.state === "sent",
    attempts: row.attempts,
    person: row.gone ? ("gone" as const) : row.linked ? recordOf(row) : ("left" as const),
  };
  const { owner: ownerId = null } = row.wish;
  const owner = ownerId === null ? null : ownerOf(ownerId, row.owner_kind);
  switch (row.kind) {
    case "owner":
      return { ...asked, kind: "owner", owner: owner ?? { id: "", entity: null }, made: row.made };
    case "task":
      return { ...asked, kind: "task", wish: taskOf(row.wish), owner, ...taskRow(row) };
    case "delete":
      return { ...asked, kind: "delete", allowed: row.allowed, moved: row.moved };
  }
}

function taskRow({ task_id, sent, tokens }: ActionRow): Pick<TaskAction, "taskId" | "sending" | "tokens"> {
  return { taskId: task_id, sending: sent, tokens };
}

function taskOf(wish: Partial<TaskWish>): TaskWish {
  const {
    subject = "",
    description = null,
    due = "",
    priority = null,
    status = null,
    campaign = null,
  } = wish;
  return { subject, description, due, priority, status, campaign };
}

function recordOf({ crm_type: entity, crm_id: id, version, owned_by, owned_as }: ActionRow): {
  readonly entity: PersonEntity;
  readonly id: string;
  readonly version: string;
  readonly owner: NamedOwner | null;
} {
  return {
    entity,
    id,
    version: version ?? "0",
    owner: owned_by === null ? null : ownerOf(owned_by, owned_as),
  };
}

function ownerOf(id: string, entity: NamedOwner["entity"]): NamedOwner {
  return { id: id.toLowerCase(), entity };
}

async function waitingDeletes(
  client: Queryable,
  workspace: Workspace,
  { entity, allowed }: { readonly entity: StoredEntity; readonly allowed: number },
): Promise<WaitingDeletes> {
  const { rows } = await client.query<{ waiting: number; peak: number }>(
    `select (select count(*)::int from actions a join ${marketingTable(workspace, PEOPLE)} t on t.id = a.row_id
              where a.connection_id = e.connection_id and a.kind = 'delete' and a.state in ('queued', 'sent')
                and t.crm_type = e.crm_type and not t.crm_deleted) as waiting,
            e.actions_peak as peak
       from entities e where e.id = $1`,
    [entity.id],
  );
  const [{ waiting, peak } = { waiting: 0, peak: 0 }] = rows;
  const held = heldPeak({ waiting, peak, allowed });
  if (held !== peak) {
    await client.query("update entities set actions_peak = $2 where id = $1", [entity.id, held]);
  }
  return { waiting, held: held > 0 };
}

async function noteActions(client: Queryable, sendings: readonly ActionSending[]): Promise<void> {
  await client.query(
    `update actions a set state = 'sent', sent = s.sent, retry_at = null
       from json_to_recordset($1) as s(id bigint, sent jsonb) where a.id = s.id`,
    [JSON.stringify(sendings.map(({ action, task }) => ({ id: action.id, sent: task })))],
  );
}

interface ActionPlace {
  readonly workspace: Workspace;
  readonly lease: Lease;
  readonly entity: StoredEntity;
  readonly cycle: string;
}

async function settleActions(
  client: pg.ClientBase,
  place: ActionPlace,
  settlements: readonly ActionSettlement[],
): Promise<Settled> {
  const { workspace, lease, entity, cycle } = place;
  await client.query(
    `update actions a
        set state = s.state, outcome = s.outcome, code = s.code, detail = s.detail, attempts = s.attempts,
            tried_at = now(),
            retry_at = now() + s.retry_ms * interval '1 millisecond',
            sent = case when s.state in ('sent', 'done') then a.sent end,
            finished_at = case s.state when 'done' then now() end
       from json_to_recordset($1)
            as s(id bigint, state text, outcome text, code text, detail text, attempts int, retry_ms float8)
      where a.id = s.id`,
    [JSON.stringify(settlements.map(stored))],
  );
  await showOwners(client, place, settlements);
  const activities = settlements.flatMap(actionActivities);
  await recordActivities(client, lease, { workspace, entity, cycle }, activities);
  return {
    pushed: settlements.filter(({ fate }) => fate.kind === "over" && fate.outcome === "done").length,
    refused: settlements.filter(({ fate }) => fate.kind === "parked").length,
  };
}

function stored({
  action: { id, attempts: before },
  fate,
}: ActionSettlement): Readonly<Record<string, unknown>> {
  const attempts = before + 1;
  switch (fate.kind) {
    case "over":
      return {
        id,
        state: "done",
        outcome: fate.outcome,
        detail: "detail" in fate ? fate.detail : null,
        attempts,
      };
    case "parked":
      return { id, state: "parked", code: fate.code, detail: fate.detail, attempts };
    case "later": {
      const { sent, code, detail, afterMs } = fate;
      const retryMs = Math.max(afterMs, delayMs(attempts, RETRIES, 1));
      return { id, state: sent ? "sent" : "queued", code, detail, attempts, retry_ms: retryMs };
    }
  }
}

/** The feed will tell the new owner too; what comes next for the person shall know it already. */
async function showOwners(
  client: Queryable,
  { workspace, entity }: ActionPlace,
  settlements: readonly ActionSettlement[],
): Promise<void> {
  const field = entity.mapping.fields.find(({ attribute }) => attribute === "ownerid");
  const given = settlements.flatMap(({ action, fate, told: { owner } }) =>
    fate.kind === "over" && owner !== undefined
      ? [{ row: action.rowId, id: owner.id, kind: owner.entity }]
      : [],
  );
  if (given.length === 0 || field?.enabled !== true || field.setAside !== undefined) return;
  const { column, typeColumn } = field;
  const type = typeColumn === undefined ? "" : `, ${quoted(typeColumn)} = s.kind`;
  await client.query(
    `update ${marketingTable(workspace, PEOPLE)} t set ${quoted(column)} = s.id${type}, updated_at = now()
       from json_to_recordset($1) as s("row" bigint, id uuid, kind text)
      where t.id = s."row" and t.${quoted(column)} is distinct from s.id`,
    [JSON.stringify(given)],
  );
}
