import { Client } from "pg";
import { expect, test } from "vitest";
import { testDatabase } from "./database.ts";

test("each test database is empty, apart from the others, and gone after close", async () => {
  const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
  const client = new Client({ connectionString: one.connectionString });
  await client.connect();
  await client.query("create table person (name text)");

  expect(one.connectionString).not.toBe(other.connectionString);
  expect(await tablesIn(other.connectionString)).toBe(0);

  client.on("error", () => undefined);
  await one.close();
  await other.close();
  await expect(tablesIn(one.connectionString)).rejects.toThrow(/does not exist/);
});

async function tablesIn(connectionString: string): Promise<number | undefined> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ tables: number }>(
      "select count(*)::int as tables from information_schema.tables where table_schema = 'public'",
    );
    return rows[0]?.tables;
  } finally {
    await client.end();
  }
}
