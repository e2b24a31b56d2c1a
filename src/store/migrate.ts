/**
 * Brings the sync schema to the version this Tandem knows: numbered SQL files, each once, under a lock.
 */
import { readdir, readFile } from "node:fs/promises";
import { SyncError } from "../core/errors.ts";
import type { Database } from "./database.ts";
import { errorCode, quoted, syncSchema, transaction } from "./database.ts";

const MIGRATIONS = new URL("./migrations/", import.meta.url);
/** Stands for the schema of the marketing tables, in the way of psql's variables. */
const MARKETING = ':"marketing"';
const OLDEST_SERVER = 150_000;
/** Any fixed number: two Tandems that start at once take turns on it. */
const LOCK = 7_461_983_522;

interface Migration {
  readonly number: number;
  readonly file: string;
}

/**
 * Runs the migrations that are missing and returns the version reached. Safe to call from any number of processes.
 * @throws SyncError `database_newer` when the schema was made by a newer Tandem, `database_unsupported` when the
 * server is older than PostgreSQL 15 or the user may not create schemas; in both cases nothing was changed.
 */
export async function migrate(database: Database): Promise<number> {
  const known = await migrations();
  return transaction(database, async (client) => {
    const server = await client.query<{ version: number; shown: string }>(
      "select current_setting('server_version_num')::int as version, current_setting('server_version') as shown",
    );
    const [{ version, shown } = { version: 0, shown: "unknown" }] = server.rows;
    if (version < OLDEST_SERVER) {
      throw new SyncError(
        "database_unsupported",
        `PostgreSQL ${shown} is too old: Tandem needs 15 or newer.`,
      );
    }
    await client.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await createSchemas(database, (sql) => client.query(sql));
    const done = await client.query<{ reached: number }>(
      "select coalesce(max(number), 0)::int as reached from schema_version",
    );
    const reached = done.rows[0]?.reached ?? 0;
    const newest = known.at(-1)?.number ?? 0;
    if (reached > newest) throw newer(reached, newest);
    for (const { number, file } of known.filter((migration) => migration.number > reached)) {
      const sql = await readFile(new URL(file, MIGRATIONS), "utf8");
      await client.query(sql.replaceAll(MARKETING, quoted(database.workspace.name)));
      await client.query("insert into schema_version (number) values ($1)", [number]);
    }
    return newest;
  });
}

/** The version the schema is at, and the one this Tandem knows. @throws what the database throws */
export async function schemaVersions({
  pool,
}: Pick<Database, "pool">): Promise<{ readonly reached: number; readonly newest: number }> {
  const { rows } = await pool.query<{ reached: number }>(
    "select coalesce(max(number), 0)::int as reached from schema_version",
  );
  const known = await migrations();
  return { reached: rows[0]?.reached ?? 0, newest: known.at(-1)?.number ?? 0 };
}

async function createSchemas(database: Database, run: (sql: string) => Promise<unknown>): Promise<void> {
  const { workspace } = database;
  try {
    await run(`create schema if not exists ${quoted(workspace.name)}`);
    await run(`create schema if not exists ${quoted(syncSchema(workspace))}`);
  } catch (error) {
    if (errorCode(error) !== "42501") throw error;
    throw new SyncError(
      "database_unsupported",
      "The PostgreSQL user may not create schemas in this database.",
      {
        cause: error,
      },
    );
  }
  await run(
    `create table if not exists schema_version (
       number     int primary key,
       applied_at timestamptz not null default now()
     )`,
  );
}

function newer(reached: number, newest: number): SyncError {
  return new SyncError(
    "database_newer",
    `The database is at schema version ${reached}; this Tandem knows versions up to ${newest}.`,
  );
}

async function migrations(): Promise<readonly Migration[]> {
  const files = await readdir(MIGRATIONS);
  return files
    .filter((file) => /^\d{4}_.+\.sql$/.test(file))
    .toSorted()
    .map((file) => ({ number: Number(file.slice(0, 4)), file }));
}
