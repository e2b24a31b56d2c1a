/**
 * The database notes every edit of a two-way column, whichever way it came.
 */
import { randomBytes } from "node:crypto";
import type { Client } from "pg";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { FieldPolicy } from "../../src/core/policy.ts";
import { changeTravelling } from "../../src/store/capture.ts";
import { guid } from "../support/entity.ts";
import type { EditedScene } from "./edited.ts";
import { openEditedScene, someoneWaits } from "./edited.ts";
import { COLUMNS, person } from "./scene.ts";

let scene: EditedScene;

beforeEach(async () => {
  scene = await openEditedScene();
});

const sql = (text: string, values: readonly unknown[] = []): Promise<object[]> => scene.rows(text, values);

const A_FIRST_NAME = "update marketing.people set first_name = 'Ann' where crm_id = $1";

describe("an edit is noted with the value before (P39)", () => {
  test.each<[string, () => Promise<unknown>]>([
    ["an update", () => sql(A_FIRST_NAME, [guid(1)])],
    [
      "an update from another table",
      () =>
        sql(
          "update marketing.people p set first_name = v.name from (values ($1::uuid, 'Ann')) v(id, name) where v.id = p.crm_id",
          [guid(1)],
        ),
    ],
    [
      "an insert that meets a row",
      () =>
        sql(
          `insert into marketing.people (crm_id, first_name) values ($1, 'Ann')
           on conflict (crm_id) do update set first_name = excluded.first_name`,
          [guid(1)],
        ),
    ],
    [
      "a merge",
      () =>
        sql(
          `merge into marketing.people p using (select $1::uuid as id) s on p.crm_id = s.id
           when matched then update set first_name = 'Ann'`,
          [guid(1)],
        ),
    ],
    [
      "a part of a query",
      () => sql(`with edited as (${A_FIRST_NAME} returning 1) select count(*) from edited`, [guid(1)]),
    ],
    [
      "a view",
      async () => {
        await sql("create view public.everybody as select crm_id, first_name from marketing.people");
        await sql("update public.everybody set first_name = 'Ann' where crm_id = $1", [guid(1)]);
      },
    ],
    [
      "a trigger of somebody's own, before the row is written",
      async () => {
        await makeTrigger("before update", "new.first_name := 'Ann'; return new;");
        await sql("update marketing.people set updated_at = now() where crm_id = $1", [guid(1)]);
      },
    ],
  ])("%s", async (_, edit) => {
    await edit();
    expect(await scene.noted()).toEqual([{ row_id: "1", agreed: { first_name: "Person 1" }, revision: "1" }]);
  });

  test("many at once, each for itself", async () => {
    await sql("update marketing.people set score = score + 1, tags = '{x,y}'");
    expect(await scene.agreed()).toEqual([1, 2, 3].map(() => ({ score: "1", tags: null })));
  });

  test("values that were copied into a table first", async () => {
    const editor = await scene.session("create temp table given (id uuid, name text)");
    await editor.query(
      `insert into given values ('${guid(1)}', 'Ann'), ('${guid(3)}', 'Cem'), (null, 'Nobody')`,
    );
    await editor.query(
      "update marketing.people p set first_name = g.name from given g where g.id = p.crm_id",
    );
    expect(await scene.agreed()).toEqual([{ first_name: "Person 1" }, { first_name: "Person 3" }]);
  });

  test("by a trigger of somebody's own that goes on editing the row", async () => {
    await makeTrigger(
      "after update",
      `if new.first_name = 'Ann' then
         update marketing.people set first_name = 'Anna', score = 7 where id = new.id;
       end if;
       return null;`,
    );
    await sql(A_FIRST_NAME, [guid(1)]);
    const [{ agreed } = { agreed: {} }] = await scene.noted();
    expect(Object.keys(agreed).toSorted()).toEqual(["first_name", "score"]);
  });

  test("by somebody who may edit the marketing tables and nothing else", async () => {
    const editor = await editorOf("select, insert, update, delete");
    await editor.query(A_FIRST_NAME, [guid(1)]);
    await editor.query("delete from marketing.people where crm_id = $1", [guid(2)]);
    await expect(editor.query("select * from marketing_sync.pending_changes")).rejects.toThrow(/denied/);
    expect(await scene.agreed()).toEqual([{ first_name: "Person 1" }]);
  });

  test("whatever tables somebody has of the same names", async () => {
    const editor = await editorOf("select, update, delete");
    await editor.query(`create temp table pending_changes (like marketing.people);
                        create temp table links (like marketing.people);
                        create temp table people (like marketing.people)`);
    await editor.query(A_FIRST_NAME, [guid(1)]);
    await editor.query("delete from marketing.people where crm_id = $1", [guid(2)]);
    expect(await scene.agreed()).toEqual([{ first_name: "Person 1" }]);
    expect(await scene.rows("select from marketing_sync.links where state = 't'")).toHaveLength(1);
  });

  test("and nobody can have it note what they like", async () => {
    const editor = await editorOf("select, update", "marketing, marketing_sync");
    await editor.query("create temp table mine (id bigint, crm_id uuid)");
    await expect(
      editor.query(
        "create trigger mine after truncate on mine execute function marketing_sync.capture_1_people()",
      ),
    ).rejects.toThrow(/denied for function/);
  });
});

