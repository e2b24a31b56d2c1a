import type { Client } from "pg";
import type { Address } from "./address.ts";
import { EmbeddedError } from "./error.ts";
import { poll } from "./poll.ts";
import { isRunning } from "./postmaster.ts";
import { openSession } from "./session.ts";

/** The session that makes this process the owner of the server, for as long as it is open. */
export type Ownership = {
  /** In the maintenance database. */
  readonly client: Client;
  /** Aborted with an `EmbeddedError` when the session ends of itself: the server went away, or ended its sessions. */
  readonly lost: AbortSignal;
  /** Ends the session, which is then no loss; what ends the server along with it can be given. */
  readonly release: (end?: () => Promise<void>) => Promise<void>;
};

/** "tand" as a number, and the first of Tandem's locks in that space. */
const lockKeys = "1952542308, 1";

/** A killed owner's session ends at once, but not in the same instant. */
const patience = 10_000;

/**
 * Makes this process the owner of the server in a folder. The lock is an advisory one of the server itself, held by an
 * open session: the system closes the session when its process ends, however it ends, so the lock is never stale; and
 * it is where the content is, so no two Tandems can own the same content, not even from two containers.
 * @throws EmbeddedError `held` when another live Tandem is the owner
 */
export async function claim(address: Address, folder: string): Promise<Ownership> {
  const client = await openSession(address, `tandem owner ${process.pid}`);
  try {
    let holder: number | undefined;
    const claimed = await poll(
      async () => {
        if (await tryLock(client)) return true;
        holder = await holderOf(client);
        return holder !== undefined && (await isRunning(holder)) ? false : undefined;
      },
      { milliseconds: patience },
    );
    if (!claimed) throw held(folder, holder);
  } catch (error) {
    await client.end();
    throw error;
  }
  return watched(client);
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    `select pg_try_advisory_lock(${lockKeys}) as locked`,
  );
  return rows[0]?.locked ?? false;
}

/** The process id the owner put into the name of its session. */
async function holderOf(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `select application_name as name from pg_stat_activity join pg_locks using (pid)
     where locktype = 'advisory' and (classid, objid) = (${lockKeys}) and granted`,
  );
  const pid = Number(rows[0]?.name.split(" ").at(-1));
  return Number.isSafeInteger(pid) ? pid : undefined;
}

function held(folder: string, holder: number | undefined): EmbeddedError {
  const who = holder === undefined ? "Another Tandem" : `Another Tandem (process ${holder})`;
  return new EmbeddedError(
    "held",
    `${who} works with the folder ${folder}.`,
    "Stop that one first, or give this one a folder of its own. To look in, use tandem psql or tandem status.",
  );
}

function watched(client: Client): Ownership {
  const lost = new AbortController();
  const lose = (): void => lost.abort(ended());
  client.once("end", lose);
  const release = async (end?: () => Promise<void>): Promise<void> => {
    client.off("end", lose);
    await end?.();
    await client.end();
  };
  return { client, lost: lost.signal, release };
}

function ended(): EmbeddedError {
  return new EmbeddedError(
    "ended",
    "The embedded PostgreSQL server went away while Tandem worked with it.",
    "Start Tandem again: it recovers the server, and nothing acknowledged is lost.",
  );
}
