/**
 * Edits made in marketing on their way to Dynamics: people are edited with one statement, and Tandem's own `sync` runs
 * as a process. Prints requests per 1,000 changes and changes per second, with and without the guard.
 *
 * `npm run bench -- push [--changes 1,100,100000] [--guard on,off] [--contacts 100000] [--seed 7]
 *  [--database postgres://…] [--json]`; without a database, on an embedded server in the folder for temporary files.
 */
import { parseArgs } from "node:util";
import type { Crowd } from "./crowd.ts";
import { startCrowd } from "./crowd.ts";
import { table, whole } from "./figures.ts";
import { machine } from "./machine.ts";
import { cpuOf, measured } from "./measured.ts";
import type { BenchServer } from "./server.ts";
import { openServer, query } from "./server.ts";
import { TANDEM } from "./tandem.ts";

/** What some changes cost. */
interface Run {
  readonly changes: number;
  readonly guard: "on" | "off";
  /** Beyond those of a cycle that finds nothing to do, the looking-up of overtaken records included. */
  readonly requests: number;
  /** Of the cycles that pushed, reading included. */
  readonly seconds: number;
  /** Processor time of the process and of the emulator, in seconds. */
  readonly cpu: { readonly own: number; readonly emulator: number };
}

const DATABASE = "tandem_bench_push";

/** Runs the measurement and prints it. */
export async function run(words: string[]): Promise<void> {
  const { values } = parseArgs({
    args: words,
    options: {
      changes: { type: "string", default: "1,100,100000" },
      guard: { type: "string", default: "on,off" },
      contacts: { type: "string" },
      seed: { type: "string", default: "7" },
      database: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const sizes = values.changes.split(",").map(Number);
  const contacts = Number(values.contacts ?? Math.max(...sizes));
  const crowd = await startCrowd({ contacts, columns: 10, seed: Number(values.seed) });
  const server = await openServer(values.database);
  const runs: Run[] = [];
  try {
    const scene = await copied(server, crowd);
    for (const guard of values.guard.split(",")) {
      for (const changes of sizes) runs.push(await push(scene, changes, guard === "off" ? "off" : "on"));
    }
  } finally {
    await server.drop(DATABASE);
    await server.close();
    await crowd.close();
  }
  const command = ["npm run bench -- push", ...words].join(" ");
  if (values.json) console.log(JSON.stringify({ command, machine: machine(), contacts, runs }));
  else console.log(reportText(command, contacts, runs));
}

interface Scene {
  readonly crowd: Crowd;
  readonly database: string;
}

/** Everybody is in the database, and both sides are quiet. */
async function copied(server: BenchServer, crowd: Crowd): Promise<Scene> {
  const scene = { crowd, database: await server.database(DATABASE) };
  await sync(scene, "on");
  return scene;
}

async function push(scene: Scene, changes: number, guard: Run["guard"]): Promise<Run> {
  const { database, crowd } = scene;
  await sync(scene, guard);
  const [idle] = await cyclesSince(database, 0);
  await query(
    database,
    `update marketing.people set last_name = left(clock_timestamp()::text, 50)
      where id in (select id from marketing.people where crm_type = 'contact' order by id limit $1)`,
    [changes],
  );
  const emulatorBefore = (await cpuOf(crowd.pid)).own;
  const { cpuSeconds } = await sync(scene, guard);
  const emulator = (await cpuOf(crowd.pid)).own - emulatorBefore;
  const pushing = (await cyclesSince(database, idle?.id ?? 0)).filter(({ pushed }) => pushed > 0);
  const sum = (figure: (cycle: CycleRow) => number): number =>
    pushing.reduce((total, cycle) => total + figure(cycle), 0);
  const pushed = sum((cycle) => cycle.pushed);
  if (pushed !== changes) throw new Error(`${pushed} changes were pushed instead of ${changes}.`);
  const requests = sum((cycle) => cycle.requests - (idle?.requests ?? 0));
  return {
    changes,
    guard,
    requests,
    seconds: sum(({ seconds }) => seconds),
    cpu: { own: cpuSeconds, emulator },
  };
}

interface CycleRow {
  readonly id: number;
  readonly pushed: number;
  readonly requests: number;
  readonly seconds: number;
}

/** Cycles after the given one, the newest first. */
async function cyclesSince(database: string, id: number): Promise<readonly CycleRow[]> {
  return query<CycleRow>(
    database,
    `select id::int, pushed::int, requests::int, extract(epoch from ended_at - started_at)::float8 as seconds
       from marketing_sync.cycles where id > $1 order by id desc`,
    [id],
  );
}

async function sync({ crowd, database }: Scene, guard: Run["guard"]): ReturnType<typeof measured> {
  return measured([...TANDEM, "sync", "--once", "--json"], {
    ...crowd.environment,
    TANDEM_DATABASE_URL: database,
    TANDEM_GUARD_WRITES: String(guard === "on"),
  });
}

function reportText(command: string, contacts: number, runs: readonly Run[]): string {
  const { cores, cpu, memoryGb, node } = machine();
  const header = [
    "changes",
    "guard",
    "requests",
    "per 1,000",
    "seconds",
    "changes/s",
    "CPU s",
    "emulator CPU s",
  ];
  const rows = runs.map(({ changes, guard, requests, seconds, cpu: { own, emulator } }) => [
    whole(changes),
    guard,
    whole(requests),
    ((requests / changes) * 1000).toFixed(1),
    seconds.toFixed(2),
    whole(changes / seconds),
    own.toFixed(1),
    emulator.toFixed(1),
  ]);
  return [
    `${command}\n${cores} cores ${cpu}, ${memoryGb} GB, Node ${node}`,
    `${whole(contacts)} contacts`,
    table([header, ...rows]),
  ].join("\n\n");
}
