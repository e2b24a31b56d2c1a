/**
 * The Dataverse emulator itself, as its own process: how much memory contacts take, how fast pages of them are served to
 * a client that only downloads, and how fast contacts are deleted.
 *
 * `npm run bench -- emulator [--contacts 50000] [--page-size 5000] [--runs 3] [--deletes 1000] [--seed 7]
 *  [--against rows/s] [--json]`; `--contacts 2000000` wants 6 GB. `--against` compares with how many rows a second
 * Tandem takes (`npm run bench -- snapshot`).
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs, promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Agent } from "undici";
import { crowd } from "../emulators/dataverse/demo/crowd.ts";
import { standardFiles } from "../emulators/dataverse/schema.ts";
import { spread, table, whole } from "./figures.ts";
import { machine } from "./machine.ts";
import { cpuOf } from "./measured.ts";

const MAIN = join(import.meta.dirname, "..", "emulators", "dataverse", "main.ts");
const FLAGS = ["--max-semi-space-size=8", "--max-old-space-size=6144"];
const TARGET = "Microsoft.Dynamics.CRM.lookuplogicalname";
const COLUMNS = 60;

interface Plan {
  readonly contacts: number;
  readonly pageSize: number;
  readonly runs: number;
  readonly deletes: number;
  readonly seed: number;
}

/** The emulator's process, with what is needed to ask it. */
interface Server {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly api: string;
  readonly token: string;
  /** Seconds until it answered. */
  readonly started: number;
}

/** How one way of reading all pages went. */
interface Reading {
  readonly way: string;
  readonly pagesPerSecond: number;
  readonly rowsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Processor time of the emulator, in milliseconds. */
  readonly cpuPerPage: number;
}

interface Report {
  readonly plan: Plan;
  readonly makingSeconds: number;
  /** Memory of the process when the contacts are made, and beyond that of an empty one for each contact. */
  readonly memory: { readonly bytes: number; readonly perContact: number; readonly peak: number };
  readonly readings: readonly Reading[];
  readonly deletes: { readonly firstMilliseconds: number; readonly perSecond: number };
}

