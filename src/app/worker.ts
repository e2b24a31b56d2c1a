/**
 * A worker for one connection: source, store and engine put together, and the pause between cycles.
 */
import type { DataverseOptions, DataverseSource } from "../connectors/dataverse/source.ts";
import { openDataverse } from "../connectors/dataverse/source.ts";
import type { Settings } from "../config/settings.ts";
import { delayMs } from "../core/backoff.ts";
import { SyncError } from "../core/errors.ts";
import type { FilterExpressions } from "../core/filter-expression.ts";
import { parseFilter } from "../core/filter-expression.ts";
import type { MatchPreview } from "../core/person-desk.ts";
import { UNOBSERVED } from "../core/observer.ts";
import type { Observer } from "../core/observer.ts";
import type { Wait } from "../core/ports.ts";
import type { Connection } from "../engine/connection.ts";
import { openConnection } from "../engine/connection.ts";
import type { CycleReport } from "../engine/cycle.ts";
import { mayPass } from "../engine/cycle.ts";
import type { Clock, CycleSettings, Log } from "../engine/ports.ts";
import { DEFAULT_ENTITIES, mappingFor } from "../marketing/default-mapping.ts";
import { openMarketingTables } from "../marketing/tables.ts";
import { openCampaignStore } from "../store/campaign-members.ts";
import { ensureConnection, setMergeInDynamics, setWaiting } from "../store/connections.ts";
import { requireRunning } from "../store/pauses.ts";
import { readWishes } from "../store/entity-switches.ts";
import { watched } from "../observe/requests.ts";
import { openSyncStore } from "../store/sync-store.ts";
import type { AppDatabase } from "./database.ts";
import { observedCycle } from "./observed-cycle.ts";
import { retention } from "./retention.ts";

export interface WorkerParts {
  readonly opened: AppDatabase;
  readonly settings: Settings;
  readonly options: DataverseOptions;
  readonly name: string;
  /** The demo: another address at each start, small pages and short pauses, so that there is something to watch. */
  readonly demo: boolean;
  readonly entities: readonly string[];
  readonly log: Log;
  /** Who watches; absent where nobody does. */
  readonly observer?: Observer;
}

export interface Worker {
  readonly connectionId: number;
  cycle(signal: AbortSignal, approveDeletes?: boolean): Promise<CycleReport>;
  /** Runs a cycle whatever comes, and returns the seconds to pause after it. */
  cycleThenPause(signal: AbortSignal): Promise<number>;
  /** Reads the description and makes the tables, without reading a record. */
  prepare(signal: AbortSignal): Promise<void>;
  /** What matching people would do, without writing anything. */
  previewMatches(signal: AbortSignal): Promise<MatchPreview>;
  close(): Promise<void>;
}

/** A failed cycle is tried again sooner than a good one, but less and less often, up to half a minute. */
const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 30_000;

/** Whole reads that take turns at once: each holds up to three pages in memory. */
const WHOLE_READS = 2;

/** Edits a turn of a push takes at most: as many full requests as are under way at once, and a few more. */
const PUSH_SIZE = 2_000;

/** As the native sync pauses. */
const PAUSE_SECONDS = 300;

const DEMO_PAUSE_SECONDS = 5;
const DEMO_PAGE_SIZE = 500;

const LIVE_POLL_MS = 5_000;

/** How often a worker asks whether the organization was restored; always with its first cycle. */
const HISTORY_MS = 15 * 60_000;

/** Puts a worker together. @throws SyncError `configuration_invalid`, `insecure_address`, `database_unreachable` */
export async function openWorker(parts: WorkerParts): Promise<Worker> {
  const { opened, settings, options, log } = parts;
  const { database } = opened;
  const pauseSeconds = settings.TANDEM_PAUSE_SECONDS ?? (parts.demo ? DEMO_PAUSE_SECONDS : PAUSE_SECONDS);
  const stored = await ensureConnection(database.pool, {
    name: parts.name,
    url: options.url,
    pauseSeconds,
    roaming: parts.demo,
  });
  await setMergeInDynamics(database.pool, stored.id, settings.TANDEM_MERGE_IN_DYNAMICS);
  const { observer = UNOBSERVED } = parts;
  const source = openDataverse({
    ...options,
    around: (transport) => watched(transport, observer, () => clock.now()),
    onWait: (wait) => showWait(parts, stored.id, wait),
  });
  const switched = [...(await readWishes(database.pool, stored.id)).keys()];
  const connection = connect({ ...parts, entities: [...parts.entities, ...switched] }, stored.id, source);
  const { TANDEM_HISTORY_DAYS: days } = settings;
  const forgetOld = retention({ days, forget: (old) => connection.forget(old), now: () => clock.now(), log });
  const pauses = new Pauses(pauseSeconds);
  let historyAt = -Infinity;
  const runCycle = async (signal: AbortSignal, approveDeletes: boolean): Promise<CycleReport> => {
    await requireRunning(database.pool, stored.id);
    const now = performance.now();
    const checkHistory = now - historyAt >= HISTORY_MS;
    const wanted = cycleSettings(parts, { approveDeletes, checkHistory });
    const report = await connection.cycle(wanted, signal);
    if (checkHistory && report.outcome !== "stopped") historyAt = now;
    await forgetOld();
    return report;
  };
  const watching = { observer, connection: stored.id, log };
  const cycle: Worker["cycle"] = (signal, approveDeletes = false) =>
    observedCycle(watching, () => runCycle(signal, approveDeletes));
  return {
    connectionId: stored.id,
    cycle,
    prepare: (signal) => {
      const wanted = cycleSettings(parts, { approveDeletes: false, checkHistory: false });
      return connection.prepare(wanted, signal);
    },
    previewMatches: (signal) => {
      const wanted = cycleSettings(parts, { approveDeletes: false, checkHistory: false });
      return connection.previewMatches(wanted, signal);
    },
    cycleThenPause: (signal) => pauseAfter(pauses, () => cycle(signal)),
    close: () => source.close(),
  };
}

