import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";
import { testDatabase } from "../support/database.ts";

async function emptyDatabase(): Promise<string> {
  const { connectionString, close } = await testDatabase();
  onTestFinished(close);
  return connectionString;
}

function open(connectionString: string, name = "marketing"): Database {
  const database = openDatabase(connectionString, { name }, () => undefined);
  onTestFinished(() => database.close());
  return database;
}

/** Everything a migration makes: tables of the sync schema with their columns. */
async function shape(database: Database): Promise<unknown[]> {
  const { rows } = await database.pool.query<Record<string, unknown>>(
    `select table_schema, table_name, column_name, data_type, column_default from information_schema.columns
      where table_schema like '%\\_sync' order by 1, 2, 3`,
  );
  return rows;
}

test("a migrated database is left as it is", async () => {
  const database = open(await emptyDatabase());
  const reached = await migrate(database);
  const before = await shape(database);
  const applied = await database.pool.query("select * from schema_version");
  expect(await migrate(database)).toBe(reached);
  expect(await shape(database)).toEqual(before);
  expect((await database.pool.query("select * from schema_version")).rows).toEqual(applied.rows);
});

test("any number of processes may migrate at once", async () => {
  const connectionString = await emptyDatabase();
  const databases = Array.from({ length: 4 }, () => open(connectionString));
  const reached = await Promise.all(databases.map((database) => migrate(database)));
  expect(new Set(reached).size).toBe(1);
  const { rows } = await (databases[0] ?? open(connectionString)).pool.query(
    "select number from schema_version",
  );
  expect(rows).toHaveLength(reached[0] ?? 0);
});

test("workspaces of one database live side by side", async () => {
  const connectionString = await emptyDatabase();
  const [one, other] = [open(connectionString, "one"), open(connectionString, "other")];
  await migrate(one);
  await migrate(other);
  await one.pool.query("insert into connections (name, url) values ('x', 'https://x.example')");
  expect((await other.pool.query("select * from connections")).rows).toEqual([]);
});

test("a schema made by a newer Tandem is refused by number, and nothing is changed", async () => {
  const database = open(await emptyDatabase());
  const reached = await migrate(database);
  await database.pool.query("insert into schema_version (number) values (9999)");
  const before = await shape(database);
  await expect(migrate(database)).rejects.toMatchObject({ code: "database_newer" });
  await expect(migrate(database)).rejects.toThrow(
    `version 9999; this Tandem knows versions up to ${reached}`,
  );
  expect(await shape(database)).toEqual(before);
});

test("a user who may not create schemas is told so", async () => {
  const connectionString = await emptyDatabase();
  const admin = new Client({ connectionString });
  await admin.connect();
  onTestFinished(() => admin.end());
  const role = `restricted_${new URL(connectionString.replace("@/", "@host/")).pathname.slice(1)}`;
  await admin.query(`create role ${role} login`);
  await admin.query(
    `do $$ begin execute format('revoke create on database %I from public', current_database()); end $$`,
  );
  // The role cannot sign in everywhere tests run, so the session takes it on instead.
  const database = open(connectionString);
  database.pool.on("connect", (client) => void client.query(`set role ${role}`));
  const failure = await migrate(database).catch((error: unknown) => error);
  await database.pool.query("reset role");
  await admin.query(`drop role ${role}`);
  expect(failure).toMatchObject({ code: "database_unsupported" });
});

test("a server that does not answer is unreachable, not a fault of the program", async () => {
  const nowhere = open("postgres://nobody@127.0.0.1:1/none");
  await expect(migrate(nowhere)).rejects.toMatchObject({ code: "database_unreachable" });
});
