import { beforeEach, describe, expect, test } from "vitest";
import { Client } from "pg";
import { onTestFinished } from "vitest";
import type { Column } from "../../src/core/mapping.ts";
import type { TestWorkspace } from "../support/workspace.ts";
import { openWorkspace } from "../support/workspace.ts";
import { guid } from "../support/entity.ts";

/** Views over the tables, and what happens to them when people change the tables. */

let workspace: TestWorkspace;

const OWNED: readonly Column[] = [
  { name: "owner_crm_id", type: "uuid" },
  { name: "owner_crm_type", type: "text", typeOf: "owner_crm_id" },
];
const PEOPLE: readonly Column[] = [{ name: "email", type: "text" }, { name: "fax", type: "text" }, ...OWNED];

beforeEach(async () => {
  workspace = await openWorkspace();
  await prepare("users", [{ name: "full_name", type: "text" }]);
  await prepare("people", PEOPLE);
  await workspace.tables.keepViews();
});

/** A table of an entity that the sync knows. */
async function prepare(table: string, columns: readonly Column[]): Promise<void> {
  await workspace.rows(
    `insert into entities (connection_id, name, label, table_name)
     values ($1, $2, $2, $2) on conflict do nothing`,
    [workspace.lease.connectionId, table],
  );
  await workspace.tables.prepare(table, columns);
}

async function columnsOf(view: string): Promise<readonly string[]> {
  const rows = await workspace.rows<{ name: string }>(
    `select attname::text as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 order by attnum`,
    [`marketing.${view}`],
  );
  return rows.map(({ name }) => name);
}

async function only(view = "people_view"): Promise<Record<string, unknown>> {
  const rows = await workspace.rows<Record<string, unknown>>(`select * from marketing.${view}`);
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
}

test("a view shows the table, and who owns its rows", async () => {
  const { rows } = workspace;
  await rows("insert into marketing.users (crm_id, full_name) values ($1, 'Una Vane')", [guid(1)]);
  await rows(
    "insert into marketing.people (email, owner_crm_id, owner_crm_type) values ('a@x.example', $1, 'systemuser')",
    [guid(1)],
  );
  expect(await only()).toMatchObject({
    email: "a@x.example",
    owner_name: "Una Vane",
    owner_email: null,
    owner_kind: "user",
    owner_disabled: false,
  });
});

describe("a table that changes", () => {
  test("is not held by its view: columns can be dropped, retyped and added, and the view still answers", async () => {
    const { rows, tables } = workspace;
    await rows("insert into marketing.people (email, fax) values ('a@x.example', '7')");
    await rows("create view marketing.mine as select id, email, fax from marketing.people_view");
    await rows(
      "alter table marketing.people drop column email, alter column fax type integer using fax::integer",
    );
    await rows("alter table marketing.people add column segment text default 'b'");
    await tables.keepViews();
    expect(await only()).toMatchObject({ email: null, fax: "7", segment: "b" });
    expect(await only("mine")).toMatchObject({ email: null, fax: "7" });
    expect((await columnsOf("people_view")).at(-1)).toBe("segment");
  });

  test("brings a column that comes back into its old place", async () => {
    const before = await columnsOf("people_view");
    await workspace.rows("alter table marketing.people drop column email");
    await workspace.tables.keepViews();
    await prepare("people", PEOPLE);
    await workspace.rows("insert into marketing.people (email) values ('b@x.example')");
    await workspace.tables.keepViews();
    expect(await columnsOf("people_view")).toEqual(before);
    expect(await only()).toMatchObject({ email: "b@x.example" });
  });

  test("costs nothing while it does not change", async () => {
    const made = () => workspace.rows("select oid from pg_proc where proname like 'rows_of_%' order by 1");
    const before = await made();
    await workspace.tables.keepViews();
    expect(await made()).toEqual(before);
    expect(before.length).toBeGreaterThan(0);
    await workspace.rows("alter table marketing.people add column segment text");
    await workspace.tables.keepViews();
    expect(await made()).toHaveLength(before.length);
  });
});

