/**
 * The database notes every edit of a two-way column, whichever way it came.
 */
import { Client } from "pg";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { ColumnType } from "../../src/core/cell.ts";
import { changeTravelling } from "../../src/store/capture.ts";
import { switchFields } from "../../src/store/fields.ts";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { CONTACT, openStoreScene, person } from "./scene.ts";

const TWO_WAY = {
  ...CONTACT,
  fields: CONTACT.fields.map((field) => ({ ...field, direction: "both" as const })),
};

interface Noted {
  readonly row_id: string;
  readonly agreed: Readonly<Record<string, unknown>>;
  readonly revision: string;
}

let scene: StoreScene;

beforeEach(async () => {
  scene = await openStoreScene(TWO_WAY);
  await scene.apply({ creates: [person(1), person(2), person(3)] });
});

const sql = (text: string, values: readonly unknown[] = []): Promise<object[]> => scene.rows(text, values);
const noted = (): Promise<Noted[]> =>
  scene.rows<Noted>("select row_id, agreed, revision from marketing_sync.pending_changes order by row_id");
const agreed = async (): Promise<unknown[]> => (await noted()).map((each) => each.agreed);

const capture = (): Promise<void> => changeTravelling(scene.database, "contact", async () => undefined);

/** Another session, as somebody else. */
async function session(setUp = ""): Promise<Client> {
  const client = new Client({ connectionString: scene.connectionString });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query(setUp);
  return client;
}

describe("an edit is noted with the value before (P39)", () => {
  const A_FIRST_NAME = "update marketing.people set first_name = 'Ann' where crm_id = $1";

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
      "a trigger of somebody's own",
      async () => {
        await sql(`create function public.shout() returns trigger language plpgsql as
                   'begin new.first_name := ''Ann''; return new; end'`);
        await sql(
          "create trigger shout before update on marketing.people for each row execute function public.shout()",
        );
        await sql("update marketing.people set updated_at = now() where crm_id = $1", [guid(1)]);
      },
    ],
  ])("%s", async (_, edit) => {
    await edit();
    expect(await noted()).toEqual([{ row_id: "1", agreed: { first_name: "Person 1" }, revision: "1" }]);
  });

  test("many at once, each for itself", async () => {
    await sql("update marketing.people set score = score + 1, tags = '{x,y}'");
    expect(await agreed()).toEqual([1, 2, 3].map(() => ({ score: "1", tags: null })));
  });

  test("by somebody who may edit the marketing tables and nothing else", async () => {
    const role = `editor_${process.pid}_${Date.now()}`;
    await sql(`create role ${role}`);
    onTestFinished(async () => void (await sql(`drop owned by ${role}; drop role ${role}`)));
    await sql(`grant usage on schema marketing to ${role}`);
    await sql(`grant select, update, delete on marketing.people to ${role}`);
    const editor = await session(`set role ${role}`);
    await editor.query(A_FIRST_NAME, [guid(1)]);
    await editor.query("delete from marketing.people where crm_id = $1", [guid(2)]);
    await expect(editor.query("select * from marketing_sync.pending_changes")).rejects.toThrow(/denied/);
    expect(await agreed()).toEqual([{ first_name: "Person 1" }]);
  });
});

describe("nothing is noted", () => {
  test.each<[string, string]>([
    ["of an update that changes nothing", "update marketing.people set first_name = first_name"],
    [
      "of a column that does not travel",
      "update marketing.people set updated_at = now(), crm_deleted = true",
    ],
    [
      "of a row that stands for no record",
      "with made as (insert into marketing.people (first_name) values ('x') returning 1) select",
    ],
  ])("%s", async (_, edit) => {
    await sql(edit);
    await sql("update marketing.people set first_name = 'y' where crm_id is null");
    expect(await noted()).toEqual([]);
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
    await capture();
    await scene.apply({ updates: [person(1, ["Theirs", "1", null], "2")] });
    const both = await sql("select connection_id, agreed from marketing_sync.pending_changes");
    expect(both).toEqual([{ connection_id: id, agreed: { first_name: "Person 1" } }]);
  });
});

describe("edits of a row are folded", () => {
  test("into one line, with what was agreed first", async () => {
    await sql("update marketing.people set first_name = 'A' where crm_id = $1", [guid(1)]);
    await sql("update marketing.people set first_name = 'B', score = 9 where crm_id = $1", [guid(1)]);
    expect(await noted()).toEqual([
      { row_id: "1", agreed: { first_name: "Person 1", score: "1" }, revision: "2" },
    ]);
  });

  test("and taken back: the column first, then the line", async () => {
    await sql("update marketing.people set first_name = 'A', tags = '{a}' where crm_id = $1", [guid(1)]);
    await sql("update marketing.people set first_name = 'Person 1' where crm_id = $1", [guid(1)]);
    expect(await agreed()).toEqual([{ tags: null }]);
    await sql("update marketing.people set tags = null where crm_id = $1", [guid(1)]);
    expect(await noted()).toEqual([]);
  });

  test("but not while a value is on its way, which may have to be taken back", async () => {
    await sql("update marketing.people set first_name = 'A' where crm_id = $1", [guid(1)]);
    await sql(`update marketing_sync.pending_changes set sent = '{"first_name": "A"}'`);
    await sql("update marketing.people set first_name = 'Person 1' where crm_id = $1", [guid(1)]);
    expect(await agreed()).toEqual([{ first_name: "Person 1" }]);
  });

  test("and what was parked gets another chance", async () => {
    await sql("update marketing.people set first_name = 'A' where crm_id = $1", [guid(1)]);
    await sql("update marketing_sync.pending_changes set parked = '{}', attempts = 3, retry_at = now()");
    await sql("update marketing.people set first_name = 'B' where crm_id = $1", [guid(1)]);
    expect(await sql("select parked, attempts, retry_at from marketing_sync.pending_changes")).toEqual([
      { parked: null, attempts: 0, retry_at: null },
    ]);
  });
});

