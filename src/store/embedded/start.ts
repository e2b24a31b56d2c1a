import type { Account } from "./account.ts";
import { makeCluster } from "./cluster.ts";
import type { EmbeddedError } from "./error.ts";
import type { StartFailure } from "./failure.ts";
import { failedStart, silentServer, startFailure } from "./failure.ts";
import type { Layout } from "./folder.ts";
import { checkCluster } from "./folder.ts";
import type { Launch } from "./launch.ts";
import { launch } from "./launch.ts";
import { poll } from "./poll.ts";
import type { Presence } from "./presence.ts";
import { presenceOf } from "./presence.ts";
import { programsFor } from "./programs.ts";
import { makeSocketDirectory } from "./socket.ts";

/** A folder that was settled, and who runs its server. */
export type Home = {
  readonly layout: Layout;
  readonly account: Account;
  readonly log: (line: string) => void;
};

type Answering = Extract<Presence, { state: "answers" }>;

/** A server that answers; `started` tells whether this process started it. */
export type Reached = Answering & { readonly started: boolean };

/** Recovery after a crash reads up to `max_wal_size` of log; slow disks need a while for that. */
const patience = 120_000;

/**
 * Attaches to the server of a folder when it is alive, and starts it otherwise: the cluster is made when there is
 * none, a dead server's record is passed over, and processes it left are waited for.
 * @throws EmbeddedError when it cannot start or did not answer in time
 */
export async function reachServer(home: Home, signal?: AbortSignal): Promise<Reached> {
  const start = new Start(home);
  try {
    const reached = await poll(() => start.step(), { milliseconds: patience, signal });
    if (reached) return reached;
  } catch (error) {
    start.abandon();
    throw error;
  }
  throw await start.gaveUp();
}

/** One attempt to reach a server. Each step looks where things are and moves them on; repeating it does no harm. */
class Start {
  readonly #home: Home;
  #launched: Launch | undefined;
  #lastFailure: StartFailure = "unknown";
  #lastPid = 0;

  constructor(home: Home) {
    this.#home = home;
  }

  async step(): Promise<Reached | undefined> {
    const presence = await presenceOf(this.#home.layout);
    if (presence.state === "answers") {
      return { ...presence, started: presence.pid === this.#launched?.pid };
    }
    if (this.#launched?.ended()) await this.#learn(this.#launched);
    if (presence.state === "busy") this.#lastPid = presence.pid;
    if (presence.state === "absent" && !this.#launched) await this.#launch(presence.stalePid);
    return undefined;
  }

  /** Ends a server that was started here and never answered. */
  abandon(): void {
    if (this.#launched?.pid !== undefined && !this.#launched.ended())
      process.kill(this.#launched.pid, "SIGINT");
  }

  async gaveUp(): Promise<EmbeddedError> {
    const { folder } = this.#home.layout;
    const lines = (await this.#launched?.said()) ?? [];
    return this.#launched || this.#lastPid !== 0
      ? silentServer(this.#launched?.pid ?? this.#lastPid, folder, lines)
      : failedStart(this.#lastFailure, folder, lines);
  }

  async #launch(stalePid: number | undefined): Promise<void> {
    const { layout, account, log } = this.#home;
    const programs = await programsFor(layout, account);
    if (!(await checkCluster(layout))) {
      log(`Making a new database in ${layout.folder}`);
      await makeCluster(layout, programs, account);
    }
    const socketDirectory = await makeSocketDirectory(layout, account);
    this.#launched = await launch({ layout, programs, account, socketDirectory, stalePid });
    log(`Starting the embedded PostgreSQL server (process ${this.#launched.pid ?? "unknown"})`);
  }

  /** Two failures pass with time; any other is for a person. */
  async #learn(launched: Launch): Promise<void> {
    const lines = await launched.said();
    this.#launched = undefined;
    this.#lastFailure = startFailure(lines);
    if (this.#lastFailure !== "taken" && this.#lastFailure !== "orphans") {
      throw failedStart(this.#lastFailure, this.#home.layout.folder, lines);
    }
  }
}
