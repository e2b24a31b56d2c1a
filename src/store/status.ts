/**
 * Reads what people want to know of all connections: counters, and of pending changes a bounded count, so that it is
 * cheap at any size.
 */
import type { Backfill } from "../core/backfill.ts";
import { ERROR_CODES } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { ConnectionStatus, CycleStatus, EntityStatus, Trouble } from "../core/status.ts";
import { listBackfills } from "./backfills.ts";
import type { Database } from "./database.ts";
import { NOTHING_MOVED, readLastHour } from "./hours.ts";
import { pauseOf } from "./pauses.ts";
import { readPendingEdits } from "./pending-edits.ts";
import { readWantedRecords } from "./wanted-records.ts";

interface StoredTrouble {
  readonly code: ErrorCode;
  readonly message: string;
  readonly since: string;
}

interface ConnectionRow {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly paused_at: Date | null;
  readonly paused_by: string | null;
  readonly trouble: StoredTrouble | null;
  readonly waiting: { readonly until: string; readonly reason: string; readonly attempt: number } | null;
  readonly pause_seconds: number;
  readonly next_cycle_at: Date | null;
}

interface EntityRow {
  readonly id: number;
  readonly connection_id: number;
  readonly name: string;
  readonly label: string;
  readonly table_name: string;
  readonly change_tracking: boolean;
  readonly available: number;
  readonly enabled: number;
  readonly position: boolean;
  readonly complete: boolean;
  readonly compare: "owed" | "open" | null;
  readonly rows: string;
  readonly read: string;
  readonly expected: string | null;
  readonly rate: number;
  readonly last_change_at: Date | null;
  readonly trouble: StoredTrouble | null;
  readonly push_trouble: StoredTrouble | null;
  readonly parked: number;
  readonly fresh: boolean;
  readonly paused_at: Date | null;
  readonly paused_by: string | null;
}

/** The state of every connection, as of now. */
export async function readConnectionStatuses(
  { pool: client, workspace }: Pick<Database, "pool" | "workspace">,
  now: Date,
): Promise<readonly ConnectionStatus[]> {
  const connections = await client.query<ConnectionRow>(
    `select id, name, url, paused_at, paused_by, trouble, waiting, pause_seconds, next_cycle_at
       from connections order by id`,
  );
  const entities = await client.query<EntityRow>(
    `select e.id, e.connection_id, e.name, e.label, e.table_name, e.change_tracking, e.available,
            (select count(*)::int from fields f where f.entity_id = e.id and f.enabled) as enabled,
            e.position is not null as position, e.complete, e.compare, e.rows, e.read, e.expected, e.rate,
            e.last_change_at, e.trouble, e.push_trouble, e.paused_at, e.paused_by,
            (select count(*)::int from parked p where p.entity_id = e.id) as parked,
            coalesce(e.page_at > now() - interval '5 seconds', false) as fresh
       from entities e where e.followed order by e.id`,
  );
  const cycles = await client.query<CycleRow>(
    `select c.* from connections k cross join lateral
            (select * from cycles where connection_id = k.id order by id desc limit 2) c`,
  );
  const backfills = new Map<number, readonly Backfill[]>();
  for (const { id } of connections.rows) {
    backfills.set(id, await listBackfills(client, { connectionId: id, open: true }));
  }
  const pending = await readPendingEdits(client, workspace);
  const wanted = await readWantedRecords(client);
  const { from, moved } = await readLastHour(client, now);
  return connections.rows.map((row) =>
    connectionStatus(row, now, {
      entities: entities.rows
        .filter((entity) => entity.connection_id === row.id)
        .map((entity) =>
          entityStatus(entity, {
            pending: pending.get(entity.id) ?? null,
            wanted: wanted.get(entity.id) ?? null,
            lastHour: { from, ...(moved.get(entity.id) ?? NOTHING_MOVED) },
          }),
        ),
      cycles: cycles.rows.filter((cycle) => cycle.connection_id === row.id),
      backfills: backfills.get(row.id) ?? [],
    }),
  );
}

