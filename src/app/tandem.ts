/**
 * The application as the commands see it.
 */
import type { OpenedDatabase, SyncResult, Tandem } from "../cli/tandem.ts";
import { checkOrganization } from "../connectors/dataverse/check.ts";
import type { Settings } from "../config/settings.ts";
import type { Status } from "../core/status.ts";
import type { AppDatabase } from "./database.ts";
import { openAppDatabase } from "./database.ts";
import { openLog } from "./log.ts";
import { dataverseOptions } from "./organization.ts";
import { CONNECTION_NAME, start } from "./start.ts";
import type { StatusBoard } from "./status.ts";
import { openStatusBoard } from "./status.ts";
import { syncUntilDone } from "./sync.ts";
import type { Worker } from "./worker.ts";
import { entitiesOf, openWorker } from "./worker.ts";

/** Settings are read when a command needs them, so that `--help` works whatever the environment says. */
export function openTandem(version: string, readSettings: () => Settings): Tandem {
  const withDatabase = async <T>(
    signal: AbortSignal,
    work: (opened: AppDatabase) => Promise<T>,
  ): Promise<T> => {
    const settings = readSettings();
    const { log } = openLog(settings.TANDEM_LOG);
    const opened = await openAppDatabase(settings, { log, signal, share: true });
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  };
  const withWorker = <T>(
    signal: AbortSignal,
    work: (worker: Worker, board: StatusBoard) => Promise<T>,
  ): Promise<T> => {
    const settings = readSettings();
    const options = dataverseOptions(settings);
    return withDatabase(signal, async (opened) => {
      const { log } = openLog(settings.TANDEM_LOG);
      const entities = entitiesOf(settings, []);
      const name = CONNECTION_NAME;
      const worker = await openWorker({ opened, settings, options, name, entities, roaming: false, log });
      try {
        return await work(worker, openStatusBoard(opened, { version, demo: false }));
      } finally {
        await worker.close();
      }
    });
  };
  return {
    start: (options, signal) => start({ settings: readSettings(), version }, options, signal),
    sync: (options, signal): Promise<SyncResult> =>
      withWorker(signal, (worker, board) => syncUntilDone({ worker, board }, options, signal)),
    connect: (signal): Promise<Status> =>
      withWorker(signal, async (worker, board) => {
        await worker.prepare(signal);
        return board.read();
      }),
    check: (signal) => {
      const settings = readSettings();
      return checkOrganization({ ...dataverseOptions(settings), entities: entitiesOf(settings, []) }, signal);
    },
    status: (signal): Promise<Status> =>
      withDatabase(signal, async (opened) => {
        const status = await openStatusBoard(opened, { version, demo: false }).read();
        return { ...status, demo: status.connections.some(({ name }) => name === "demo") };
      }),
    database: async (signal): Promise<OpenedDatabase> => {
      const settings = readSettings();
      const { log } = openLog(settings.TANDEM_LOG);
      return openAppDatabase(settings, { log, signal, share: true });
    },
  };
}
