/**
 * `tandem start`: dashboard, API and worker in one process, until it is told to stop.
 */
import { fileURLToPath } from "node:url";
import type { StartOptions } from "../cli/tandem.ts";
import type { DataverseOptions } from "../connectors/dataverse/source.ts";
import type { Settings } from "../config/settings.ts";
import { openServer } from "../http/server.ts";
import { openCycleQueue } from "../jobs/cycle-queue.ts";
import { openObserver } from "../observe/observer.ts";
import { setNextCycle } from "../store/connections.ts";
import type { AppDatabase } from "./database.ts";
import { openAppDatabase } from "./database.ts";
import { startMarketers } from "./demo-marketers.ts";
import { DEMO_ENTITIES, DEMO_NAME, startDemo } from "./demo.ts";
import { openDesks } from "./desks.ts";
import { openLog } from "./log.ts";
import { startNotices } from "./notices.ts";
import { dataverseOptions } from "./organization.ts";
import { openMetrics, openProbes } from "./probes.ts";
import type { StatusBoard } from "./status.ts";
import { openStatusBoard } from "./status.ts";
import { startCourier } from "./webhooks.ts";
import { entitiesOf, openWorker } from "./worker.ts";
import type { Worker } from "./worker.ts";

const DASHBOARD = fileURLToPath(new URL("../../dashboard/dist", import.meta.url));
const TICK_MS = 500;

/** Name of the one connection that the environment describes. */
export const CONNECTION_NAME = "dynamics";

export interface StartParts {
  readonly settings: Settings;
  readonly version: string;
}

/** Everything that was opened is closed again, last first, whatever happens. */
export async function start(
  { settings, version }: StartParts,
  options: StartOptions,
  signal: AbortSignal,
): Promise<void> {
  const { log, logger } = openLog(settings.TANDEM_LOG);
  await using closing = new AsyncDisposableStack();
  const demo = settings.TANDEM_DYNAMICS_URL === undefined;
  const opening = openAppDatabase(settings, { log, signal }).then((database) => {
    closing.defer(() => database.close());
    return database;
  });
  const connecting = demo ? openDemo(settings, closing) : configured(settings);
  // Both are waited for, so that what did open is closed again when the other one could not.
  await Promise.allSettled([opening, connecting]);
  const [opened, organization] = [await opening, await connecting];
  const board = openStatusBoard(opened, { version, demo });
  const metrics = openMetrics(opened.database, board, version);
  const worker = await openWorker({
    opened,
    settings,
    options: organization,
    name: demo ? DEMO_NAME : CONNECTION_NAME,
    demo,
    entities: entitiesOf(settings, demo ? DEMO_ENTITIES : []),
    log,
    observer: openObserver(metrics),
  });
  closing.defer(() => worker.close());
  if (demo && settings.TANDEM_DEMO_SELLERS) {
    const marketers = startMarketers(opened.database, Math.random);
    closing.defer(() => marketers.stop());
  }
  const notices = startNotices(settings, opened.database, log);
  closing.defer(() => notices.stop());
  const queue = await openQueue(opened, notices.watching(worker), (error) =>
    log("warn", "queue.error", { message: error.message }),
  );
  closing.defer(() => queue.close());
  const delivering = { database: opened.database, settings, version };
  const courier = startCourier(delivering, log);
  closing.defer(() => courier.stop());
  const server = await openServer({
    host: settings.TANDEM_HOST,
    port: settings.TANDEM_PORT,
    status: () => board.read(),
    subscribe: (listener) => board.subscribe(listener),
    syncNow: (connectionId) => queue.syncNow(connectionId),
    probes: openProbes({ database: opened.database, metrics, signal }),
    ...openDesks({ ...delivering, nudge: () => queue.syncNow(worker.connectionId) }),
    dashboardFolder: DASHBOARD,
    log: logger,
  });
  closing.defer(() => server.close());
  options.onReady({ url: server.url, psql: opened.psql, demo });
  await watch(board, options, signal);
}

async function configured(settings: Settings): Promise<DataverseOptions> {
  return dataverseOptions(settings);
}

async function openDemo(settings: Settings, closing: AsyncDisposableStack): Promise<DataverseOptions> {
  const demo = await startDemo(settings);
  closing.defer(() => demo.stop());
  return demo.options;
}

/** The queue, with this worker at work and a cycle due at once. */
async function openQueue(
  opened: AppDatabase,
  worker: Worker,
  onError: (error: Error) => void,
): ReturnType<typeof openCycleQueue> {
  const { database, connectionString, exclusive } = opened;
  const queue = await openCycleQueue({
    connectionString,
    schema: `${database.workspace.name}_jobs`,
    concurrency: 1,
    onError,
    onScheduled: (connectionId, at) => setNextCycle(database.pool, connectionId, at),
  });
  const goOn = async (): Promise<void> => {
    if (exclusive) await queue.freeAll();
    await queue.syncNow(worker.connectionId);
  };
  // The cycle that the server's end cut off would else be taken for alive until its heartbeat is missed.
  opened.onReturn(() => void goOn().catch(onError));
  await goOn();
  await queue.work((_, stopped) => worker.cycleThenPause(stopped));
  return queue;
}

/** Tells watchers about the status until the signal is aborted. */
async function watch(board: StatusBoard, options: StartOptions, signal: AbortSignal): Promise<void> {
  const tick = setInterval(() => {
    board.changed();
    board.read().then(options.onStatus, () => undefined);
  }, TICK_MS);
  try {
    if (!signal.aborted) {
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  } finally {
    clearInterval(tick);
  }
}
