/**
 * The PostgreSQL server of a measurement: an embedded one in a folder of its own, or one by URL.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { openEmbedded } from "../src/store/embedded/server.ts";
import { cpuOfFamily } from "./measured.ts";

export interface BenchServer {
  /** For people: `embedded PostgreSQL 18.4`. */
  readonly name: string;
  /** Makes a database, empty or as a copy, and returns its connection string. */
  database(name: string, template?: string): Promise<string>;
  drop(name: string): Promise<void>;
  /** Processor time of the server and its sessions, in seconds; null where it cannot be seen. */
  cpuSeconds(): Promise<number | null>;
  close(): Promise<void>;
}

/** @param url a server on which databases may be made; none: an embedded server is started */
export async function openServer(url: string | undefined): Promise<BenchServer> {
  if (url !== undefined) return serverAt(url, { kind: "by URL", pid: null, close: async () => undefined });
  // On the disk, not in memory as in tests: a first copy waits for it.
  const folder = await mkdtemp(join(tmpdir(), "bench-tandem-"));
  const embedded = await openEmbedded({ folder: join(folder, "server") });
  return serverAt(embedded.connectionString, {
    kind: "embedded",
    pid: embedded.pid,
    async close() {
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

interface Behind {
  readonly kind: string;
  readonly pid: number | null;
  readonly close: () => Promise<void>;
}

async function serverAt(url: string, { kind, pid, close }: Behind): Promise<BenchServer> {
  const [{ version } = { version: "" }] = await query<{ version: string }>(
    url,
    "select split_part(current_setting('server_version'), ' ', 1) as version",
  );
  return {
    name: `${kind} PostgreSQL ${version}`,
    async database(name, template = "template0") {
      await query(url, `drop database if exists ${name} with (force)`);
      await query(url, `create database ${name} template ${template}`);
      return url.replace(/^(\w+:\/\/[^/?]*)(\/[^?]*)?/, `$1/${name}`);
    },
    drop: async (name) => void (await query(url, `drop database if exists ${name} with (force)`)),
    cpuSeconds: async () => (pid === null ? null : cpuOfFamily(pid)),
    close,
  };
}

/** Asks a database one thing. */
export async function query<Row extends object>(
  connectionString: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