test("another label is another function of the same view, which nobody who reads it has to wait for", async () => {
  await prepare("opportunities", [{ name: "stage", type: "text" }, ...OWNED]);
  await workspace.rows("update entities set name = 'opportunity' where table_name = 'opportunities'");
  await workspace.rows("insert into marketing.opportunities (stage) values ('Gewonnen')");
  await workspace.tables.keepViews();
  expect(await only("opportunities_view")).toMatchObject({ outcome: null });
  const reader = await workspace.database.pool.connect();
  await reader.query("begin");
  await reader.query("select * from marketing.opportunities_view");
  await workspace.rows(
    "insert into choices select id, 'statecode', 1, 'Gewonnen' from entities where name = 'opportunity'",
  );
  await workspace.tables.keepViews();
  expect(await only("opportunities_view")).toMatchObject({ outcome: "won" });
  await reader.query("rollback");
  reader.release();
});

test("a view that is being read is let be, and gets its columns when it is not", async () => {
  await prepare("people", [...PEOPLE, { name: "company_crm_id", type: "uuid" }]);
  await workspace.tables.keepViews();
  const reader = await workspace.database.pool.connect();
  await reader.query("begin");
  await reader.query("select * from marketing.people_view");
  await prepare("companies", [{ name: "industry", type: "text" }, ...OWNED]);
  const [refused, ...others] = await workspace.tables.keepViews();
  expect(refused).toMatchObject({
    view: "people_view",
    reason: expect.stringMatching(/being read/) as string,
  });
  expect(others).toEqual([]);
  expect(await columnsOf("companies_view")).toContain("owner_name");
  await reader.query("rollback");
  reader.release();
  expect(await workspace.tables.keepViews()).toEqual([]);
  expect(await columnsOf("people_view")).toContain("company_industry");
});

test("a view that was dropped is made again, without the columns that are gone", async () => {
  await workspace.rows("alter table marketing.people drop column fax");
  await workspace.rows("drop view marketing.people_view");
  await workspace.tables.keepViews();
  expect(await columnsOf("people_view")).not.toContain("fax");
});

test.each(["table marketing.companies_view (mine int)", "view marketing.companies_view as select 1 as mine"])(
  "what people have by a view's name stays theirs: %s",
  async (theirs) => {
    const refused = [
      { view: "companies_view", reason: "Something else is called companies_view: rename it." },
    ];
    await workspace.rows(`create ${theirs}`);
    await prepare("companies", [{ name: "name", type: "text" }, ...OWNED]);
    expect(await workspace.tables.keepViews()).toEqual(refused);
    expect(await columnsOf("companies_view")).toEqual(["mine"]);
    await workspace.rows("alter table if exists marketing.companies_view rename to mine");
    await workspace.rows("drop view if exists marketing.companies_view");
    expect(await workspace.tables.keepViews()).toEqual([]);
    expect(await columnsOf("companies_view")).toContain("owner_name");
    await workspace.rows("drop view marketing.companies_view");
    await workspace.rows(`create ${theirs}`);
    expect(await workspace.tables.keepViews()).toEqual(refused);
  },
);

test("a table of hundreds of columns has a view like any other", async () => {
  const columns = Array.from({ length: 600 }, (_, at): Column => ({ name: `c${at}`, type: "text" }));
  await prepare("custom_wide", [...columns, ...OWNED]);
  await workspace.tables.keepViews();
  expect((await columnsOf("custom_wide_view")).length).toBeGreaterThan(600);
});

test("people need rights on the tables and the view, and none on the sync's own schema", async () => {
  const name = `reader_${String(process.pid)}`;
  await workspace.rows(`create role ${name} login`);
  const client = new Client({ connectionString: workspace.connectionString });
  onTestFinished(async () => {
    await client.end();
    await workspace.rows(`drop owned by ${name}`);
    await workspace.rows(`drop role ${name}`);
  });
  await client.connect();
  await client.query(`set session authorization ${name}`);
  await workspace.rows(`grant usage on schema marketing to ${name}`);
  await workspace.rows(`grant select on all tables in schema marketing to ${name}`);
  await workspace.rows("insert into marketing.people (email) values ('a@x.example')");
  const shown = await client.query<Record<string, unknown>>("select email from marketing.people_view");
  expect(shown.rows).toEqual([{ email: "a@x.example" }]);
  await workspace.rows(`revoke select on marketing.people from ${name}`);
  await expect(client.query("select email from marketing.people_view")).rejects.toThrow(/permission denied/);
});

test("what a view shows is found by the indexes of its tables, and what is not asked for is not looked up", async () => {
  const plan = await workspace.rows<{ "QUERY PLAN": string }>(
    "explain select email from marketing.people_view where id = 1",
  );
  const text = plan.map((row) => row["QUERY PLAN"]).join("\n");
  expect(text).toContain("people_pkey");
  expect(text).not.toMatch(/users|Function Scan/);
});
