import { statfs } from "node:fs/promises";
import { makeCluster } from "./cluster.ts";
import type { EmbeddedError } from "./error.ts";
import type { StartFailure } from "./failure.ts";
import { failedStart, silentServer, startFailure } from "./failure.ts";
import { checkCluster } from "./folder.ts";
import type { Home } from "./home.ts";
import type { Launch } from "./launch.ts";
import { launch } from "./launch.ts";
import type { Patience } from "./poll.ts";
import { poll } from "./poll.ts";
import { waitForEnd } from "./postmaster.ts";
import type { Presence } from "./presence.ts";
import { presenceOf } from "./presence.ts";
import { programsFor } from "./programs.ts";
import { chooseLoopbackAddress } from "./windows.ts";

/** A server that answers; `started` tells whether this process started it. */
export type Reached = Extract<Presence, { state: "answers" }> & { readonly started: boolean };

/**
 * Attaches to the server of a folder when it is alive, and starts it otherwise: the cluster is made when there is
 * none, a dead server's record is passed over, and processes it left are waited for.
 * @throws EmbeddedError when it cannot start or does not answer in time
 */
export async function reachServer(home: Home, patience: Patience): Promise<Reached> {
  const start = new Start(home);
  try {
    const reached = await poll(() => start.step(), patience);
    if (reached) return reached;
  } catch (error) {
    await start.abandon();
    throw error;
  }
  throw await start.surrender();
}

/** How long an abandoned server gets to end (milliseconds). */
const farewell = 10_000;

/** One attempt to reach a server. Each step looks where things are and moves them on; repeating it does no harm. */
class Start {
  readonly #home: Home;
  #launched: Launch | undefined;
  #failure: StartFailure = "unknown";
  #busyPid: number | undefined;

  constructor(home: Home) {
    this.#home = home;
  }

  /** The server, once it answers. */
  async step(): Promise<Reached | undefined> {
    const presence = await presenceOf(this.#home.layout);
    if (presence.state === "answers") return { ...presence, started: this.#isMine(presence.pid) };
    if (this.#launched?.ended()) await this.#learn(this.#launched);
    if (presence.state === "busy") this.#wait(presence.pid);
    if (presence.state === "absent" && !this.#launched) await this.#launch(presence.stalePid);
    return undefined;
  }

  /** Ends a server that was started here and has not answered yet. */
  async abandon(): Promise<void> {
    const { pid, ended } = this.#launched ?? {};
    if (pid === undefined || ended?.()) return;
    process.kill(pid, "SIGINT");
    await waitForEnd(pid, farewell);
  }

  /** Why there is no server after all this time. One that is busy keeps what it has recovered, so it may go on. */
  async surrender(): Promise<EmbeddedError> {
    const { folder } = this.#home.layout;
    const lines = (await this.#launched?.said()) ?? [];
    const pid = this.#launched?.pid ?? this.#busyPid;
    if (pid === undefined || this.#failure === "orphans") return failedStart(this.#failure, folder, lines);
    return silentServer(pid, folder, lines);
  }

  #isMine(pid: number): boolean {
    return this.#launched !== undefined && (this.#launched.pid ?? pid) === pid;
  }

  #wait(pid: number): void {
    const known = [this.#busyPid, this.#launched?.pid].includes(pid);
    if (!known) this.#home.log(`Waiting for the embedded PostgreSQL server (process ${pid})`);
    this.#busyPid = pid;
  }

  async #launch(stalePid: number | undefined): Promise<void> {
    const { layout, account, log } = this.#home;
    const programs = await programsFor(layout, account);
    if (!(await checkCluster(layout))) {
      log(`Making a new database in ${layout.folder}`);
      const { password } = process.platform === "win32" ? await chooseLoopbackAddress(layout) : {};
      await makeCluster(this.#home, programs, password);
    }
    log(`Starting the embedded PostgreSQL server in ${layout.folder}`);
    this.#busyPid = undefined;
    this.#launched = await launch(this.#home, programs, stalePid);
  }

  /** Two failures pass with time; any other is for a person. */
  async #learn(launched: Launch): Promise<void> {
    const { folder } = this.#home.layout;
    const lines = await launched.said();
    const { bavail, bsize } = await statfs(folder);
    this.#launched = undefined;
    const failure = startFailure(lines, bavail * bsize);
    if (failure !== "taken" && failure !== "orphans") throw failedStart(failure, folder, lines);
    if (failure === "orphans" && this.#failure !== "orphans") {
      this.#home.log(`Waiting for processes of a killed PostgreSQL server in ${folder} to end`);
    }
    this.#failure = failure;
  }
}
