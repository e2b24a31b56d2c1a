import { realpath } from "node:fs/promises";
import type { Client } from "pg";
import { checkOwner, currentUser } from "./account.ts";
import { connectionStringFor, databaseName } from "./address.ts";
import { EmbeddedError, plainFileError } from "./error.ts";
import { layoutOf } from "./folder.ts";
import { failedStart } from "./failure.ts";
import type { Home } from "./home.ts";
import { settleHome } from "./home.ts";
import type { Ownership } from "./ownership.ts";
import { claim } from "./ownership.ts";
import type { Patience } from "./poll.ts";
import { poll } from "./poll.ts";
import type { Presence } from "./presence.ts";
import { presenceOf } from "./presence.ts";
import { isGone } from "./session.ts";
import { shutDown } from "./shutdown.ts";
import { forgetSocket } from "./socket.ts";
import type { Reached } from "./start.ts";
import { reachServer } from "./start.ts";
import { startUpkeep } from "./upkeep.ts";

/** Where the server of a folder is. */
export type AttachedServer = {
  /** A URI for node-postgres, psql and every other libpq program. */
  readonly connectionString: string;
  /** For `psql -h`: where the Unix socket is (on Windows: the loopback address). */
  readonly socketDirectory: string;
  readonly pid: number;
  /** For example `18.4`. */
  readonly version: string;
};

/** A server this process owns: no other Tandem can own it until this process stops it or ends. */
export type EmbeddedServer = AttachedServer & {
  /** False when a live server was found, for example after the Tandem that started it was killed. */
  readonly started: boolean;
  /**
   * Aborted, with an `EmbeddedError` of code `ended`, when the server goes away without `stop`. Another Tandem may own
   * it from then on: stop working, or call `openEmbedded` again.
   */
  readonly ended: AbortSignal;
  /**
   * Ends all sessions and the server cleanly, and waits for that. Does nothing when the ownership is gone.
   * @throws EmbeddedError `stop-failed`
   */
  readonly stop: () => Promise<void>;
};

export type EmbeddedOptions = {
  /** Made when it is missing. */
  readonly folder: string;
  /** Told in plain sentences what is being done. */
  readonly log?: (line: string) => void;
  /** Gives up starting; a server that was started meanwhile ends. */
  readonly signal?: AbortSignal;
  /** How long the server may take to answer; crash recovery on a slow disk takes a while. Default 120 s. */
  readonly patienceMilliseconds?: number;
};

const defaultPatience = 120_000;

/**
 * Opens the PostgreSQL of a folder and becomes its owner: makes it the first time, starts it later, attaches to it when
 * it is alive. The server outlives this process when it is killed, and the next call takes it over.
 * @throws EmbeddedError with a remedy, for everything a person can change
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { folder, signal, log = () => undefined, patienceMilliseconds = defaultPatience } = options;
  const patience = { milliseconds: patienceMilliseconds, signal };
  try {
    const home = await settleHome(folder, log);
    const server = await poll(() => reachAndOwn(home, patience), patience);
    if (!server) throw failedStart("unknown", home.layout.folder, []);
    log(`Embedded PostgreSQL ${server.version} answers in ${home.layout.folder} (process ${server.pid})`);
    return server;
  } catch (error) {
    throw plainFileError(error, folder);
  }
}

/** Undefined when the server went away meanwhile: the Tandem before this one may just have stopped it. */
async function reachAndOwn(home: Home, patience: Patience): Promise<EmbeddedServer | undefined> {
  const reached = await reachServer(home, patience);
  try {
    const ownership = await claim(reached.address, home.layout.folder);
    const server = owned(home, reached, ownership);
    await ensureDatabase(ownership.client, patience.signal).catch(async (error: unknown) => {
      await (reached.started ? server.stop() : ownership.release());
      throw error;
    });
    return server;
  } catch (error) {
    if (!isGone(error)) throw error;
    return undefined;
  }
}

/**
 * Finds the live server of a folder without owning it, for looking in while another process works with it.
 * @throws EmbeddedError `not-running` when there is none, `wrong-owner` when it is another user's
 */
export async function attachEmbedded(folder: string): Promise<AttachedServer> {
  const layout = layoutOf(await realpath(folder).catch(() => folder));
  await checkOwner(layout, currentUser());
  const presence = await presenceOf(layout);
  if (presence.state === "answers") return attached(presence);
  throw new EmbeddedError(
    "not-running",
    `No embedded PostgreSQL server answers in ${layout.folder}.`,
    "Start Tandem with this folder first (tandem start).",
  );
}

function attached({ pid, version, address }: Extract<Presence, { state: "answers" }>): AttachedServer {
  return { pid, version, socketDirectory: address.host, connectionString: connectionStringFor(address) };
}

async function ensureDatabase(client: Client, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const { rowCount } = await client.query("select from pg_database where datname = $1", [databaseName]);
  if (rowCount === 0) await client.query(`create database ${databaseName}`);
}

function owned(home: Home, reached: Reached, ownership: Ownership): EmbeddedServer {
  const stopUpkeep = startUpkeep(home);
  ownership.lost.addEventListener("abort", stopUpkeep, { once: true });
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    if (ownership.lost.aborted) return;
    stopUpkeep();
    // The lock is given up by the server's end, not before: nobody can attach to a server that is about to go.
    await ownership.release(() => shutDown(home, reached.pid));
    await forgetSocket(reached.address);
  };
  return {
    ...attached(reached),
    started: reached.started,
    ended: ownership.lost,
    stop: () => (stopping ??= stop()),
  };
}
