/**
 * A first full read of contacts: Tandem's own `sync` as a process, beside the wall (`wall.ts`), alternating, on the
 * same server, with the same pages. Prints rows per second of both, their ratio, processor time and peak memory.
 *
 * `npm run bench -- snapshot [--contacts 100000,1000000] [--columns 60] [--runs 5] [--page-size 2500] [--seed 7]
 *  [--database postgres://…] [--json]`; without a database, on an embedded server in the folder for temporary files.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Crowd } from "./crowd.ts";
import { startCrowd, wallTask } from "./crowd.ts";
import type { Spread } from "./figures.ts";
import { spread, table, whole } from "./figures.ts";
import { machine } from "./machine.ts";
import type { Measured } from "./measured.ts";
import { cpuOf, measured } from "./measured.ts";
import type { BenchServer } from "./server.ts";
import { openServer, query } from "./server.ts";
import { TANDEM } from "./tandem.ts";
import type { WallResult } from "./wall.ts";

const WALL = join(import.meta.dirname, "wall.ts");

interface Plan {
  readonly contacts: number;
  readonly columns: number;
  readonly pageSize: number;
  readonly seed: number;
  readonly runs: number;
}

/** One process over all contacts, and what it cost everyone. */
interface Run {
  readonly rowsPerSecond: number;
  /** Processor time a row, in microseconds: of the process, of PostgreSQL (null: not to be seen), of the emulator. */
  readonly cpu: { readonly own: number; readonly server: number | null; readonly emulator: number };
  readonly peakMb: number;
  readonly processSeconds: number;
}

interface Report {
  readonly plan: Plan;
  readonly fields: number;
  readonly server: string;
  readonly wall: readonly Run[];
  readonly tandem: readonly Run[];
  /** Tandem's rows per second as a share of the wall's, by medians. */
  readonly ratio: number;
}