/** Runs the measurement and prints it. */
export async function run(words: string[]): Promise<void> {
  const { values } = parseArgs({
    args: words,
    options: {
      contacts: { type: "string", default: "50000" },
      "page-size": { type: "string", default: "5000" },
      runs: { type: "string", default: "3" },
      deletes: { type: "string", default: "1000" },
      seed: { type: "string", default: "7" },
      against: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const plan: Plan = {
    contacts: Number(values.contacts),
    pageSize: Number(values["page-size"]),
    runs: Number(values.runs),
    deletes: Number(values.deletes),
    seed: Number(values.seed),
  };
  const report = await measure(plan);
  const command = ["npm run bench -- emulator", ...words].join(" ");
  if (values.json) console.log(JSON.stringify({ command, machine: machine(), report }));
  else console.log(reportText(command, report, Number(values.against)));
}

async function measure(plan: Plan): Promise<Report> {
  const empty = await startServer({ ...plan, contacts: 0 });
  const emptyBytes = await memoryOf(empty.pid, "VmRSS");
  await stop(empty);
  const server = await startServer(plan);
  const agent = new Agent();
  try {
    const bytes = await memoryOf(server.pid, "VmRSS");
    const readings = await readAll(plan, server, agent);
    const deletes = await deleteSome(plan, server, agent);
    const peak = await memoryOf(server.pid, "VmHWM");
    const perContact = (bytes - emptyBytes) / plan.contacts;
    const makingSeconds = server.started - empty.started;
    return { plan, makingSeconds, memory: { bytes, perContact, peak }, readings, deletes };
  } finally {
    await agent.close();
    await stop(server);
  }
}

async function startServer({ contacts, seed }: Plan): Promise<Server> {
  const began = performance.now();
  const words = ["--with-parent", "--crowd", String(contacts), "--seed", String(seed)];
  const child = spawn(process.execPath, [...FLAGS, MAIN, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  const ready = JSON.parse(await firstLine(child)) as Record<string, string>;
  const started = (performance.now() - began) / 1000;
  const { api = "", tokenEndpoint = "", clientId = "", clientSecret = "", url = "" } = ready;
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const answer = await fetch(tokenEndpoint, {
    method: "POST",
    body: new URLSearchParams({ ...form, scope: `${url}/.default` }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return { child, pid: child.pid ?? 0, api, token, started };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("Its output is not piped.");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("The emulator ended without a word.");
}

async function stop({ child }: Server): Promise<void> {
  child.stdin?.end();
  if (child.exitCode === null) await once(child, "exit");
}

/** Memory of a process in bytes, as Linux counts it. */
async function memoryOf(pid: number, what: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) * 1024;
}

/** The columns that every contact fills, by their names on the wire. */
function selected(seed: number): string {
  const { columns, definition } = crowd({ seed, schema: standardFiles(), columns: COLUMNS });
  const lookups = new Set(["Lookup", "Customer", "Owner"]);
  const types = new Map(
    definition.attributes.map(({ logicalName, attributeType }) => [logicalName, attributeType]),
  );
  return columns.map((name) => (lookups.has(types.get(name) ?? "") ? `_${name}_value` : name)).join(",");
}

const unzip = promisify(gunzip);

interface Page {
  readonly bytes: Buffer;
  readonly milliseconds: number;
}

class Client {
  readonly #server: Server;
  readonly #agent: Agent;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(server: Server, agent: Agent, pageSize: number) {
    this.#server = server;
    this.#agent = agent;
    this.#headers = {
      authorization: `Bearer ${server.token}`,
      accept: "application/json",
      prefer: `odata.track-changes,odata.maxpagesize=${pageSize},odata.include-annotations="${TARGET}"`,
    };
  }

  /** Downloads a page and does nothing with it. */
  async page(link: string, encoding: "gzip" | "identity"): Promise<Page> {
    const began = performance.now();
    const bytes = await this.#request("GET", link, encoding);
    return { bytes, milliseconds: performance.now() - began };
  }

  /** Deletes a record; gives how long it took. */
  async remove(id: string): Promise<number> {
    const began = performance.now();
    await this.#request("DELETE", `${this.#server.api}/contacts(${id})`, "identity");
    return performance.now() - began;
  }

  async #request(method: "GET" | "DELETE", link: string, encoding: string): Promise<Buffer> {
    const { origin, pathname, search } = new URL(link);
    const { body, statusCode } = await this.#agent.request({
      origin,
      path: pathname + search,
      method,
      headers: { ...this.#headers, "accept-encoding": encoding },
    });
    const bytes = Buffer.from(await body.bytes());
    if (statusCode >= 300) throw new Error(`${method} ${link}: ${statusCode} ${bytes.toString("utf8")}`);
    return bytes;
  }
}

/** Reads all pages: compressed for the first time, which also finds the links; compressed again; and plain. */
async function readAll(plan: Plan, server: Server, agent: Agent): Promise<readonly Reading[]> {
  const client = new Client(server, agent, plan.pageSize);
  const links = [`${server.api}/contacts?$select=${selected(plan.seed)}`];
  const first = await timed(plan, server, "gzip, first time", async () => {
    const pages: Page[] = [];
    for (let at = 0; at < links.length; at += 1) {
      const page = await client.page(links[at] ?? "", "gzip");
      pages.push({ ...page, bytes: Buffer.alloc(page.bytes.length) });
      const next = nextLink((await unzip(page.bytes)).toString("utf8", 0));
      if (next !== undefined) links.push(next);
    }
    return pages;
  });
  const again = async (way: string, encoding: "gzip" | "identity"): Promise<Reading> => {
    const readings: Reading[] = [];
    for (let turn = 0; turn < plan.runs; turn += 1) {
      readings.push(
        await timed(plan, server, way, async () => {
          const pages: Page[] = [];
          for (const link of links) pages.push(await client.page(link, encoding));
          return pages;
        }),
      );
    }
    return middle(readings);
  };
  return [first, await again("gzip, again", "gzip"), await again("plain", "identity")];
}

function nextLink(text: string): string | undefined {
  const found = /"@odata\.nextLink":("(?:[^"\\]|\\.)*")/.exec(text.slice(-20_000))?.[1];
  return found === undefined ? undefined : (JSON.parse(found) as string);
}

/** What a walk over all pages cost. Only the downloads count as time. */
async function timed(
  plan: Plan,
  server: Server,
  way: string,
  walk: () => Promise<readonly Page[]>,
): Promise<Reading> {
  const before = (await cpuOf(server.pid)).own;
  const pages = await walk();
  const cpu = (await cpuOf(server.pid)).own - before;
  const seconds = pages.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
  const bytes = pages.reduce((sum, page) => sum + page.bytes.length, 0);
  return {
    way,
    pagesPerSecond: pages.length / seconds,
    rowsPerSecond: plan.contacts / seconds,
    megabytesPerSecond: bytes / seconds / 1e6,
    cpuPerPage: (cpu / pages.length) * 1000,
  };
}

/** The reading whose speed is the middle one. */
function middle(readings: readonly Reading[]): Reading {
  const sorted = readings.toSorted((one, other) => one.rowsPerSecond - other.rowsPerSecond);
  const found = sorted[Math.floor((sorted.length - 1) / 2)];
  if (found === undefined) throw new Error("There were no runs.");
  return found;
}

/** Deletes contacts one after the other. The first pays for looking through the tables that point to contacts. */
async function deleteSome(plan: Plan, server: Server, agent: Agent): Promise<Report["deletes"]> {
  const client = new Client(server, agent, plan.pageSize);
  const link = `${server.api}/contacts?$select=contactid`;
  const { bytes } = await client.page(link, "identity");
  const { value } = JSON.parse(bytes.toString("utf8")) as { value: readonly { contactid: string }[] };
  const times: number[] = [];
  for (const { contactid } of value.slice(0, plan.deletes)) times.push(await client.remove(contactid));
  const [firstMilliseconds = 0, ...others] = times;
  return { firstMilliseconds, perSecond: 1000 / spread(others).median };
}

function reportText(command: string, report: Report, against: number): string {
  const { plan, memory, readings, deletes, makingSeconds } = report;
  const { cores, cpu, memoryGb, node } = machine();
  const rows = readings.map((reading) => [
    reading.way,
    reading.pagesPerSecond.toFixed(1),
    whole(reading.rowsPerSecond),
    whole(reading.megabytesPerSecond),
    reading.cpuPerPage.toFixed(1),
  ]);
  const times = readings.map(({ way, rowsPerSecond }) => `${way} ${(rowsPerSecond / against).toFixed(1)}`);
  return [
    `${command}\n${cores} cores ${cpu}, ${memoryGb} GB, Node ${node}\n`,
    `${whole(plan.contacts)} contacts of ${COLUMNS} columns, made in ${makingSeconds.toFixed(1)} s`,
    `memory ${whole(memory.bytes / 1e6)} MB, ${whole(memory.perContact)} bytes a contact, at most ${whole(memory.peak / 1e6)} MB`,
    `\npages of ${whole(plan.pageSize)}, to a client that only downloads, one after the other`,
    table([["", "pages/s", "rows/s", "MB/s", "emulator ms/page"], ...rows]),
    ...(Number.isNaN(against) ? [] : [`times ${whole(against)} rows/s: ${times.join(", ")}`]),
    `\ndeletes: the first ${whole(deletes.firstMilliseconds)} ms, then ${whole(deletes.perSecond)} a second, one after the other`,
  ].join("\n");
}