/** A trigger as people make them. */
async function makeTrigger(event: string, body: string): Promise<void> {
  await sql(`create function public.own() returns trigger language plpgsql as $own$begin ${body} end$own$`);
  await sql(`create trigger own ${event} on marketing.people for each row execute function public.own()`);
}

/** A session of somebody with these rights on the marketing tables and no others. */
async function editorOf(rights: string, schemas = "marketing"): Promise<Client> {
  const role = `editor_${randomBytes(6).toString("hex")}`;
  await sql(`create role ${role}`);
  onTestFinished(async () => {
    await sql(`drop owned by ${role}`);
    await sql(`drop role ${role}`);
  });
  await sql(`grant usage on schema ${schemas} to ${role}`);
  await sql(`grant ${rights} on all tables in schema marketing to ${role}`);
  return scene.session(`set role ${role}`);
}

describe("nothing is noted", () => {
  test.each<[string, string]>([
    ["of an update that changes nothing", "update marketing.people set first_name = first_name"],
    [
      "of a column that does not travel",
      "update marketing.people set updated_at = now(), crm_deleted = true",
    ],
    [
      "of a row that is made with the id of a record",
      "insert into marketing.people (crm_id) values (gen_random_uuid())",
    ],
    ["of a row that stands for no record", "insert into marketing.people (first_name) values ('x')"],
  ])("%s", async (_, edit) => {
    await sql(edit);
    await sql("update marketing.people set first_name = 'y' where crm_id is null");
    expect(await scene.noted()).toEqual([]);
  });

  test("of what is rolled back", async () => {
    const editor = await scene.session();
    await editor.query("begin");
    await editor.query(A_FIRST_NAME, [guid(1)]);
    await editor.query("rollback");
    expect(await scene.noted()).toEqual([]);
  });

  test("of what the connection writes itself, for that connection (P10)", async () => {
    const others = await sql(
      "insert into marketing_sync.connections (name, url) values ('other', 'https://other.example') returning id",
    );
    const [{ id } = { id: 0 }] = others as { id: number }[];
    await sql(
      `with e as (insert into marketing_sync.entities (connection_id, name, label, table_name)
                  values ($1, 'contact', 'Contact', 'people') returning id)
       insert into marketing_sync.fields (entity_id, attribute, label, type, column_name, direction, enabled)
       select id, 'first_name', '', 'String', 'first_name', 'both', true from e`,
      [id],
    );
    await changeTravelling(scene.database, "contact", async () => undefined);
    await scene.apply({ updates: [person(1, ["Theirs", "1", null], "2")] });
    const both = await sql("select connection_id, agreed from marketing_sync.pending_changes");
    expect(both).toEqual([{ connection_id: id, agreed: { first_name: "Person 1" } }]);
    await sql("update marketing.people set first_name = 'Theirs', score = 2 where crm_id = $1", [guid(1)]);
    await sql("delete from marketing_sync.pending_changes where connection_id = $1", [id]);
    expect(await scene.agreed()).toEqual([{ score: "1" }]);
  });
});

describe("edits of a row are folded", () => {
  test("into one line, with what was agreed first", async () => {
    await sql("update marketing.people set first_name = 'A' where crm_id = $1", [guid(1)]);
    await sql("update marketing.people set first_name = 'B', score = 9 where crm_id = $1", [guid(1)]);
    expect(await scene.noted()).toEqual([
      { row_id: "1", agreed: { first_name: "Person 1", score: "1" }, revision: "2" },
    ]);
  });

  test("and taken back: the column first, then the line", async () => {
    await sql("update marketing.people set first_name = 'A', tags = '{a}' where crm_id = $1", [guid(1)]);
    await sql("update marketing.people set first_name = 'Person 1' where crm_id = $1", [guid(1)]);
    expect(await scene.agreed()).toEqual([{ tags: null }]);
    await sql("update marketing.people set tags = null where crm_id = $1", [guid(1)]);
    expect(await scene.noted()).toEqual([]);
  });

  test("also where some of many are set back by the same statement", async () => {
    await sql("update marketing.people set score = 5 where crm_id in ($1, $2)", [guid(1), guid(2)]);
    await sql("update marketing.people set score = case when crm_id = $1 then 1 else 6 end", [guid(1)]);
    expect(await scene.noted()).toMatchObject([
      { row_id: "2", agreed: { score: "1" }, revision: "2" },
      { row_id: "3", agreed: { score: "1" }, revision: "1" },
    ]);
  });

  test("and what was parked gets another chance", async () => {
    await sql(A_FIRST_NAME, [guid(1)]);
    await sql("update marketing_sync.pending_changes set parked = '{}', attempts = 3, retry_at = now()");
    await sql("update marketing.people set first_name = 'B' where crm_id = $1", [guid(1)]);
    expect(await sql("select parked, attempts, retry_at from marketing_sync.pending_changes")).toEqual([
      { parked: null, attempts: 0, retry_at: null },
    ]);
  });
});

