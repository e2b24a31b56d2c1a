import { spawn } from "node:child_process";
import type { Account } from "./account.ts";
import type { Layout } from "./folder.ts";
import { lengthOf, boundLog, openLog, tailOf } from "./log-file.ts";
import type { Programs } from "./programs.ts";

/** A server that was started and has not answered yet. */
export type Launch = {
  readonly pid: number | undefined;
  /** Whether it has ended. */
  readonly ended: () => boolean;
  /** The last lines it wrote to the log. */
  readonly said: () => Promise<string[]>;
};

export type LaunchPlan = {
  readonly layout: Layout;
  readonly programs: Programs;
  readonly account: Account;
  readonly socketDirectory: string;
  /** The dead server that `postmaster.pid` still names. */
  readonly stalePid: number | undefined;
};

/**
 * Starts the server in a session of its own: Ctrl-C in the terminal does not reach it, and it outlives Tandem when
 * Tandem is killed. Its messages go to the log file directly, for the same reason.
 */
export async function launch(plan: LaunchPlan): Promise<Launch> {
  const { layout, programs, account } = plan;
  await boundLog(layout.log);
  const log = await openLog(layout.log);
  try {
    const offset = await lengthOf(layout.log);
    const child = spawn(programs.postgres, serverArguments(plan), {
      ...runAs(account),
      cwd: "/",
      detached: true,
      env: { ...plainEnvironment(), ...forgetting(plan.stalePid) },
      stdio: ["ignore", log.fd, log.fd],
    });
    let over = false;
    child.once("exit", () => (over = true));
    child.once("error", () => (over = true));
    child.unref();
    return { pid: child.pid, ended: () => over, said: () => tailOf(layout.log, offset) };
  } finally {
    await log.close();
  }
}

/** These are given on the command line because they follow from where the folder is now. */
function serverArguments({ layout, socketDirectory }: LaunchPlan): string[] {
  const settings = [
    "listen_addresses=",
    `unix_socket_directories="${socketDirectory}"`,
    "unix_socket_permissions=0700",
  ];
  return ["-D", layout.cluster, ...settings.flatMap((setting) => ["-c", setting])];
}

/**
 * PostgreSQL takes a recorded process id for a live server when any process of this user has it now. This variable,
 * which pg_ctl uses for its own parent, names an id that is not a server; the check for live server processes by
 * shared memory stays.
 */
function forgetting(stalePid: number | undefined): NodeJS.ProcessEnv {
  return stalePid === undefined ? {} : { PG_GRANDPARENT_PID: String(stalePid) };
}

/** The spawn options that make a program run as the account. */
export function runAs(account: Account): { uid?: number; gid?: number } {
  return account.switched ? { uid: account.uid, gid: account.gid } : {};
}

/** No `PG*` variable of Tandem's own environment reaches the server; messages stay English, as Tandem reads them. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" };
}
