import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { openStoreScene } from "./scene.ts";

interface Stored {
  readonly row_id: string;
  readonly kind: string;
  readonly state: string;
}

function stored({ rows }: StoreScene): Promise<Stored[]> {
  return rows("select row_id, kind, state from actions order by id");
}

async function opened(): Promise<StoreScene> {
  const scene = await openStoreScene();
  await scene.rows("insert into marketing.people (first_name) values ('Ann'), ('Bob')");
  return scene;
}

interface Roles {
  /** May edit and delete people; nobody's login. */
  readonly editor: string;
  /** A member of it who has nothing of their own. */
  readonly query: (sql: string) => Promise<Record<string, unknown>[]>;
}

async function rolesIn({ connectionString, rows }: StoreScene): Promise<Roles> {
  const id = randomBytes(6).toString("hex");
  const [editor, member] = [`tandem_editor_${id}`, `tandem_member_${id}`];
  await rows(`create role ${editor}`);
  await rows(`create role ${member} noinherit in role ${editor}`);
  await rows(`grant usage on schema marketing to ${editor}, ${member}`);
  await rows(`grant select, update, delete on marketing.people to ${editor}`);
  const client = new Client({ connectionString });
  onTestFinished(async () => {
    await client.end();
    await rows(`drop owned by ${editor}, ${member}`);
    await rows(`drop role ${editor}, ${member}`);
  });
  await client.connect();
  await client.query(`set session authorization ${member}`);
  return {
    editor,
    query: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
  };
}

describe("whoever asks in SQL", () => {
  test.each([
    ["sync", "select marketing.sync_person(1) as answer", "Only who may edit people may sync them."],
    [
      "merge",
      "select * from marketing.merge_people(1, '{2}')",
      "Only who may edit and delete people may merge them.",
    ],
    ["give an owner to", `select marketing.change_owner(1, '${guid(4)}')`, "Only who may edit people"],
    ["give tasks about", "select marketing.create_task(1, 'Call')", "Only who may edit people"],
  ])("may %s people as the role they have set, and not as themselves", async (_, sql, refusal) => {
    const scene = await opened();
    const { editor, query } = await rolesIn(scene);
    await expect(query(sql)).rejects.toThrow(refusal);
    await query(`set role ${editor}`);
    expect(await query(sql)).toHaveLength(1);
    await query("reset role");
    await expect(query(sql)).rejects.toThrow(refusal);
  });

  test("cannot borrow the rights of a function that runs as somebody else", async () => {
    const scene = await opened();
    const { query } = await rolesIn(scene);
    await scene.rows(`create function marketing.lent() returns text language sql security definer
                        as $$ select marketing.sync_person(1) $$`);
    await expect(query("select marketing.lent()")).rejects.toThrow("Only who may edit people");
  });

  test("may not delete in Dynamics who may not delete people", async () => {
    const scene = await opened();
    const { editor, query } = await rolesIn(scene);
    await scene.rows(`revoke delete on marketing.people from ${editor}`);
    await query(`set role ${editor}`);
    await expect(query("select marketing.delete_in_dynamics(1)")).rejects.toThrow(
      "Only who may delete people",
    );
  });
});

test("who reads events reads them as the role they have set", async () => {
  const scene = await opened();
  const { editor, query } = await rolesIn(scene);
  const events = "select * from marketing.events_after()";
  await scene.rows(`grant select on marketing.activities to ${editor}`);
  await expect(query(events)).rejects.toThrow("Only who may read activities");
  await query(`set role ${editor}`);
  expect(await query(events)).toEqual([]);
});

describe("a wish", () => {
  test.each([
    ["for nobody", "select marketing.change_owner(7, gen_random_uuid())", "There is no person 7."],
    ["without an owner", "select marketing.change_owner(1, null)", "Name the user or the team"],
    ["without a subject", "select marketing.create_task(1, ' ')", "A task has a subject."],
    [
      "with a strange token",
      "select marketing.create_task(1, '{{ first_nam | you }}')",
      "Nothing is called {{first_nam}}",
    ],
    ["for the end of nothing", "select marketing.delete_in_dynamics(1)", "Person 1 is not in Dynamics."],
  ])("%s is refused in plain words", async (_, sql, message) => {
    const scene = await opened();
    await expect(scene.rows(sql)).rejects.toThrow(message);
    expect(await stored(scene)).toEqual([]);
  });

  test("about somebody who is not in Dynamics asks for them first, and leaves the owner that was named", async () => {
    const scene = await opened();
    await scene.rows("select marketing.sync_person(1, 'contact', $1)", [guid(4)]);
    await scene.rows("select marketing.create_task(1, 'Call {{first_name|them}} {{today}}')");
    await scene.rows("select marketing.create_task(2, 'Call', sync_as => 'contact')");
    expect(await scene.rows("select row_id, wanted_as, owner_id from sync_requests order by row_id")).toEqual(
      [
        { row_id: "1", wanted_as: "contact", owner_id: guid(4) },
        { row_id: "2", wanted_as: "contact", owner_id: null },
      ],
    );
    expect(await stored(scene)).toEqual([
      { row_id: "1", kind: "task", state: "queued" },
      { row_id: "2", kind: "task", state: "queued" },
    ]);
  });

  test("about people who become one is about that one", async () => {
    const scene = await opened();
    await scene.rows("select marketing.create_task(2, 'Call')");
    await scene.rows("select * from marketing.merge_people(1, '{2}')");
    expect(await stored(scene)).toEqual([{ row_id: "1", kind: "task", state: "queued" }]);
  });
});

test("no function that runs with its owner's rights asks for the session's user", async () => {
  const { rows } = await opened();
  const asking = await rows(
    `select proname from pg_proc where pronamespace = 'marketing'::regnamespace and prosecdef
        and prosrc like '%privilege(session_user%'`,
  );
  expect(asking).toEqual([]);
});
