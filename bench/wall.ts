/**
 * The wall of a first full read: the same pages over HTTP, unzipped, parsed once and copied into the same columns of
 * the same server, a transaction a page, the next page fetched meanwhile. No links, no index, no rules, no restart.
 *
 * A process of its own; reads its task as JSON from its first argument and prints one line of JSON.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Client } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { Agent } from "undici";

export interface WallTask {
  /** First page. */
  readonly link: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly database: string;
  /** Table to copy into; it exists. */
  readonly table: string;
  /** Column and the property it takes its value from, in order. */
  readonly columns: readonly { readonly column: string; readonly property: string }[];
}

export interface WallResult {
  readonly rows: number;
  readonly seconds: number;
}

type Value = string | number | boolean | null;
type WireRecord = Readonly<Record<string, Value>>;

interface Page {
  readonly value: readonly WireRecord[];
  readonly "@odata.nextLink"?: string;
}

const unzip = promisify(gunzip);
const agent = new Agent();

const CHUNK = 1 << 18;
const SPECIAL = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const task = JSON.parse(process.argv[2] ?? "{}") as WallTask;
const client = new Client({ connectionString: task.database });
await client.connect();
const began = performance.now();
const rows = await copyAll();
const result: WallResult = { rows, seconds: (performance.now() - began) / 1000 };
await client.end();
await agent.close();
process.stdout.write(`${JSON.stringify(result)}\n`);

async function copyAll(): Promise<number> {
  let copied = 0;
  let next: Promise<Page> | null = fetchPage(task.link);
  while (next !== null) {
    const page: Page = await next;
    const link = page["@odata.nextLink"];
    next = link === undefined ? null : fetchPage(link);
    await copyPage(page);
    copied += page.value.length;
  }
  return copied;
}

async function fetchPage(link: string): Promise<Page> {
  const { origin, pathname, search } = new URL(link);
  const { body } = await agent.request({
    origin,
    path: pathname + search,
    method: "GET",
    headers: task.headers,
  });
  const bytes = await unzip(await body.bytes());
  return JSON.parse(bytes.toString("utf8")) as Page;
}

async function copyPage(page: Page): Promise<void> {
  const columns = task.columns.map(({ column }) => `"${column}"`).join(", ");
  const stream = client.query(copyFrom(`copy ${task.table} (${columns}) from stdin`));
  await pipeline(Readable.from(chunks(page.value)), stream);
}

function* chunks(records: readonly WireRecord[]): Generator<Buffer> {
  let text = "";
  for (const record of records) {
    text += line(record);
    if (text.length < CHUNK) continue;
    yield Buffer.from(text, "utf8");
    text = "";
  }
  yield Buffer.from(text, "utf8");
}

function line(record: WireRecord): string {
  let text = "";
  for (const { property } of task.columns) {
    const value = record[property] ?? null;
    text += text === "" ? "" : "\t";
    text += typeof value === "string" ? escaped(value) : value === null ? "\\N" : String(value);
  }
  return `${text}\n`;
}

function escaped(value: string): string {
  return SPECIAL.test(value) ? value.replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? "") : value;
}
