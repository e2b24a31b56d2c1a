import { EmbeddedError, errnoOf } from "./error.ts";
import type { Home } from "./home.ts";
import { isPostmaster, waitForEnd } from "./postmaster.ts";
import { programsFor } from "./programs.ts";
import { stopOnWindows } from "./windows.ts";

/** How long a fast shutdown may take (milliseconds): it ends the sessions and writes everything. */
const fastPatience = 60_000;
/** Then an immediate one, which writes nothing: the next start recovers from the log. */
const immediatePatience = 10_000;

/**
 * Ends the server and waits for that.
 * @throws EmbeddedError `stop-failed`
 */
export async function shutDown(home: Home, pid: number): Promise<void> {
  if (process.platform === "win32") {
    const programs = await programsFor(home.layout, home.account);
    await stopOnWindows(programs, home.layout, fastPatience).catch((error: unknown) => fail(pid, error));
    return;
  }
  // A server in another container has its number from there: here the number may be anybody's.
  if (!(await isPostmaster(pid, home.layout.cluster))) fail(pid);
  if (await ends(pid, "SIGINT", fastPatience)) return;
  home.log("The embedded PostgreSQL server takes long to stop; ending it now, the next start recovers");
  if (!(await ends(pid, "SIGQUIT", immediatePatience))) fail(pid);
}

async function ends(pid: number, signal: NodeJS.Signals, milliseconds: number): Promise<boolean> {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) === "ESRCH") return true;
    throw error;
  }
  return waitForEnd(pid, milliseconds);
}

function fail(pid: number, cause?: unknown): never {
  throw new EmbeddedError(
    "stop-failed",
    `The embedded PostgreSQL server (process ${pid}) did not stop.`,
    "Look at what it waits for: a disk that hangs, or a container that must stop it. Nothing that was saved is lost.",
    cause,
  );
}