describe("a value on its way", () => {
  const policies = new Map<string, FieldPolicy>(
    COLUMNS.map(({ name }) => [name, { winner: "dynamics", rule: null, optOut: false }]),
  );

  beforeEach(async () => {
    await sql(A_FIRST_NAME, [guid(1)]);
    await sql(`update marketing_sync.pending_changes set sent = '{"first_name": "Ann"}'`);
  });

  test("stays pending when it is set back, and is recognised when it comes home", async () => {
    await sql("update marketing.people set first_name = 'Person 1' where crm_id = $1", [guid(1)]);
    expect(await scene.noted()).toMatchObject([{ agreed: { first_name: "Person 1" }, revision: "2" }]);
    await scene.apply({ updates: [person(1, ["Ann", "1", null], "2")] }, { policies });
    expect(await scene.people()).toMatchObject([{ first_name: "Person 1" }, {}, {}]);
    expect(await scene.agreed()).toEqual([{ first_name: "Ann" }]);
  });

  test("is what the next edit is agreed against, when that waits for it to be settled", async () => {
    const push = await scene.session("set search_path = marketing_sync");
    await push.query("begin");
    await push.query("select from pending_changes for update");
    const editing = sql("update marketing.people set first_name = 'Person 1' where crm_id = $1", [guid(1)]);
    await someoneWaits(scene);
    await push.query("delete from pending_changes");
    await push.query("commit");
    await editing;
    expect(await scene.agreed()).toEqual([{ first_name: "Ann" }]);
  });
});

describe("a row that people delete", () => {
  const states = async (): Promise<string[]> =>
    (await scene.rows<{ state: string }>("select state from marketing_sync.links order by crm_id")).map(
      ({ state }) => state,
    );

  test("leaves a tombstone, and none of its edits (P28)", async () => {
    await sql("update marketing.people set first_name = 'A' where crm_id = $1", [guid(1)]);
    await sql("delete from marketing.people where crm_id = $1", [guid(1)]);
    expect(await scene.noted()).toEqual([]);
    expect(await states()).toEqual(["t", "l", "l"]);
  });

  test("leaves a tombstone although Dynamics had deleted the record before", async () => {
    await scene.apply({ deletes: [guid(2)] });
    await sql("delete from marketing.people where crm_deleted");
    expect(await states()).toEqual(["l", "t", "l"]);
  });

  test("and makes again with the record's id has no edits of its earlier life (P28)", async () => {
    await sql(A_FIRST_NAME, [guid(1)]);
    await sql("delete from marketing.people where crm_id = $1", [guid(1)]);
    await sql("insert into marketing.people (crm_id, first_name) values ($1, 'New')", [guid(1)]);
    expect(await scene.noted()).toEqual([]);
  });

  test("with all others at once leaves as many", async () => {
    await sql("update marketing.people set first_name = 'A'");
    await sql("truncate marketing.people restart identity");
    expect(await scene.noted()).toEqual([]);
    expect(await states()).toEqual(["t", "t", "t"]);
  });

  test("leaves the links of other tables alone", async () => {
    const other = await scene.store.saveEntity(scene.lease, {
      mapping: { entity: "account", table: "companies", fields: [] },
      label: "Account",
      changeTracking: true,
      attributes: new Map(),
      choices: [],
      relabellings: [],
    });
    await sql("insert into marketing_sync.links (entity_id, crm_id, row_id, version) values ($1, $2, 1, 1)", [
      other.id,
      guid(1),
    ]);
    await sql("delete from marketing.people");
    await sql("truncate marketing.people");
    expect(await sql("select state from marketing_sync.links where entity_id = $1", [other.id])).toEqual([
      { state: "l" },
    ]);
  });
});
