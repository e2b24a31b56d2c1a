import { expect, test } from "vitest";
import { openMarketingTables } from "../../src/marketing/tables.ts";
import { openWorkspace } from "../support/workspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

async function shape({ rows }: TestWorkspace, table: string): Promise<string[]> {
  const found = await rows<{ column_name: string; data_type: string }>(
    `select column_name, data_type from information_schema.columns
      where table_schema = 'marketing' and table_name = $1 order by ordinal_position`,
    [table],
  );
  return found.map(({ column_name, data_type }) => `${column_name} ${data_type}`);
}

const OWN = [
  "id bigint",
  "crm_id uuid",
  "crm_deleted boolean",
  "created_at timestamp with time zone",
  "updated_at timestamp with time zone",
];

test("a table is made with its own columns and those that are asked for, whatever their names", async () => {
  const workspace = await openWorkspace();
  await workspace.tables.prepare("custom_x", [
    { name: "name", type: "text" },
    { name: 'odd "name" é', type: "text[]" },
    { name: "order", type: "numeric" },
  ]);
  expect(await shape(workspace, "custom_x")).toEqual([
    ...OWN,
    "name text",
    'odd "name" é ARRAY',
    "order numeric",
  ]);
});

test("only people have a kind, and it is lead, contact or none", async () => {
  const workspace = await openWorkspace();
  await workspace.tables.prepare("people", []);
  expect(await shape(workspace, "people")).toContain("crm_type text");
  await workspace.rows("insert into marketing.people (crm_type) values ('lead'), ('contact'), (null)");
  const strange = workspace.rows("insert into marketing.people (crm_type) values ('account')");
  await expect(strange).rejects.toMatchObject({ code: "23514" });
});

test("a table is widened with its rows in place, and columns that are there stay as they are", async () => {
  const workspace = await openWorkspace();
  await workspace.tables.prepare("custom_x", [{ name: "name", type: "text" }]);
  await workspace.rows("insert into marketing.custom_x (name) values ('kept')");
  await workspace.rows("alter table marketing.custom_x alter name type varchar(9), add note text");
  await workspace.tables.prepare("custom_x", [
    { name: "name", type: "text" },
    { name: "count", type: "integer" },
  ]);
  expect((await shape(workspace, "custom_x")).slice(5)).toEqual([
    "name character varying",
    "note text",
    "count integer",
  ]);
  expect(await workspace.rows("select name, count from marketing.custom_x")).toEqual([
    { name: "kept", count: null },
  ]);
});

test("what was added is told, and what is there with a type that keeps every value is as good", async () => {
  const workspace = await openWorkspace();
  await workspace.tables.prepare("custom_x", []);
  await workspace.rows(
    "alter table marketing.custom_x add name varchar(9), add count numeric, add labels text[], add at timestamptz",
  );
  const prepared = await workspace.tables.prepare("custom_x", [
    { name: "name", type: "text" },
    { name: "count", type: "integer" },
    { name: "labels", type: "text[]" },
    { name: "at", type: "timestamp with time zone" },
    { name: "note", type: "text" },
  ]);
  expect(prepared).toEqual({ added: ["note"], clashing: [] });
});

test("a column with a type that does not keep the values is told and left as it is", async () => {
  const workspace = await openWorkspace();
  await workspace.tables.prepare("custom_x", []);
  await workspace.rows("create type marketing.mood as enum ('good')");
  await workspace.rows(
    `alter table marketing.custom_x add name integer, add count text, add labels integer[], add at timestamp,
                                    add mood marketing.mood`,
  );
  const before = await shape(workspace, "custom_x");
  const prepared = await workspace.tables.prepare("custom_x", [
    { name: "name", type: "text" },
    { name: "count", type: "integer" },
    { name: "labels", type: "text[]" },
    { name: "at", type: "timestamp with time zone" },
    { name: "mood", type: "text" },
  ]);
  expect(prepared).toEqual({
    added: [],
    clashing: [
      { name: "name", has: "integer", wanted: "text" },
      { name: "count", has: "text", wanted: "integer" },
      { name: "labels", has: "integer[]", wanted: "text[]" },
      { name: "at", has: "timestamp without time zone", wanted: "timestamp with time zone" },
      { name: "mood", has: "mood", wanted: "text" },
    ],
  });
  expect(await shape(workspace, "custom_x")).toEqual(before);
});

test("any number of workers may prepare the same table at once", async () => {
  const workspace = await openWorkspace();
  const columns = ["a", "b", "c"].map((name) => ({ name, type: "text" }) as const);
  const tables = openMarketingTables(workspace.database);
  await Promise.all([1, 2, 3, 4].map(() => tables.prepare("custom_x", columns)));
  expect((await shape(workspace, "custom_x")).slice(5)).toEqual(["a text", "b text", "c text"]);
});