interface CycleRow {
  readonly id: string;
  readonly connection_id: number;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly outcome: CycleStatus["outcome"];
  readonly pages: string;
  readonly created: string;
  readonly updated: string;
  readonly deleted: string;
  readonly unchanged: string;
  readonly pushed: string;
  readonly refused: string;
  readonly requests: string;
}

interface Parts {
  readonly entities: readonly EntityStatus[];
  readonly cycles: readonly CycleRow[];
  readonly backfills: readonly Backfill[];
}

function connectionStatus(
  row: ConnectionRow,
  now: Date,
  { entities, cycles, backfills }: Parts,
): ConnectionStatus {
  const running = cycles.find(({ outcome }) => outcome === "running");
  const last = cycles.find(({ outcome }) => outcome !== "running");
  const waiting = row.waiting !== null && new Date(row.waiting.until) > now ? row.waiting : null;
  const status = {
    id: row.id,
    name: row.name,
    url: row.url,
    paused: pauseOf(row),
    trouble: troubleOf(row.trouble),
    waiting,
    entities,
    backfills,
    cycle: running === undefined ? null : cycleStatus(running),
    lastCycle: last === undefined ? null : cycleStatus(last),
    nextCycleAt: row.paused_at === null ? (row.next_cycle_at?.toISOString() ?? null) : null,
    pauseSeconds: row.pause_seconds,
  };
  return { ...status, state: stateOf(status) };
}

/** One word for the whole connection; what a person must do comes first, then what passes by itself. */
function stateOf(status: Omit<ConnectionStatus, "state">): ConnectionStatus["state"] {
  if (status.paused !== null) return "paused";
  const troubles = [status.trouble, ...status.entities.map(({ trouble }) => trouble)];
  if (troubles.some((trouble) => trouble !== null && trouble.who !== "nobody")) return "attention";
  if (status.waiting !== null || troubles.some((trouble) => trouble !== null)) return "waiting";
  if (status.entities.length === 0) return "connecting";
  if (status.entities.some(({ state }) => state === "copying" || state === "comparing")) return "copying";
  if (status.entities.some(({ state }) => state === "queued")) return "copying";
  return status.cycle === null ? "resting" : "following";
}

/** What travels to Dynamics, and what has moved. */
type Traffic = Pick<EntityStatus, "pending" | "wanted" | "lastHour">;

function entityStatus(row: EntityRow, traffic: Traffic): EntityStatus {
  const read = Number(row.read);
  const expected = row.expected === null ? null : Math.max(Number(row.expected), row.complete ? 0 : read);
  const state = entityState(row);
  const rate = row.fresh ? row.rate : 0;
  const left = expected === null || state === "following" ? null : Math.max(0, expected - read);
  return {
    entity: row.name,
    label: row.label,
    table: row.table_name,
    state,
    paused: pauseOf(row),
    rows: Number(row.rows),
    read,
    expected,
    rate,
    secondsLeft: left === null || rate <= 0 ? null : Math.ceil(left / rate),
    backlog: state === "following" ? 0 : left,
    lastChangeAt: row.last_change_at?.toISOString() ?? null,
    changeTracking: row.change_tracking,
    parked: row.parked,
    ...traffic,
    trouble: troubleOf(row.trouble ?? row.push_trouble),
    fields: { on: row.enabled, available: row.available },
  };
}

function entityState(row: EntityRow): EntityStatus["state"] {
  if (row.paused_at !== null) return "paused";
  if (row.trouble !== null && ERROR_CODES[row.trouble.code].who !== "nobody") return "set-aside";
  if (row.compare !== null) return "comparing";
  if (row.complete) return "following";
  return row.position ? "copying" : "queued";
}

function cycleStatus(row: CycleRow): CycleStatus {
  return {
    number: Number(row.id),
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    outcome: row.outcome,
    pages: Number(row.pages),
    created: Number(row.created),
    updated: Number(row.updated),
    deleted: Number(row.deleted),
    unchanged: Number(row.unchanged),
    pushed: Number(row.pushed),
    refused: Number(row.refused),
    requests: Number(row.requests),
  };
}

function troubleOf(trouble: StoredTrouble | null): Trouble | null {
  if (trouble === null) return null;
  const { remedy, who } = ERROR_CODES[trouble.code];
  return { ...trouble, remedy, who };
}
