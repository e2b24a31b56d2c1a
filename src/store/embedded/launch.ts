import { spawn } from "node:child_process";
import type { Home } from "./home.ts";
import { boundLog, lengthOf, openLog, tailOf } from "./log-file.ts";
import type { Programs } from "./programs.ts";
import { runAs } from "./run-as.ts";
import { chooseLoopbackAddress, startOnWindows } from "./windows.ts";

/** A server that was started and has not answered yet. */
export type Launch = {
  /** Undefined when another program (Windows: pg_ctl) is its parent, or it could not be run at all. */
  readonly pid: number | undefined;
  readonly ended: () => boolean;
  /** The last lines it wrote to the log, or why it could not be run. */
  readonly said: () => Promise<string[]>;
};

/**
 * Starts the server in a session of its own: Ctrl-C in the terminal does not reach it, and it outlives Tandem when
 * Tandem is killed. For the same reason its messages go straight to the log file. `stalePid` is the killed server that
 * `postmaster.pid` still names.
 */
export async function launch(home: Home, programs: Programs, stalePid: number | undefined): Promise<Launch> {
  const { layout, account } = home;
  await boundLog(layout.log);
  const log = await openLog(layout.log);
  const offset = await lengthOf(layout.log);
  const said = (): Promise<string[]> => tailOf(layout.log, offset);
  try {
    if (process.platform === "win32") {
      await startOnWindows(programs, layout, (await chooseLoopbackAddress(layout)).port);
      return { pid: undefined, ended: () => false, said };
    }
    const { directory, options } = runAs(account, layout.cluster);
    const env = { ...options.env, ...forgetting(stalePid) };
    const child = spawn(programs.postgres, ["-D", directory, ...socketArguments], {
      ...options,
      env,
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    let failure: string | undefined;
    child.once("error", ({ message }) => (failure = message));
    child.unref();
    const ended = (): boolean =>
      failure !== undefined || child.exitCode !== null || child.signalCode !== null;
    return { pid: child.pid, ended, said: async () => (failure === undefined ? said() : [failure]) };
  } finally {
    await log.close();
  }
}

/** The server works in its cluster, so `.` is there. Nobody may override these, hence the command line. */
const socketArguments = [
  "listen_addresses=",
  "unix_socket_directories=.",
  "unix_socket_permissions=0700",
].flatMap((setting) => ["-c", setting]);

/**
 * PostgreSQL takes a recorded process id for a live server when any process of this user has that id by now. This
 * variable, in which pg_ctl names its own parent, tells it an id that is no server. Its second check stays: no process
 * may be attached to the old server's shared memory.
 */
function forgetting(stalePid: number | undefined): NodeJS.ProcessEnv {
  return stalePid === undefined ? {} : { PG_GRANDPARENT_PID: String(stalePid) };
}
