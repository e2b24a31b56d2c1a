/**
 * Kills Tandem, its embedded server, or both, at random moments of a first full read with people at work, and looks at
 * what is left: after each kill it must go on, read no finished page again, and in the end both sides must be equal.
 *
 * `node test/e2e/kill.ts --kills 50 --target tandem|server|both [--records 6000] [--seed 1]`
 * prints one line a kill, and ends with 1 when the verdict is bad. A first full read that ends before the kills do is
 * judged, and another one begins in a fresh folder.
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { waitForEnd } from "../../src/store/embedded/postmaster.ts";
import type { AttachedServer } from "../../src/store/embedded/server.ts";
import { attachEmbedded } from "../../src/store/embedded/server.ts";
import { seededChance } from "./chance.ts";
import { compare } from "./compare.ts";
import { Editors } from "./edits.ts";
import type { ServerFolder } from "./folder.ts";
import { serverFolder } from "./folder.ts";
import type { Window } from "./pages-read.ts";
import { openWindow } from "./pages-read.ts";
import type { Environment, RunningOrganization } from "./processes.ts";
import { end, over, spawnTandem, startOrganization, tandem } from "./processes.ts";

export type Target = "tandem" | "server" | "both";

export interface KillPlan {
  readonly kills: number;
  readonly target: Target;
  /** Records of the demo organization. */
  readonly records: number;
  readonly seed: number;
  /** Told of each kill and each verdict. */
  readonly say: (line: string) => void;
}

export interface KillVerdict {
  readonly kills: number;
  /** First full reads that were made. */
  readonly rounds: number;
  /** Edits that were made meanwhile. */
  readonly edits: number;
  /** Pages of first full reads, each counted once. */
  readonly pages: number;
  /** Pages that were asked for again. */
  readonly again: number;
  /** How many pages may be under way when Tandem is killed, for all kills. */
  readonly mayAgain: number;
  /** What is wrong; empty when all is well. */
  readonly faults: readonly string[];
}

/** Small pages, slowly: a first full read takes long enough to be killed often. */
const PAGE_SIZE = 20;
const PAGE_MS = 30;
/** A killed life may lose, for each of two whole reads at once, the page being written and the one read ahead. */
const UNDER_WAY = 4;
/** Longest life between two kills, once pages are read. */
const LIFE_MS = 1_500;
/** One kill in so many hits Tandem while it is starting. */
const STARTING = 6;
const STARTING_MS = 1_500;
/** How long Tandem may take to go on after a kill. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 1_000;
const SERVER_LOOK_MS = 20;

/** Carries out the plan. */
export async function killOften(plan: KillPlan): Promise<KillVerdict> {
  await using ground = new AsyncDisposableStack();
  const organization = await startOrganization(plan);
  ground.defer(() => organization.stop());
  const window = await openWindow(organization.url, PAGE_SIZE);
  ground.defer(() => window.close());
  const editors = await Editors.at(organization.control, plan.seed);
  const chance = seededChance(plan.seed);
  const sum = { kills: 0, rounds: 0, edits: 0, pages: 0, again: 0 };
  const faults: string[] = [];
  while (sum.kills < plan.kills && faults.length === 0) {
    const round = new Round({ plan, organization, window, editors, chance, done: sum.kills });
    const result = await round.run();
    sum.rounds += 1;
    sum.kills += result.kills;
    sum.edits += result.edits;
    sum.pages += result.pages;
    sum.again += result.again;
    faults.push(...result.faults);
  }
  return { ...sum, mayAgain: sum.kills * UNDER_WAY, faults };
}

interface RoundParts {
  readonly plan: KillPlan;
  readonly organization: RunningOrganization;
  readonly window: Window;
  readonly editors: Editors;
  readonly chance: () => number;
  /** Kills of earlier rounds. */
  readonly done: number;
}

/** One first full read into a fresh folder, killed until it ends or the kills do. */
class Round {
  readonly #parts: RoundParts;
  readonly #faults: string[] = [];
  #kills = 0;

