/**
 * Two crowds edit the same people for a while, some through SQL and some in Dynamics, while cycles run back to back and
 * processes are killed. After quiet both sides must be equal on every field, another cycle must write nothing on either
 * side, every value that lost must be on record, and nobody may exist twice.
 *
 * `node test/e2e/crowds.ts [--records 8000] [--seconds 120] [--writers 20] [--sellers 20] [--kills 0]
 *  [--target tandem|server] [--seed 1]`
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { waitForEnd } from "../../src/store/embedded/postmaster.ts";
import { attachEmbedded } from "../../src/store/embedded/server.ts";
import { seededChance } from "./chance.ts";
import type { CrowdVerdict } from "./crowd-judge.ts";
import { fingerprint, judge, livingPeople } from "./crowd-judge.ts";
import type { CrowdPerson, CrowdResult } from "./crowd-writers.ts";
import { letCrowdsWork } from "./crowd-writers.ts";
import type { ServerFolder } from "./folder.ts";
import { serverFolder } from "./folder.ts";
import type { Environment } from "./processes.ts";
import { end, spawnTandem, startOrganization, tandem } from "./processes.ts";

export interface CrowdsPlan {
  readonly records: number;
  readonly seconds: number;
  readonly writers: number;
  readonly sellers: number;
  readonly kills: number;
  readonly target: "tandem" | "server";
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface CrowdsVerdict extends CrowdVerdict {
  readonly people: number;
  readonly edits: number;
  readonly missed: number;
  readonly kills: number;
}

/** Each member of a crowd makes about two edits a second. */
const EDIT_PAUSE_MS = 500;
const QUIET_CYCLES = 20;

export async function crowds(plan: CrowdsPlan): Promise<CrowdsVerdict> {
  await using ground = new AsyncDisposableStack();
  const organization = await startOrganization(plan);
  ground.defer(() => organization.stop());
  const folder = await serverFolder();
  ground.defer(() => folder.remove());
  const environment: Environment = {
    ...organization.environment,
    TANDEM_DATABASE_URL: folder.path,
    TANDEM_PAUSE_SECONDS: "1",
    TANDEM_PORT: "0",
  };
  await copied(environment);
  const { control } = organization;
  const people = await folder.withServer((database) => withClient(database, livingPeople));
  plan.say(`${people.length} people are copied; ${plan.writers} writers and ${plan.sellers} sellers begin.`);
  const { work, kills } = await workAndKill({ plan, folder, environment, people, control });
  plan.say(`${work.edits} edits, ${work.missed} not taken, ${kills} kills; waiting for quiet.`);
  await quiet(environment);
  const faults: string[] = [];
  const look = (): Promise<string> =>
    folder.withServer((database) => withClient(database, (client) => fingerprint({ control, client })));
  const before = await look();
  await quiet(environment);
  if ((await look()) !== before) faults.push("a cycle after quiet has written");
  const verdict = await folder.withServer((database) =>
    withClient(database, (client) => judge({ control, client }, people, work)),
  );
  return {
    ...verdict,
    faults: [...faults, ...verdict.faults],
    people: people.length,
    edits: work.edits,
    missed: work.missed,
    kills,
  };
}

interface Scene {
  readonly plan: CrowdsPlan;
  readonly folder: ServerFolder;
  readonly environment: Environment;
  readonly people: readonly CrowdPerson[];
  readonly control: string;
}

/** Both crowds work while Tandem runs; it, or its server, is killed at random moments. */
async function workAndKill(scene: Scene): Promise<{ readonly work: CrowdResult; readonly kills: number }> {
  const { plan, folder, environment, people, control } = scene;
  const ending = new AbortController();
  const killing = new Killing(scene, seededChance(plan.seed + 1));
  const crowd = {
    people,
    control,
    writers: plan.writers,
    sellers: plan.sellers,
    seed: plan.seed,
    pauseMs: EDIT_PAUSE_MS,
    database: async () => (await attachEmbedded(folder.path)).connectionString,
  };
  killing.start(environment);
  await killing.reachable();
  const working = letCrowdsWork(crowd, ending.signal);
  try {
    await killing.during(plan.seconds * 1000);
  } finally {
    ending.abort();
    await working.catch(() => undefined);
    await killing.end();
  }
  return { work: await working, kills: killing.kills };
}