describe("a row that people delete", () => {
  const links = (): Promise<object[]> =>
    scene.rows("select crm_id, state from marketing_sync.links order by crm_id");

  test("leaves a tombstone, and none of its edits (P28)", async () => {
    await sql("update marketing.people set first_name = 'A' where crm_id = $1", [guid(1)]);
    await sql("delete from marketing.people where crm_id = $1", [guid(1)]);
    expect(await noted()).toEqual([]);
    expect(await links()).toMatchObject([{ state: "t" }, { state: "l" }, { state: "l" }]);
  });

  test("with all others at once leaves as many", async () => {
    await sql("update marketing.people set first_name = 'A'");
    await sql("truncate marketing.people");
    expect(await noted()).toEqual([]);
    expect(await links()).toMatchObject([{ state: "t" }, { state: "t" }, { state: "t" }]);
  });
});

test.each<[ColumnType, string, string, unknown]>([
  ["integer", "7", "8", "7"],
  ["bigint", "9007199254740993", "1", "9007199254740993"],
  ["numeric", "1234567890123456789.0100", "1", "1234567890123456789.0100"],
  ["double precision", "0.1", "1", "0.1"],
  ["boolean", "true", "false", "true"],
  ["uuid", guid(9), guid(8), guid(9)],
  ["date", "2024-02-29", "2024-03-01", "2024-02-29"],
  ["timestamp with time zone", "2024-05-01 12:30:00+02", "2024-05-01 12:30:00+01", "2024-05-01T10:30:00Z"],
  ["timestamp without time zone", "2024-05-01 12:30:00.25", "2024-05-01 12:30:00", "2024-05-01T12:30:00.25"],
  ["text", "tab\t\"'\\", "x", "tab\t\"'\\"],
  ["text[]", '{"a,b",null,"q\\""}', "{}", ["a,b", null, 'q"']],
])(
  "a value of type %s is noted exact, whatever the session's style",
  async (type, before, after, expected) => {
    await sql(`alter table marketing.people add column odd ${type}`);
    await sql(
      `insert into marketing_sync.fields (entity_id, attribute, label, type, column_name, direction, enabled)
     values ($1, 'odd', '', '', 'odd', 'both', true)`,
      [scene.entity.id],
    );
    await sql(
      `update marketing.people set odd = '${before.replaceAll("'", "''")}'::${type} where crm_id = $1`,
      [guid(1)],
    );
    await capture();
    const editor = await session(
      "set datestyle = 'SQL, DMY'; set timezone = 'Asia/Tokyo'; set extra_float_digits = 0",
    );
    await editor.query(`update marketing.people set odd = '${after}'::${type} where crm_id = $1`, [guid(1)]);
    expect(await agreed()).toEqual([{ odd: expected }]);
  },
);

test("while a field is switched on and off, no edit of another one is missed (P38)", async () => {
  const rounds = 40;
  const editor = await session();
  const editing = (async () => {
    for (let edit = 1; edit <= rounds; edit += 1) {
      await editor.query("update marketing.people set score = $1 where crm_id = $2", [1000 + edit, guid(1)]);
      await editor.query("delete from marketing_sync.pending_changes where agreed ->> 'score' = $1", [
        String(edit === 1 ? 1 : 999 + edit),
      ]);
    }
  })();
  for (let round = 0; round < rounds; round += 1) {
    const [on, off] = round % 2 === 0 ? [[], ["first_name"]] : [["first_name"], []];
    await changeTravelling(scene.database, "contact", (client) =>
      switchFields(client, { entity: "contact", on, off }),
    );
  }
  await editing;
  // Each edit was noted against the one before it and taken away; one that was missed would leave the next one here.
  expect(await noted()).toEqual([]);
  await sql("update marketing.people set first_name = 'A', score = 5 where crm_id = $1", [guid(1)]);
  expect(await agreed()).toEqual([{ first_name: "Person 1", score: String(1000 + rounds) }]);
});

test("a capture that somebody took apart is made whole when the entity is connected again", async () => {
  await sql("drop trigger tandem_capture_1_update on marketing.people");
  await capture();
  await sql("update marketing.people set first_name = 'A' where crm_id = $1", [guid(1)]);
  expect(await agreed()).toEqual([{ first_name: "Person 1" }]);
});

test("a column whose edits travel is not dropped by mistake: the field is switched off first", async () => {
  await expect(sql("alter table marketing.people drop column first_name")).rejects.toThrow(/depend/);
  await changeTravelling(scene.database, "contact", (client) =>
    switchFields(client, { entity: "contact", on: [], off: ["first_name"] }),
  );
  await sql("alter table marketing.people drop column first_name");
  await sql("update marketing.people set score = 8 where crm_id = $1", [guid(1)]);
  expect(await agreed()).toEqual([{ score: "1" }]);
});