  constructor(parts: RoundParts) {
    this.#parts = parts;
  }

  async run(): Promise<KillVerdict> {
    const { window, editors, plan } = this.#parts;
    const folder = await serverFolder();
    const pausing = new AbortController();
    window.begin();
    window.delayMs = PAGE_MS;
    const working = workUntil(editors, pausing.signal);
    try {
      await this.#killUntilRead(folder);
      window.delayMs = 0;
      pausing.abort();
      const edits = await working;
      await this.#judge(folder);
      const { pages, again } = window.pagesRead();
      if (again > this.#kills * UNDER_WAY) this.#faults.push(`${again} pages were read again`);
      return { kills: this.#kills, rounds: 1, edits, pages, again, mayAgain: 0, faults: this.#faults };
    } finally {
      pausing.abort();
      await working.catch(() => undefined);
      await folder.remove();
      plan.say(`  ${this.#faults.length === 0 ? "equal after this read" : this.#faults.join("; ")}`);
    }
  }

  get #environment(): Environment {
    return {
      ...this.#parts.organization.environment,
      TANDEM_DYNAMICS_URL: this.#parts.window.url,
      TANDEM_PAGE_SIZE: String(PAGE_SIZE),
      TANDEM_PAUSE_SECONDS: "1",
      TANDEM_PORT: "0",
    };
  }

  async #killUntilRead(folder: ServerFolder): Promise<void> {
    const { plan, done } = this.#parts;
    let child: ChildProcess | undefined;
    while (done + this.#kills < plan.kills) {
      child ??= spawnTandem(["start", "--json"], { ...this.#environment, TANDEM_DATABASE_URL: folder.path });
      const moment = await this.#moment(child, folder);
      if (moment === null) break;
      await this.#kill(folder, child);
      this.#kills += 1;
      const { pages, again } = this.#parts.window.pagesRead();
      plan.say(
        `${String(done + this.#kills).padStart(3)} ${plan.target} ${moment}: ${pages} pages, ${again} again`,
      );
      if (plan.target !== "server") child = undefined;
      else if (child.exitCode !== null) throw new Error("Tandem ended when its server was killed.");
    }
    if (child !== undefined) await end(child, "SIGTERM");
  }

  /** Waits for a random moment: mostly while pages are read. Null when everything was read before it came. */
  async #moment(child: ChildProcess, folder: ServerFolder): Promise<string | null> {
    const { plan, chance, window } = this.#parts;
    if (plan.target !== "server" && chance() < 1 / STARTING) {
      const ms = Math.round(chance() * STARTING_MS);
      await sleep(ms);
      return `${ms} ms after its start`;
    }
    const began = performance.now();
    const patience = AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), this.#endOf(child)]);
    const ms = Math.round(chance() * LIFE_MS);
    // A page may still be asked for after the server was killed; going on begins with a server.
    while (!patience.aborted && (await reached(folder)) === undefined) await sleep(SERVER_LOOK_MS);
    for (;;) {
      const page = window.nextPage(AbortSignal.any([patience, AbortSignal.timeout(LOOK_MS)]));
      const going = await page.then(
        () => true,
        () => false,
      );
      if (going) break;
      if (await isRead(folder)) return null;
      if (patience.aborted) throw new Error("Tandem ended, or did not go on.");
    }
    const waited = Math.round(performance.now() - began);
    await sleep(ms);
    return (await isRead(folder)) ? null : `${ms} ms after it went on, which took ${waited} ms`;
  }

  readonly #ends = new WeakMap<ChildProcess, AbortSignal>();

