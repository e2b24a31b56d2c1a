import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmbeddedServer } from "../../src/store/embedded/server.ts";
import { openEmbedded } from "../../src/store/embedded/server.ts";

/** The server of this run; test files make their databases on it (see `database.ts`). */
const variable = "TANDEM_TEST_DATABASE_URL";

let server: EmbeddedServer | undefined;
let folder: string | undefined;

/** Starts one embedded server for all test files of the run, unless the environment names a server. */
export async function setup(): Promise<void> {
  if (process.env[variable]) return;
  folder = await mkdtemp(join(tmpdir(), "tandem-test-"));
  server = await openEmbedded({ folder: join(folder, "server") });
  process.env[variable] = server.connectionString;
}

export async function teardown(): Promise<void> {
  await server?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
