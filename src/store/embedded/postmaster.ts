import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { errnoOf } from "./error.ts";
import { poll } from "./poll.ts";

/** The process id in the first line of a `postmaster.pid`; undefined while the server is still writing it. */
export function postmasterIn(text: string): number | undefined {
  const pid = Number.parseInt(text.split("\n", 1)[0] ?? "", 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

/** The process id that the cluster's `postmaster.pid` names, whether or not that process still lives. */
export async function recordedPostmaster(cluster: string): Promise<number | undefined> {
  try {
    return postmasterIn(await readFile(join(cluster, "postmaster.pid"), "utf8"));
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * Whether a process runs. One that has ended and that nobody has collected yet (a zombie, usual in containers whose
 * first process is not an init) does not.
 */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
  if (process.platform !== "linux") return true;
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !isZombie(status);
}

/** Whether a line of `/proc/<pid>/stat` is of a zombie. The name in parentheses may itself hold anything. */
export function isZombie(status: string): boolean {
  return status.slice(status.lastIndexOf(")")).startsWith(") Z");
}

/**
 * Whether `pid` is a server of this cluster, and not a stranger that got the same number after a restart: a server
 * works in its cluster's directory. Where the system does not show that, the program's name decides.
 */
export async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  if (!(await isRunning(pid))) return false;
  if (process.platform === "linux") {
    return readlink(`/proc/${pid}/cwd`).then(
      (directory) => directory === cluster,
      () => false,
    );
  }
  if (process.platform === "win32") return true;
  const listed = await promisify(execFile)("ps", ["-o", "comm=", "-p", String(pid)]).catch(() => undefined);
  return listed?.stdout.includes("postgres") ?? false;
}

/** Waits until a process has ended; false when it still runs after `milliseconds`. */
export async function waitForEnd(pid: number, milliseconds: number): Promise<boolean> {
  const ended = await poll(async () => ((await isRunning(pid)) ? undefined : true), { milliseconds });
  return ended ?? false;
}
