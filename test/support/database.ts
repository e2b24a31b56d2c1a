import { randomBytes } from "node:crypto";
import { Client } from "pg";

/** A database of its own for one test file. */
export type TestDatabase = {
  /** For node-postgres and psql. */
  readonly connectionString: string;
  /** Ends what is still connected and drops the database. */
  readonly close: () => Promise<void>;
};

/**
 * Makes an empty database on the server named by `TANDEM_TEST_DATABASE_URL`: one of the person who runs the tests, or
 * the embedded one that `global-setup.ts` starts.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const server = process.env["TANDEM_TEST_DATABASE_URL"];
  if (!server)
    throw new Error("No test server: vitest.config.ts needs globalSetup test/support/global-setup.ts.");
  const name = `tandem_test_${randomBytes(8).toString("hex")}`;
  await run(server, `create database ${name} template template0`);
  return {
    connectionString: onDatabase(server, name),
    close: () => run(server, `drop database if exists ${name} with (force)`),
  };
}

/** The same server, another database. Not `URL`: it has no form for a socket without a host. */
function onDatabase(connectionString: string, name: string): string {
  return connectionString.replace(/^(\w+:\/\/[^/?]*)(\/[^?]*)?/, `$1/${name}`);
}

async function run(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
