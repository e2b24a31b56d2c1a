/**
 * What the capture of edits adds to a bulk edit of people: the same `UPDATE` without it and with it, alternating; once
 * more over edits that are pending already; and as the connection itself, whose writes are not captured.
 *
 * `npm run bench -- capture [--rows 100000] [--runs 5] [--database postgres://…] [--json]`; without a database, on an
 * embedded server in the folder for temporary files.
 */
import { parseArgs } from "node:util";
import { Client } from "pg";
import { changeTravelling } from "../src/store/capture.ts";
import type { Database } from "../src/store/database.ts";
import { openDatabase } from "../src/store/database.ts";
import { startCrowd } from "./crowd.ts";
import type { Spread } from "./figures.ts";
import { spread, table, whole } from "./figures.ts";
import { machine } from "./machine.ts";
import { measured } from "./measured.ts";
import type { BenchServer } from "./server.ts";
import { openServer } from "./server.ts";
import { TANDEM } from "./tandem.ts";

const DATABASE = "tandem_bench_capture";

/** One way in which the people are edited. */
interface Way {
  readonly name: string;
  /** False: the table is as if nobody captured anything. */
  readonly captured: boolean;
  /** True: the edits of the run before are still pending. */
  readonly again: boolean;
  /** True: the connection itself edits. */
  readonly own: boolean;
}

const WITHOUT: Way = { name: "without capture", captured: false, again: false, own: false };
const CAPTURED: Way = { name: "captured", captured: true, again: false, own: false };
const WAYS: readonly Way[] = [
  WITHOUT,
  CAPTURED,
  { name: "captured again", captured: true, again: true, own: false },
  { name: "by the sync", captured: true, again: false, own: true },
];

/** What one run took. */
interface Run {
  readonly way: string;
  /** One statement over all rows, in milliseconds. */
  readonly bulkMs: number;
  /** Statements over one row each, in milliseconds a statement. */
  readonly singleMs: number;
}

interface Report {
  readonly server: string;
  readonly rows: number;
  /** Columns whose edits travel. */
  readonly columns: number;
  readonly runs: readonly Run[];
  /** A captured bulk edit beside the same without capture, by medians. */
  readonly ratio: number;
}

