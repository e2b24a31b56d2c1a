import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, waitForEnd } from "../../src/store/embedded/postmaster.ts";
import type { EmbeddedServer } from "../../src/store/embedded/server.ts";
import { attachEmbedded, openEmbedded } from "../../src/store/embedded/server.ts";
import { scratchPlace } from "./scratch-place.ts";

/** The server of this run; test files make their databases on it (see `database.ts`). */
const variable = "TANDEM_TEST_DATABASE_URL";

/** Folders are called by the process that runs the tests, so the next run finds those of a killed one. */
const prefix = "tandem-test-";

let server: EmbeddedServer | undefined;
let folder: string | undefined;

/** Starts one embedded server for all test files of the run, unless the environment names a server. */
export async function setup(): Promise<void> {
  if (process.env[variable]) return;
  const place = await scratchPlace();
  await sweep(place);
  folder = await mkdtemp(join(place, `${prefix}${process.pid}-`));
  server = await openEmbedded({ folder: serverIn(folder) });
  process.env[variable] = server.connectionString;
}

/** Stops the server of the run and removes its folder. */
export async function teardown(): Promise<void> {
  await server?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

/** Ends the servers of test runs that were killed, and removes their folders. */
async function sweep(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    const runner = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (Number.isNaN(runner) || (await isRunning(runner))) continue;
    // Another user's is for that user to sweep.
    await remove(join(place, name)).catch(() => undefined);
  }
}

async function remove(abandoned: string): Promise<void> {
  const live = await attachEmbedded(serverIn(abandoned)).catch(() => undefined);
  if (live) {
    process.kill(live.pid, "SIGINT");
    await waitForEnd(live.pid, 30_000);
  }
  await rm(abandoned, { recursive: true, force: true });
}

function serverIn(place: string): string {
  return join(place, "server");
}