const clock: Clock = { now: () => performance.now() };

function connect(
  { opened, settings, entities, log, observer }: WorkerParts,
  id: number,
  source: DataverseSource,
): Connection {
  const { database } = opened;
  const parts = {
    source,
    sink: source,
    store: openSyncStore(database),
    campaigns: { store: openCampaignStore(database), sink: source },
    tables: openMarketingTables(database),
    mappingFor,
    filter: {
      column: settings.TANDEM_FILTER_COLUMN,
      exit: settings.TANDEM_FILTER_EXIT,
      expressions: filterExpressions(settings.TANDEM_FILTER, entities),
    },
    clock,
    log,
    ...(observer === undefined ? {} : { observer }),
  };
  return openConnection(parts, id);
}

/** @throws SyncError `configuration_invalid` when it cannot be read, or names an entity that is not kept in step */
function filterExpressions(text: string | undefined, entities: readonly string[]): FilterExpressions {
  const expressions = text === undefined ? new Map<string, never>() : parseFilter(text);
  const strange = [...expressions.keys()].find((entity) => !entities.includes(entity));
  if (strange === undefined) return expressions;
  throw new SyncError(
    "configuration_invalid",
    `TANDEM_FILTER names ${strange}, which is not kept in step. Entities: ${entities.join(", ")}.`,
  );
}

/** A wait is logged, and shown to people as long as it lasts. */
function showWait({ opened, log, observer }: WorkerParts, connectionId: number, wait: Wait): void {
  const { code, ms, attempt, detail } = wait;
  observer?.waits(code, ms / 1000);
  log("warn", "source.waiting", { code, ms, attempt, detail });
  const until = new Date(Date.now() + ms).toISOString();
  const shown = setWaiting(opened.database.pool, connectionId, { until, reason: detail, attempt });
  shown.catch((error: unknown) => log("warn", "status.not_shown", { err: error }));
}

/** What the worker reads when nothing else is said: the default entities, then those of the settings. */
export function entitiesOf(settings: Settings, further: readonly string[]): readonly string[] {
  return [...new Set([...DEFAULT_ENTITIES, ...further, ...(settings.TANDEM_ENTITIES ?? [])])];
}

function cycleSettings(
  { settings, entities, demo }: WorkerParts,
  { approveDeletes, checkHistory }: { readonly approveDeletes: boolean; readonly checkHistory: boolean },
): CycleSettings {
  return {
    entities,
    pageSize: demo ? Math.min(DEMO_PAGE_SIZE, settings.TANDEM_PAGE_SIZE) : settings.TANDEM_PAGE_SIZE,
    livePollMs: LIVE_POLL_MS,
    wholeReads: WHOLE_READS,
    pushSize: PUSH_SIZE,
    guardWrites: settings.TANDEM_GUARD_WRITES,
    people: {
      matchBy: settings.TANDEM_MATCH,
      contactsBy: settings.TANDEM_CONTACTS_BY,
      optionalFields: new Set(settings.TANDEM_OPTIONAL_FIELDS),
    },
    checkHistory,
    guard: approveDeletes
      ? { count: Number.MAX_SAFE_INTEGER, share: 1 }
      : { count: settings.TANDEM_GUARD_COUNT, share: settings.TANDEM_GUARD_PERCENT / 100 },
  };
}

/** Runs a cycle, whatever comes of it, and returns the seconds to pause. */
async function pauseAfter(pauses: Pauses, cycle: () => Promise<CycleReport>): Promise<number> {
  try {
    const report = await cycle();
    if (report.outcome === "stopped") return 0;
    if (report.outcome !== "done") return mayPass(report) ? pauses.afterFailure() : pauses.afterSuccess();
    // What changed while everything was read is waiting already.
    return report.whole ? 0 : pauses.afterSuccess();
  } catch (error) {
    // Whoever took over, `tandem sync` for one, is left in peace for a pause; so is what a person paused.
    const calm = error instanceof SyncError && (error.code === "fenced" || error.code === "paused");
    return calm ? pauses.afterSuccess() : pauses.afterFailure();
  }
}

class Pauses {
  readonly #pauseSeconds: number;
  #failures = 0;

  constructor(pauseSeconds: number) {
    this.#pauseSeconds = pauseSeconds;
  }

  afterSuccess(): number {
    this.#failures = 0;
    return this.#pauseSeconds;
  }

  afterFailure(): number {
    this.#failures += 1;
    const maxMs = Math.min(LAST_RETRY_MS, this.#pauseSeconds * 1000);
    const limits = { baseMs: FIRST_RETRY_MS, maxMs, attempts: Infinity };
    return delayMs(this.#failures, limits, Math.random()) / 1000;
  }
}