/** Runs the measurement and prints it. */
export async function run(words: string[]): Promise<void> {
  const { values } = parseArgs({
    args: words,
    options: {
      contacts: { type: "string", default: "100000" },
      columns: { type: "string", default: "60" },
      runs: { type: "string", default: "5" },
      "page-size": { type: "string", default: "2500" },
      seed: { type: "string", default: "7" },
      database: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const reports: Report[] = [];
  const server = await openServer(values.database);
  try {
    for (const contacts of values.contacts.split(",").map(Number)) {
      const plan = {
        contacts,
        columns: Number(values.columns),
        pageSize: Number(values["page-size"]),
        seed: Number(values.seed),
        runs: Number(values.runs),
      };
      reports.push(await measure(plan, server));
    }
  } finally {
    await server.close();
  }
  const command = ["npm run bench -- snapshot", ...words].join(" ");
  if (values.json) console.log(JSON.stringify({ command, machine: machine(), reports }));
  else console.log(reportText(command, reports));
}

const TEMPLATE = "tandem_bench_template";
const DATABASE = "tandem_bench_run";

async function measure(plan: Plan, server: BenchServer): Promise<Report> {
  const crowd = await startCrowd(plan);
  try {
    const fields = await prepare(plan, server, crowd);
    const scene = { plan, server, crowd };
    // Once each before it counts: the emulator keeps compressed pages, the system its files.
    await wallRun(scene);
    await tandemRun(scene);
    const [wall, tandem]: [Run[], Run[]] = [[], []];
    for (let turn = 0; turn < plan.runs; turn += 1) {
      wall.push(await wallRun(scene));
      tandem.push(await tandemRun(scene));
    }
    const ratio = medianOf(tandem, rate).median / medianOf(wall, rate).median;
    return { plan, fields, server: server.name, wall, tandem, ratio };
  } finally {
    await server.drop(DATABASE);
    await server.drop(TEMPLATE);
    await crowd.close();
  }
}

/** A database that is connected, with the crowd's columns switched on; each run begins with a copy of it. */
async function prepare(plan: Plan, server: BenchServer, crowd: Crowd): Promise<number> {
  const database = await server.database(TEMPLATE);
  const environment = { ...crowd.environment, TANDEM_DATABASE_URL: database };
  await measured([...TANDEM, "connect", "--json"], environment);
  const listed = await query<{ attribute: string }>(
    database,
    `select f.attribute from marketing_sync.fields f join marketing_sync.entities e on e.id = f.entity_id
      where e.name = 'contact' and f.direction <> 'push'`,
  );
  const pulled = new Set(listed.map(({ attribute }) => attribute));
  const chosen = crowd.attributes.filter((attribute) => pulled.has(attribute)).slice(0, plan.columns);
  await measured([...TANDEM, "fields", "contact", "--json", "--on", chosen.join(",")], environment);
  return chosen.length;
}

interface Scene {
  readonly plan: Plan;
  readonly server: BenchServer;
  readonly crowd: Crowd;
}

async function wallRun(scene: Scene): Promise<Run> {
  const { plan, server, crowd } = scene;
  const database = await server.database(DATABASE, TEMPLATE);
  const target = { database, table: "wall", pageSize: plan.pageSize };
  const task = await wallTask(crowd, target);
  const columns = task.columns.map(({ column }) => `"${column}"`).join(", ");
  await query(database, `create table wall as select ${columns} from marketing.people with no data`);
  return counted(scene, async () => {
    const process = await measured([WALL, JSON.stringify(task)], {});
    return { process, ...(JSON.parse(process.output) as WallResult) };
  });
}

async function tandemRun(scene: Scene): Promise<Run> {
  const { plan, server, crowd } = scene;
  const database = await server.database(DATABASE, TEMPLATE);
  const environment = {
    ...crowd.environment,
    TANDEM_DATABASE_URL: database,
    TANDEM_PAGE_SIZE: String(plan.pageSize),
  };
  return counted(scene, async () => {
    const process = await measured([...TANDEM, "sync", "--once", "--json"], environment);
    const { seconds } = JSON.parse(process.output) as { readonly seconds: number };
    const [{ rows } = { rows: 0 }] = await query<{ rows: number }>(
      database,
      "select count(*)::int as rows from marketing.people where crm_type = 'contact'",
    );
    return { process, rows, seconds };
  });
}

interface Work extends WallResult {
  readonly process: Measured;
}

/** Counts what a run costs the process, the server and the emulator. @throws Error when rows are missing */
async function counted({ plan, server, crowd }: Scene, work: () => Promise<Work>): Promise<Run> {
  const [serverBefore, emulatorBefore] = [await server.cpuSeconds(), (await cpuOf(crowd.pid)).own];
  const { process, rows, seconds } = await work();
  if (rows !== plan.contacts) throw new Error(`${rows} rows arrived instead of ${plan.contacts}.`);
  const [serverAfter, emulatorAfter] = [await server.cpuSeconds(), (await cpuOf(crowd.pid)).own];
  const perRow = (cpuSeconds: number): number => (cpuSeconds / rows) * 1e6;
  return {
    rowsPerSecond: rows / seconds,
    cpu: {
      own: perRow(process.cpuSeconds),
      server: serverBefore === null || serverAfter === null ? null : perRow(serverAfter - serverBefore),
      emulator: perRow(emulatorAfter - emulatorBefore),
    },
    peakMb: process.peakBytes / 1e6,
    processSeconds: process.seconds,
  };
}

const rate = ({ rowsPerSecond }: Run): number => rowsPerSecond;

function medianOf(runs: readonly Run[], figure: (one: Run) => number): Spread {
  return spread(runs.map(figure));
}

function reportText(command: string, reports: readonly Report[]): string {
  const { cores, cpu, memoryGb, node } = machine();
  const head = `${command}\n${cores} cores ${cpu}, ${memoryGb} GB, Node ${node}`;
  return [head, ...reports.map(oneReport)].join("\n\n");
}

function oneReport({ plan, fields, server, wall, tandem, ratio }: Report): string {
  const { contacts, pageSize, runs } = plan;
  const title = `${whole(contacts)} contacts, ${fields} fields, pages of ${whole(pageSize)}, ${server}, ${runs} runs each`;
  const row = (name: string, figures: readonly Run[]): string[] => {
    const { median, least, greatest } = medianOf(figures, rate);
    const cpu = (of: (one: Run) => number): string => medianOf(figures, of).median.toFixed(1);
    const seen = figures.every(({ cpu: { server: behind } }) => behind !== null);
    return [
      name,
      whole(median),
      `${whole(least)}–${whole(greatest)}`,
      cpu((one) => one.cpu.own),
      seen ? cpu((one) => one.cpu.server ?? 0) : "–",
      cpu((one) => one.cpu.emulator),
      whole(Math.max(...figures.map(({ peakMb }) => peakMb))),
      medianOf(figures, ({ processSeconds }) => processSeconds).median.toFixed(1),
    ];
  };
  const header = ["", "rows/s", "least–greatest", "µs/row", "PostgreSQL", "emulator", "peak MB", "process s"];
  return [
    title,
    table([header, row("wall", wall), row("Tandem", tandem)]),
    `Tandem reaches ${Math.round(ratio * 100)} % of the wall.`,
  ].join("\n");
}