/** Runs the measurement and prints it. */
export async function run(words: string[]): Promise<void> {
  const { values } = parseArgs({
    args: words,
    options: {
      rows: { type: "string", default: "100000" },
      runs: { type: "string", default: "5" },
      database: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const server = await openServer(values.database);
  try {
    const report = await measure(server, Number(values.rows), Number(values.runs));
    const command = ["npm run bench -- capture", ...words].join(" ");
    if (values.json) console.log(JSON.stringify({ command, machine: machine(), report }));
    else console.log(reportText(command, report));
  } finally {
    await server.drop(DATABASE);
    await server.close();
  }
}

async function measure(server: BenchServer, rows: number, runs: number): Promise<Report> {
  const url = await connected(server);
  const database = openDatabase(url, { name: "marketing" }, () => undefined);
  const editor = new Client({ connectionString: url });
  await editor.connect();
  try {
    await fill(editor, rows);
    const measuredRuns = await alternate({ database, editor, rows }, runs);
    const ratio = bulk(measuredRuns, CAPTURED) / bulk(measuredRuns, WITHOUT);
    return { server: server.name, rows, columns: await travelling(editor), runs: measuredRuns, ratio };
  } finally {
    await editor.end();
    await database.close();
  }
}

/** A database with the tables, fields and triggers of an organization. */
async function connected(server: BenchServer): Promise<string> {
  const crowd = await startCrowd({ contacts: 1, columns: 1, seed: 7 });
  try {
    const url = await server.database(DATABASE);
    await measured([...TANDEM, "connect", "--json"], { ...crowd.environment, TANDEM_DATABASE_URL: url });
    return url;
  } finally {
    await crowd.close();
  }
}

/** People with a value in two of three columns. */
async function fill(editor: Client, rows: number): Promise<void> {
  const { rows: columns } = await editor.query<{ name: string; type: string }>(
    `select quote_ident(column_name) as name, data_type as type from information_schema.columns
      where table_schema = 'marketing' and table_name = 'people'
        and column_name not in ('id', 'crm_id', 'crm_type', 'crm_deleted', 'created_at', 'updated_at')`,
  );
  const values = columns.map(({ type }, at) => (at % 3 === 2 ? "null" : (VALUES[type] ?? "null")));
  await editor.query(
    `insert into marketing.people (crm_id, crm_type, ${columns.map(({ name }) => name).join(", ")})
     select gen_random_uuid(), 'contact', ${values.join(", ")} from generate_series(1, $1::int) n`,
    [rows],
  );
  await editor.query("vacuum analyze marketing.people");
}

const VALUES: Readonly<Record<string, string>> = {
  text: "'some text ' || n",
  boolean: "n % 2 = 0",
  integer: "n",
  numeric: "n * 1.25",
  uuid: "gen_random_uuid()",
  "timestamp with time zone": "timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second'",
};

interface Scene {
  readonly database: Database;
  readonly editor: Client;
  readonly rows: number;
}

async function alternate(scene: Scene, runs: number): Promise<readonly Run[]> {
  // The first turn warms up and does not count.
  for (const way of WAYS) await edit(scene, way);
  const done: Run[] = [];
  for (let turn = 0; turn < runs; turn += 1) {
    for (const way of WAYS) done.push(await edit(scene, way));
  }
  return done;
}

/** @throws Error when other edits are pending than those that were to be captured */
async function edit({ database, editor, rows }: Scene, way: Way): Promise<Run> {
  await editor.query("drop function if exists marketing_sync.capture_1_people() cascade");
  if (way.captured) await changeTravelling(database, "contact", async () => undefined);
  if (!way.again) await editor.query("truncate marketing_sync.pending_changes");
  await editor.query("select set_config('tandem.connection', $1, false)", [way.own ? "1" : ""]);
  await editor.query("vacuum marketing.people");
  await editor.query("checkpoint");
  const bulkMs = await timed(() => editor.query(BULK_EDIT));
  const { rowCount } = await editor.query("select from marketing_sync.pending_changes");
  const expected = way.captured && !way.own ? rows : 0;
  if (rowCount !== expected) throw new Error(`${rowCount} edits are pending instead of ${expected}.`);
  const singleMs = await timed(async () => {
    await editor.query("begin");
    for (let id = 1; id <= SINGLE_EDITS; id += 1) await editor.query(SINGLE_EDIT, [(id * 7) % rows]);
    await editor.query("commit");
  });
  return { way: way.name, bulkMs, singleMs: singleMs / SINGLE_EDITS };
}

const BULK_EDIT =
  "update marketing.people set first_name = 'Edited ' || clock_timestamp(), job_title = 'At ' || random()";
const SINGLE_EDIT = "update marketing.people set first_name = 'Edited ' || clock_timestamp() where id = $1";
const SINGLE_EDITS = 1_000;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function travelling(editor: Client): Promise<number> {
  const { rows } = await editor.query<{ columns: number }>(
    `select sum(case when type_column is null then 1 else 2 end)::int as columns from marketing_sync.fields
      where direction <> 'pull' and enabled and writable and set_aside is null
        and entity_id in (select id from marketing_sync.entities where table_name = 'people')`,
  );
  return rows[0]?.columns ?? 0;
}

function of(runs: readonly Run[], { name }: Way, figure: (one: Run) => number): Spread {
  return spread(runs.filter(({ way }) => way === name).map(figure));
}

function bulk(runs: readonly Run[], way: Way): number {
  return of(runs, way, ({ bulkMs }) => bulkMs).median;
}

function reportText(command: string, { server, rows, columns, runs, ratio }: Report): string {
  const { cores, cpu, memoryGb } = machine();
  const title = `${whole(rows)} people, two of ${columns} columns that travel edited, ${server}, ${runs.length / WAYS.length} runs each`;
  const lines = WAYS.map((way) => {
    const { median, least, greatest } = of(runs, way, ({ bulkMs }) => bulkMs);
    const single = of(runs, way, ({ singleMs }) => singleMs).median;
    const times = (median / bulk(runs, WITHOUT)).toFixed(2);
    return [way.name, whole(median), `${whole(least)}–${whole(greatest)}`, times, single.toFixed(2)];
  });
  return [
    `${command}\n${cores} cores ${cpu}, ${memoryGb} GB`,
    [title, table([["", "ms", "least–greatest", "times", "ms a single edit"], ...lines])].join("\n"),
    `A captured bulk edit takes ${ratio.toFixed(2)} times as long as without capture.`,
  ].join("\n\n");
}
