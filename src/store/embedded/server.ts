import { realpath } from "node:fs/promises";
import type { Client } from "pg";
import { accountFor } from "./account.ts";
import { EmbeddedError, plainFileError } from "./error.ts";
import { layoutOf, settleFolder } from "./folder.ts";
import type { Ownership } from "./ownership.ts";
import { claim } from "./ownership.ts";
import { waitForEnd } from "./postmaster.ts";
import { presenceOf } from "./presence.ts";
import { connectionStringFor, databaseName } from "./session.ts";
import type { Reached } from "./start.ts";
import { reachServer } from "./start.ts";

/** Where the server of a folder is. */
export type AttachedServer = {
  /** A URI for node-postgres, psql and every other libpq program. */
  readonly connectionString: string;
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
};

/**
 * Opens the PostgreSQL of a folder and becomes its owner: makes it the first time, starts it later, attaches to it when
 * it is alive. The server outlives this process when it is killed, and the next call takes it over.
 * @throws EmbeddedError with a remedy, for everything a person can change
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { signal, log = () => undefined } = options;
  try {
    const layout = await settleFolder(options.folder);
    const account = await accountFor(layout, {
      uid: process.geteuid?.() ?? 1,
      gid: process.getegid?.() ?? 1,
    });
    const reached = await reachServer({ layout, account, log }, signal);
    const ownership = await claim(reached.socketDirectory, layout.folder, signal);
    await ensureDatabase(ownership.client);
    log(`Embedded PostgreSQL ${reached.version} answers in ${layout.folder} (process ${reached.pid})`);
    return owned(reached, ownership);
  } catch (error) {
    throw plainFileError(error, options.folder);
  }
}

/**
 * Finds the live server of a folder without owning it, for looking in while another process works with it.
 * @throws EmbeddedError `not-running` when there is none
 */
export async function attachEmbedded(folder: string): Promise<AttachedServer> {
  const layout = layoutOf(await realpath(folder).catch(() => folder));
  const presence = await presenceOf(layout).catch((error: unknown) => {
    throw plainFileError(error, folder);
  });
  if (presence.state === "answers") return attached(presence);
  throw new EmbeddedError(
    "not-running",
    `No PostgreSQL server answers in ${layout.folder}.`,
    "Start Tandem with this folder first (tandem start).",
  );
}

function attached({ pid, version, socketDirectory }: Omit<Reached, "started">): AttachedServer {
  return { pid, version, socketDirectory, connectionString: connectionStringFor(socketDirectory) };
}

async function ensureDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query("select from pg_database where datname = $1", [databaseName]);
  if (rowCount === 0) await client.query(`create database ${databaseName}`);
}

function owned(reached: Reached, ownership: Ownership): EmbeddedServer {
  const stop = async (): Promise<void> => {
    if (ownership.lost.aborted) return;
    await ownership.release();
    await shutDown(reached.pid);
  };
  return { ...attached(reached), started: reached.started, ended: ownership.lost, stop };
}

/** A fast shutdown: sessions end, everything is written, and the next start has nothing to recover. */
const fastPatience = 60_000;
/** An immediate one, when that takes too long: the next start recovers. */
const immediatePatience = 10_000;

async function shutDown(pid: number): Promise<void> {
  for (const [signal, patience] of [
    ["SIGINT", fastPatience],
    ["SIGQUIT", immediatePatience],
  ] as const) {
    process.kill(pid, signal);
    if (await waitForEnd(pid, patience)) return;
  }
  throw new EmbeddedError(
    "stop-failed",
    `The embedded PostgreSQL server (process ${pid}) did not end.`,
    "Look at what it waits for (often a disk that hangs); the next start of Tandem recovers its content.",
  );
}
