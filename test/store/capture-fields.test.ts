/**
 * The capture follows the fields that travel, and no edit slips in between.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { changeTravelling } from "../../src/store/capture.ts";
import { switchFields } from "../../src/store/fields.ts";
import { setPolicy } from "../../src/store/policies.ts";
import { guid } from "../support/entity.ts";
import type { EditedScene } from "./edited.ts";
import { openEditedScene, someoneWaits } from "./edited.ts";
import { CONTACT } from "./scene.ts";

let scene: EditedScene;

beforeEach(async () => {
  scene = await openEditedScene();
});

const sql = (text: string, values: readonly unknown[] = []): Promise<object[]> => scene.rows(text, values);

const flip = (on: readonly string[], off: readonly string[]): Promise<void> =>
  changeTravelling(scene.database, "contact", (client) =>
    switchFields(client, { entity: "contact", on, off }),
  );

const triggers = (): Promise<object[]> =>
  scene.rows(
    "select tgname, tgfoid from pg_trigger where tgrelid = 'marketing.people'::regclass and not tgisinternal order by 1",
  );

describe("while a field is switched on and off", () => {
  test("no edit of another one is missed (P38)", async () => {
    const rounds = 60;
    const editing = [1, 2, 3].map(async (id) => {
      const editor = await scene.session();
      for (let edit = 1; edit <= rounds; edit += 1) {
        await editor.query("update marketing.people set score = $1, first_name = $2 where crm_id = $3", [
          1000 + edit,
          `Edit ${edit}`,
          guid(id),
        ]);
      }
    });
    for (let round = 0; round < rounds; round += 1) {
      await (round % 2 === 0 ? flip([], ["first_name"]) : flip(["first_name"], []));
    }
    await Promise.all(editing);
    // Every edit that is noted raises the revision.
    const all = [1, 2, 3].map((id) => ({ row_id: String(id), revision: String(rounds) }));
    expect(await scene.noted()).toMatchObject(all.map((each) => ({ ...each, agreed: { score: "1" } })));
  });

  test("an edit under way is let through first, and the next one meets the new capture", async () => {
    const editor = await scene.session();
    await editor.query("begin");
    await editor.query("update marketing.people set score = 2 where crm_id = $1", [guid(1)]);
    const switching = flip([], ["first_name"]);
    await someoneWaits(scene);
    const next = sql("update marketing.people set first_name = 'A', score = 3 where crm_id = $1", [guid(2)]);
    await editor.query("commit");
    await Promise.all([switching, next]);
    expect(await scene.agreed()).toEqual([{ score: "1" }, { score: "1" }]);
  });

  test("a page under way is let through, whatever it goes on to write", async () => {
    await flip([], ["first_name"]);
    const page = await scene.session("set tandem.connection = '1'");
    await page.query("begin");
    await page.query("update marketing.people set score = 2 where crm_id = $1", [guid(1)]);
    const switching = flip(["first_name"], []);
    await someoneWaits(scene);
    await page.query("update marketing_sync.entities set position = 'p2'");
    await page.query("commit");
    await switching;
    await sql("update marketing.people set first_name = 'A' where crm_id = $1", [guid(1)]);
    expect(await scene.agreed()).toEqual([{ first_name: "Person 1" }]);
  });

  test("nobody who has read the table is in the way, even when they go on to edit it", async () => {
    const reader = await scene.session();
    await reader.query("begin");
    await reader.query("select * from marketing.people");
    await flip([], ["first_name"]);
    await reader.query("update marketing.people set first_name = 'A', score = 3 where crm_id = $1", [
      guid(2),
    ]);
    await reader.query("commit");
    expect(await scene.agreed()).toEqual([{ score: "1" }]);
  });

  test("what was edited before stays pending, whatever the value", async () => {
    await sql("update marketing.people set tags = '{a}', score = 2 where crm_id = $1", [guid(1)]);
    await flip([], ["tags"]);
    await sql("update marketing.people set tags = null, score = 3 where crm_id = $1", [guid(1)]);
    expect(await scene.agreed()).toEqual([{ tags: null, score: "1" }]);
  });

  test("a change that fails leaves the capture as it was", async () => {
    const before = await triggers();
    await expect(
      changeTravelling(scene.database, "contact", async (client) => {
        await switchFields(client, { entity: "contact", on: [], off: ["first_name"] });
        throw new Error("on second thought");
      }),
    ).rejects.toThrow("on second thought");
    expect(await triggers()).toEqual(before);
    await sql("update marketing.people set first_name = 'A' where crm_id = $1", [guid(1)]);
    expect(await scene.agreed()).toEqual([{ first_name: "Person 1" }]);
  });
});

test("a field that no longer travels, or travels again, is followed", async () => {
  const direct = (direction: "pull" | "both"): Promise<void> =>
    changeTravelling(scene.database, "contact", (client) =>
      setPolicy(client, { entity: "contact", field: "score", direction }),
    );
  await direct("pull");
  await sql("update marketing.people set score = 2 where crm_id = $1", [guid(1)]);
  await direct("both");
  await sql("update marketing.people set score = 3 where crm_id = $1", [guid(2)]);
  expect(await scene.noted()).toMatchObject([{ row_id: "2", agreed: { score: "1" } }]);
});

test("a field that Dynamics does not let be written is not noted", async () => {
  await changeTravelling(scene.database, "contact", async (client) => {
    await client.query("update fields set writable = false where column_name = 'score'");
  });
  await sql("update marketing.people set score = 2, first_name = 'A' where crm_id = $1", [guid(1)]);
  expect(await scene.agreed()).toEqual([{ first_name: "Person 1" }]);
});

test("a field that is set aside is noted until it is back, unless its column is why", async () => {
  await changeTravelling(scene.database, "contact", async (client) => {
    await client.query(
      "update fields set set_aside = 'gone', column_type = 'text[]' where column_name = 'tags'",
    );
    await client.query(
      "update fields set set_aside = 'clash', column_type = 'text' where column_name = 'score'",
    );
  });
  await sql("update marketing.people set score = 2, tags = '{a}' where crm_id = $1", [guid(1)]);
  expect(await scene.agreed()).toEqual([{ tags: null }]);
  await sql("alter table marketing.people alter score type text");
});

test("a field of leads alone is noted of leads alone, and of whoever has no kind yet", async () => {
  await scene.store.saveEntity(scene.lease, {
    mapping: {
      entity: "lead",
      table: "people",
      crmType: "lead",
      fields: [
        { attribute: "topic", column: "topic", typeColumn: "topic_type", direction: "both", enabled: true },
      ],
    },
    label: "Lead",
    changeTracking: true,
    attributes: new Map(),
    choices: [],
    relabellings: [],
  });
  await scene.tables.prepare("people", [
    { name: "topic", type: "text" },
    { name: "topic_type", type: "text" },
  ]);
  await flip([], []);
  await sql("update marketing.people set crm_type = 'lead' where crm_id = $1", [guid(1)]);
  await sql("update marketing.people set crm_type = null where crm_id = $1", [guid(3)]);
  await sql("update marketing.people set topic = 'A', topic_type = 'B', score = 2");
  const contact = { score: "1" };
  expect(await scene.noted()).toMatchObject([
    { row_id: "1", agreed: { topic: null, topic_type: null } },
    { row_id: "2", agreed: contact },
    { row_id: "3", agreed: { ...contact, topic: null, topic_type: null } },
  ]);
  expect((await scene.agreed())[1]).toEqual(contact);
});

test("a table whose fields all come from Dynamics has its deletes noted, and nothing else", async () => {
  await flip([], ["first_name", "score", "tags"]);
  expect(await triggers()).toHaveLength(2);
  await sql("update marketing.people set score = 2");
  await sql("delete from marketing.people where crm_id = $1", [guid(1)]);
  expect(await scene.noted()).toEqual([]);
  expect(await sql("select crm_id from marketing_sync.links where state = 't'")).toEqual([
    { crm_id: guid(1) },
  ]);
});

test("connecting again, with the same fields, leaves the capture as it is and waits for nobody", async () => {
  const editor = await scene.session();
  await editor.query("begin");
  await editor.query("update marketing.people set score = 2 where crm_id = $1", [guid(1)]);
  const before = await triggers();
  await scene.store.saveEntity(scene.lease, {
    mapping: CONTACT,
    label: "Contact",
    changeTracking: true,
    attributes: new Map(),
    choices: [],
    relabellings: [],
  });
  await editor.query("rollback");
  expect(await triggers()).toEqual(before);
});

test.each(["update", "delete", "truncate"])(
  "a capture that somebody took the %s out of is made whole",
  async (event) => {
    const before = await triggers();
    await sql(`drop trigger tandem_capture_1_${event} on marketing.people`);
    await flip([], []);
    expect(await triggers()).toEqual(before);
  },
);

test("a column whose edits travel is not dropped by mistake: the field is switched off first", async () => {
  await expect(sql("alter table marketing.people drop column first_name")).rejects.toThrow(/depend/);
  await flip([], ["first_name"]);
  await sql("alter table marketing.people drop column first_name");
  await sql("update marketing.people set score = 8 where crm_id = $1", [guid(1)]);
  expect(await scene.agreed()).toEqual([{ score: "1" }]);
});