  /** Aborted when the process ends. */
  #endOf(child: ChildProcess): AbortSignal {
    const known = this.#ends.get(child);
    if (known !== undefined) return known;
    const ended = new AbortController();
    void over(child).then(() => ended.abort());
    this.#ends.set(child, ended.signal);
    return ended.signal;
  }

  async #kill(folder: ServerFolder, child: ChildProcess): Promise<void> {
    const { target } = this.#parts.plan;
    const server = target === "tandem" ? undefined : await reached(folder);
    if (server !== undefined) kill(server.pid);
    if (target !== "server") await end(child, "SIGKILL");
    if (server !== undefined) await waitForEnd(server.pid, 30_000);
  }

  /** Lets Tandem work in peace until it finds nothing more to do, and compares. */
  async #judge(folder: ServerFolder): Promise<void> {
    const environment = { ...this.#environment, TANDEM_DATABASE_URL: folder.path };
    for (let rest = false; !rest;) {
      const { code, output, errors } = await tandem(["sync", "--once", "--json"], environment);
      if (code !== 0) {
        this.#faults.push(`tandem sync ended with ${code}: ${errors}`);
        return;
      }
      rest = isRest(output);
    }
    const { organization } = this.#parts;
    const verdict = await folder.withServer((database) => compare({ emulator: organization.url, database }));
    for (const { entity, id, column, problem } of verdict.differences.slice(0, 5)) {
      this.#faults.push(`${entity} ${id} ${column}: ${problem}`);
    }
    if (verdict.different > 5) this.#faults.push(`and ${verdict.different - 5} more differences`);
  }
}

interface SyncOutput {
  readonly cycles: number;
  readonly status: {
    readonly connections: readonly {
      readonly lastCycle: { readonly created: number; readonly updated: number; readonly deleted: number };
    }[];
  };
}

/** True when all that `tandem sync` did was one cycle that changed nothing. */
function isRest(output: string): boolean {
  const { cycles, status } = JSON.parse(output) as SyncOutput;
  const last = status.connections[0]?.lastCycle;
  return cycles === 1 && last !== undefined && last.created + last.updated + last.deleted === 0;
}

/** The folder's server, when there is one that is alive. */
async function reached(folder: ServerFolder): Promise<AttachedServer | undefined> {
  return attachEmbedded(folder.path).catch(() => undefined);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It may have ended by itself in this very moment.
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ESRCH") throw error;
  }
}

/** True when every entity has been read to its end once. */
async function isRead(folder: ServerFolder): Promise<boolean> {
  try {
    const { connectionString } = await attachEmbedded(folder.path);
    const client = new Client({ connectionString });
    await client.connect();
    try {
      const { rows } = await client.query<{ read: boolean | null }>(
        "select bool_and(complete) as read from marketing_sync.entities",
      );
      return rows[0]?.read === true;
    } finally {
      await client.end();
    }
  } catch {
    // A server that is starting, or has no tables yet, has read nothing.
    return false;
  }
}

const EDITS_AT_ONCE = 5;
const EDIT_PAUSE_MS = 100;

/** About fifty edits a second until told to stop; returns how many were accepted. */
async function workUntil(editors: Editors, signal: AbortSignal): Promise<number> {
  let accepted = 0;
  while (!signal.aborted) {
    accepted += await editors.work(EDITS_AT_ONCE);
    await sleep(EDIT_PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  return accepted;
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "50" },
      target: { type: "string", default: "tandem" },
      records: { type: "string", default: "6000" },
      seed: { type: "string", default: "1" },
    },
  });
  const { target } = values;
  if (target !== "tandem" && target !== "server" && target !== "both") {
    throw new Error("--target is tandem, server or both.");
  }
  const verdict = await killOften({
    kills: Number(values.kills),
    target,
    records: Number(values.records),
    seed: Number(values.seed),
    say: (line) => process.stdout.write(`${line}\n`),
  });
  const { kills, rounds, edits, pages, again, mayAgain, faults } = verdict;
  const good = faults.length === 0;
  process.stdout.write(
    `${good ? "GOOD" : "BAD"}: ${kills} kills of ${target} in ${rounds} first full reads with ${edits} edits; ` +
      `${pages} pages, ${again} read again (${mayAgain} may be). ${good ? "Both sides are equal." : faults.join("; ")}\n`,
  );
  if (!good) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await run();