/** A Tandem that is killed now and then, and started again. */
class Killing {
  readonly #scene: Scene;
  readonly #chance: () => number;
  #child: ChildProcess | undefined;
  kills = 0;

  constructor(scene: Scene, chance: () => number) {
    this.#scene = scene;
    this.#chance = chance;
  }

  start(environment: Environment): void {
    this.#child = spawnTandem(["start", "--json"], environment);
    this.#child.stdout?.resume();
    this.#child.stderr?.resume();
  }

  async reachable(): Promise<void> {
    const { folder } = this.#scene;
    while ((await attachEmbedded(folder.path).catch(() => undefined)) === undefined) await sleep(50);
  }

  /** Works for so long, or until all kills are done, whichever is later. */
  async during(ms: number): Promise<void> {
    const { plan, environment } = this.#scene;
    const until = performance.now() + ms;
    const gap = plan.kills === 0 ? ms : ms / plan.kills;
    while (this.kills < plan.kills) {
      await sleep(gap * (0.5 + this.#chance()));
      await this.#kill(environment);
      this.kills += 1;
      if (this.kills % 10 === 0) plan.say(`${this.kills} kills of ${plan.target}`);
    }
    await sleep(Math.max(0, until - performance.now()));
  }

  async end(): Promise<void> {
    if (this.#child !== undefined) await end(this.#child, "SIGTERM");
  }

  async #kill(environment: Environment): Promise<void> {
    const { plan, folder } = this.#scene;
    if (plan.target === "tandem") {
      if (this.#child !== undefined) await end(this.#child, "SIGKILL");
      this.start(environment);
      await this.reachable();
      return;
    }
    const server = await attachEmbedded(folder.path).catch(() => undefined);
    if (server === undefined) return;
    process.kill(server.pid, "SIGKILL");
    await waitForEnd(server.pid, 30_000);
    await this.reachable();
  }
}

/** A first copy, to its end. */
async function copied(environment: Environment): Promise<void> {
  await sync(environment);
}

interface SyncOutput {
  readonly cycles: number;
}

async function sync(environment: Environment): Promise<SyncOutput> {
  const { code, output, errors } = await tandem(["sync", "--once", "--json"], environment);
  if (code !== 0) throw new Error(`tandem sync ended with ${code}: ${errors}`);
  return JSON.parse(output) as SyncOutput;
}

/** Syncs until one cycle is enough to find nothing left to do. */
async function quiet(environment: Environment): Promise<void> {
  for (let tries = 0; tries < QUIET_CYCLES; tries += 1) {
    if ((await sync(environment)).cycles === 1) return;
  }
  throw new Error(`Not quiet after ${QUIET_CYCLES} runs of tandem sync.`);
}

async function withClient<T>(database: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: database });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      records: { type: "string", default: "8000" },
      seconds: { type: "string", default: "120" },
      writers: { type: "string", default: "20" },
      sellers: { type: "string", default: "20" },
      kills: { type: "string", default: "0" },
      target: { type: "string", default: "tandem" },
      seed: { type: "string", default: "1" },
    },
  });
  const { target } = values;
  if (target !== "tandem" && target !== "server") throw new Error("--target is tandem or server.");
  const verdict = await crowds({
    records: Number(values.records),
    seconds: Number(values.seconds),
    writers: Number(values.writers),
    sellers: Number(values.sellers),
    kills: Number(values.kills),
    target,
    seed: Number(values.seed),
    say: (line) => process.stdout.write(`${line}\n`),
  });
  const { faults, ...figures } = verdict;
  for (const fault of faults.slice(0, 20)) process.stdout.write(`  ${fault}\n`);
  process.stdout.write(
    `${faults.length === 0 ? "GOOD" : `BAD (${faults.length})`}: ${JSON.stringify(figures)}\n`,
  );
  if (faults.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await run();
