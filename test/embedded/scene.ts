import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { Client } from "pg";
import { expect, onTestFinished } from "vitest";
import { firstClosed } from "../../src/store/embedded/account.ts";
import { openEmbedded } from "../../src/store/embedded/server.ts";
import { recordedPostmaster, isPostmaster, waitForEnd } from "../../src/store/embedded/postmaster.ts";
import { scratchPlace } from "../support/scratch-place.ts";
import type { OwnerReport } from "./owner.ts";

/** Root can do what tests of other users and of full or read-only disks need. */
export const isRoot = process.geteuid?.() === 0;

/** The account every system has, for a second user. */
export const nobody = { uid: 65_534, gid: 65_534 };

const project = join(import.meta.dirname, "../..");

const run = promisify(execFile);

/** An empty folder that everybody may enter. When the test ends, so do the servers below it, and it is removed. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(await scratchPlace(), "tandem-embedded-"));
  onTestFinished(() => clear(folder));
  await chmod(folder, 0o755);
  return folder;
}

let template: Promise<string> | undefined;

/** A folder in which a server has been before, with a table `note` of one row. Faster than a first start. */
export async function usedFolder(name = "server"): Promise<string> {
  template ??= makeTemplate();
  const folder = join(await scratch(), name);
  await run("cp", ["-a", await template, folder]);
  return folder;
}

/** Removes what `usedFolder` copied from; for `afterAll`. */
export async function clearTemplate(): Promise<void> {
  if (template) await clear(dirname(await template));
  template = undefined;
}

async function makeTemplate(): Promise<string> {
  const root = await mkdtemp(join(await scratchPlace(), "tandem-embedded-"));
  await chmod(root, 0o755);
  const folder = join(root, "server");
  const server = await openEmbedded({ folder });
  await query(server.connectionString, "create table note as select 'kept' as text");
  await server.stop();
  return folder;
}

async function clear(folder: string): Promise<void> {
  for (const path of await readdir(folder, { recursive: true })) {
    if (path.endsWith("postmaster.pid")) await endServer(dirname(join(folder, path)));
  }
  await rm(folder, { recursive: true, force: true });
}

async function endServer(cluster: string): Promise<void> {
  const pid = await recordedPostmaster(cluster);
  if (pid === undefined || !(await isPostmaster(pid, cluster))) return;
  process.kill(pid, "SIGCONT");
  process.kill(pid, "SIGQUIT");
  await waitForEnd(pid, 10_000);
}

/** Why another user cannot run this project's files, if that is so: it may lie in a folder of root's alone. */
export async function closedToOthers(): Promise<string | undefined> {
  const closed = (await firstClosed(project, nobody)) ?? (await firstClosed(process.execPath, nobody));
  return closed === undefined ? undefined : `other users may not enter ${closed}`;
}

/** Kills a process as the system does when memory runs out, and waits until it is gone. */
export async function killHard(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await waitForEnd(pid, 10_000);
}

/** For `toMatchObject`: a text with these words in it. */
export function containing(words: string): unknown {
  return expect.stringContaining(words);
}

/** The processes that work in a directory, as Linux lists them; elsewhere none is known. */
export async function processesIn(directory: string): Promise<number[]> {
  const pids = (await readdir("/proc").catch(() => [])).map(Number).filter((pid) => pid > 0);
  const found = pids.map(async (pid) => (await isPostmaster(pid, directory)) && pid);
  return (await Promise.all(found)).filter((pid) => pid !== false);
}

/** Asks a database one thing. */
export async function query<Row extends object>(connectionString: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The notes in the database. */
export async function notes(connectionString: string): Promise<string[]> {
  const rows = await query<{ text: string }>(connectionString, "select text from note order by text");
  return rows.map(({ text }) => text);
}

/** A process of its own that opens a folder (see `owner.ts`). */
export class Owner {
  readonly process: ChildProcess;
  readonly #reports: OwnerReport[] = [];
  readonly #news = new EventTarget();
  #over = false;

  constructor(child: ChildProcess) {
    this.process = child;
    const { stdout } = child;
    if (!stdout) throw new Error("An owner reports on its standard output.");
    createInterface({ input: stdout }).on("line", (line) => {
      this.#reports.push(JSON.parse(line) as OwnerReport);
      this.#news.dispatchEvent(new Event("report"));
    });
    child.once("close", () => {
      this.#over = true;
      this.#news.dispatchEvent(new Event("report"));
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Waits for the first of these events; rejects when the process ended without one. */
  async until<E extends OwnerReport["event"]>(...events: E[]): Promise<Extract<OwnerReport, { event: E }>> {
    return this.#first((report): report is Extract<OwnerReport, { event: E }> =>
      (events as string[]).includes(report.event),
    );
  }

  /** Waits until it has logged a line with these words. */
  async said(words: string): Promise<void> {
    await this.#first(
      (report): report is OwnerReport => report.event === "log" && report.line.includes(words),
    );
  }

  async #first<Report extends OwnerReport>(fits: (report: OwnerReport) => report is Report): Promise<Report> {
    for (;;) {
      const found = this.#reports.find(fits);
      if (found) return found;
      if (this.#over) throw new Error(`The owner ended; it had said: ${JSON.stringify(this.#reports)}`);
      await once(this.#news, "report");
    }
  }

  /** Lets it stop its server and end. */
  async stop(): Promise<void> {
    this.process.stdin?.write("stop\n");
    await this.until("stopped");
  }
}

export type OwnerOptions = {
  /** Another user than this process's. */
  readonly user?: number;
  /** In milliseconds. */
  readonly patience?: number;
  /** Where the project is, when it is not this one. */
  readonly installation?: string;
  /** A program that runs the owner, and its first words. */
  readonly through?: readonly string[];
};

/** Starts a process that opens `folder`; it is killed when the test ends, and its server with the folder. */
export function startOwner(folder: string, options: OwnerOptions = {}): Owner {
  const { user, patience, installation = project, through = [] } = options;
  const program = [process.execPath, join(installation, "test/embedded/owner.ts"), folder];
  const [command = "", ...words] = [
    ...through,
    ...program,
    ...(patience === undefined ? [] : [String(patience)]),
  ];
  const child = spawn(command, words, {
    detached: true,
    cwd: "/",
    stdio: ["pipe", "pipe", "inherit"],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return new Owner(child);
}
