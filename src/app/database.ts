/**
 * The marketing database from its setting: a server by URL, or the embedded one in a folder.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "pg-connection-string";
import { SyncError } from "../core/errors.ts";
import type { Settings } from "../config/settings.ts";
import type { Database } from "../store/database.ts";
import { openObserver } from "../observe/observer.ts";
import { openDatabase } from "../store/database.ts";
import type { EmbeddedServer } from "../store/embedded/server.ts";
import { attachEmbedded, openEmbedded } from "../store/embedded/server.ts";
import { EmbeddedError } from "../store/embedded/error.ts";
import { migrate } from "../store/migrate.ts";
import type { Log } from "../engine/ports.ts";

/** A database that is open and at the newest schema. */
export interface AppDatabase {
  readonly database: Database;
  readonly connectionString: string;
  readonly kind: "embedded" | "server";
  /** For people: `PostgreSQL 18.4 in ./data`, or the server's host. */
  readonly server: string;
  /** Command line that opens psql on it. */
  readonly psql: string;
  /** True when no other process can be working with it. */
  readonly exclusive: boolean;
  /** Tells the listener each time the embedded server answers again after it went away. */
  onReturn(listener: () => void): void;
  close(): Promise<void>;
}

/** True when the setting names a server rather than a folder. */
export function isServerUrl(setting: string): boolean {
  return /^postgres(ql)?:\/\//.test(setting);
}

export interface OpenDatabase {
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Attach to the embedded server that another Tandem owns, instead of refusing. */
  readonly share?: boolean;
  /** Only look in: do not make an embedded database where there is none. */
  readonly existing?: boolean;
}

/**
 * Opens the database and brings its schema up to date.
 * @throws SyncError `database_unreachable`, `database_newer`, `database_unsupported`; EmbeddedError with a remedy
 */
export async function openAppDatabase(
  settings: Settings,
  { log, signal, share = false, existing = false }: OpenDatabase,
): Promise<AppDatabase> {
  if (existing) requireDatabase(settings.TANDEM_DATABASE_URL);
  const reached = await reach(settings, { log, signal, share });
  const workspace = { name: settings.TANDEM_WORKSPACE };
  let closing = false;
  const pool = openDatabase(reached.connectionString, workspace, (error) => {
    if (!closing) log("warn", "database.session_lost", { message: error.message });
  });
  const database = { ...pool, observer: openObserver() };
  const opened = {
    ...reached,
    database,
    async close() {
      closing = true;
      await database.close();
      await reached.stop();
    },
  };
  try {
    await migrate(database);
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function requireDatabase(where: string): void {
  if (isServerUrl(where) || existsSync(join(where, "postgres"))) return;
  throw new SyncError(
    "configuration_invalid",
    `There is no database in ${folderOf(where)} yet: \`tandem start\`, \`connect\` or \`sync\` makes it.`,
  );
}

type Reached = Omit<AppDatabase, "database" | "close"> & { readonly stop: () => Promise<void> };

interface Reach {
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly share: boolean;
}

async function reach(settings: Settings, how: Reach): Promise<Reached> {
  const where = settings.TANDEM_DATABASE_URL;
  if (!isServerUrl(where)) return reachEmbedded(folderOf(where), how);
  const { host, database } = parsed(where);
  return {
    connectionString: where,
    kind: "server",
    server: `${host ?? "localhost"}/${database ?? ""}`,
    psql: `psql "${withoutPassword(where)}"`,
    exclusive: false,
    onReturn: () => undefined,
    stop: async () => undefined,
  };
}

/**
 * A folder; anything that looks like another kind of address is refused without repeating it, as it may hold a
 * password. One letter before the colon is a Windows drive.
 */
function folderOf(where: string): string {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(where)) return where;
  throw new SyncError(
    "configuration_invalid",
    "TANDEM_DATABASE_URL is neither a folder nor an address that begins with postgres://.",
  );
}

/** As node-postgres and libpq read it: `postgres://user@/database?host=/socket/folder` names a local socket. */
function parsed(url: string): ReturnType<typeof parse> {
  try {
    return parse(url);
  } catch (cause) {
    throw new SyncError(
      "configuration_invalid",
      "TANDEM_DATABASE_URL is not a URL PostgreSQL tools understand.",
      {
        cause,
      },
    );
  }
}

function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:/?@]*):[^@/]*@/, "$1@").replace(/([?&]password=)[^&]*/g, "$1");
}

async function reachEmbedded(folder: string, { log, signal, share }: Reach): Promise<Reached> {
  const open = (): Promise<EmbeddedServer> =>
    openEmbedded({ folder, signal, log: (line) => log("info", "embedded", { line }) });
  try {
    const keeper = keepRunning(await open(), open, log);
    const { server, onReturn, stop } = keeper;
    return { ...embedded(server, folder), exclusive: true, onReturn, stop };
  } catch (error) {
    if (!share || !(error instanceof EmbeddedError) || error.code !== "held") throw error;
    const server = await attachEmbedded(folder);
    return {
      ...embedded(server, folder),
      exclusive: false,
      onReturn: () => undefined,
      stop: async () => undefined,
    };
  }
}

/** Starts the server again when it is killed under us: the pools find it in the same place. */
function keepRunning(
  first: EmbeddedServer,
  open: () => Promise<EmbeddedServer>,
  log: Log,
): Pick<AppDatabase, "onReturn"> & { readonly server: EmbeddedServer; readonly stop: () => Promise<void> } {
  let current: Promise<EmbeddedServer> = Promise.resolve(first);
  let stopping = false;
  const listeners: (() => void)[] = [];
  const watch = (server: EmbeddedServer): void => {
    const restart = (): void => {
      if (stopping) return;
      log("warn", "database.restarting", { reason: "the embedded server went away" });
      current = open();
      current.then(
        (again) => {
          watch(again);
          for (const listener of listeners) listener();
        },
        (error: unknown) =>
          log("error", "database.gone", { message: error instanceof Error ? error.message : String(error) }),
      );
    };
    server.ended.addEventListener("abort", restart, { once: true });
  };
  watch(first);
  return {
    server: first,
    onReturn: (listener) => listeners.push(listener),
    async stop() {
      stopping = true;
      const server = await current.catch(() => undefined);
      await server?.stop();
    },
  };
}

function embedded(
  { connectionString, version }: { readonly connectionString: string; readonly version: string },
  folder: string,
): Pick<Reached, "connectionString" | "kind" | "server" | "psql"> {
  return {
    connectionString,
    kind: "embedded",
    server: `PostgreSQL ${version} in ${folder}`,
    psql: `psql "${connectionString}"`,
  };
}
