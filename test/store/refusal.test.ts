import { describe, expect, test } from "vitest";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { openStoreScene, person } from "./scene.ts";

/** Ids of the records that were refused, with the reason, as they are remembered. */
function parked(scene: StoreScene): Promise<{ crm_id: string; detail: string }[]> {
  return scene.rows<{ crm_id: string; detail: string }>("select crm_id, detail from parked order by crm_id");
}

const crmIds = async (scene: StoreScene): Promise<string[]> =>
  (await scene.people()).map(({ crm_id }) => crm_id);

describe("a value the database refuses", () => {
  test("parks its record alone, and the rest of the page is committed", async () => {
    const scene = await openStoreScene();
    const creates = Array.from({ length: 40 }, (_, index) => person(index + 1));
    creates[7] = person(8, ["Ada", "1.5", null]);
    creates[31] = person(32, ["Bo", "99999999999", null]);
    const applied = await scene.apply(
      { creates },
      { page: { phase: "snapshot", upserts: [], deletes: [], next: "p1", last: false } },
    );
    expect(applied).toMatchObject({ created: 38 });
    expect(applied.parked.map(({ id }) => id)).toEqual([guid(8), guid(32)]);
    expect(await crmIds(scene)).not.toContain(guid(8));
    expect(await parked(scene)).toEqual([
      { crm_id: guid(8), detail: "The value does not fit the column score (SQLSTATE 22P02)." },
      { crm_id: guid(32), detail: "The value does not fit the column score (SQLSTATE 22003)." },
    ]);
    expect(await scene.stored()).toMatchObject({ position: "p1", rows: 38 });
  });

  test("is not repeated in the reason, which people see", async () => {
    const scene = await openStoreScene();
    const applied = await scene.apply({ creates: [person(1, ["Ada", "Jane Doe", null])] });
    expect(applied.parked).toHaveLength(1);
    expect(applied.parked[0]?.detail).not.toContain("Jane");
  });

  test("is not repeated either when it is out of range, or in a trigger's words", async () => {
    const scene = await openStoreScene();
    await scene.rows("alter table marketing.people alter score type smallint");
    await addTrigger(
      scene,
      `if new.first_name = 'Jane' then
         raise exception 'value "%": not her', new.first_name using errcode = '23514';
       end if;`,
    );
    const applied = await scene.apply({
      creates: [person(1, ["Ada", "70123", null]), person(2, ["Jane", "1", null]), person(3)],
    });
    expect(applied.parked.map(({ detail }) => detail)).toEqual([
      "The value does not fit the column score (SQLSTATE 22003).",
      "The record does not meet a rule of the table (SQLSTATE 23514).",
    ]);
  });

  test("is parked with its record when the row grows too large", async () => {
    const scene = await openStoreScene();
    await scene.rows("create index on marketing.people (first_name)");
    const long = Array.from({ length: 40_000 }, (_, at) =>
      String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000)),
    );
    const applied = await scene.apply({ creates: [person(1, [long.join(""), "1", null]), person(2)] });
    expect(applied.parked).toMatchObject([
      { id: guid(1), detail: "The row is too large for PostgreSQL (SQLSTATE 54000)." },
    ]);
  });

  test("leaves the row of a known record as it was, and goes through once it is mended", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1), person(2)] });
    await scene.apply({ updates: [person(1, ["Ada", "x", null], "2"), person(2, ["Bo", "2", null], "2")] });
    expect(await scene.people()).toMatchObject([{ first_name: "Person 1" }, { first_name: "Bo" }]);
    expect(await parked(scene)).toHaveLength(1);
    await scene.apply({ updates: [person(1, ["Ada", "3", null], "3")] });
    expect(await scene.people()).toMatchObject([{ first_name: "Ada", score: 3 }, {}]);
    expect(await parked(scene)).toEqual([]);
  });

  test("is forgotten with its record when that is deleted in Dynamics", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1)] });
    await scene.apply({ updates: [person(1, ["Ada", "x", null], "2")] });
    expect(await parked(scene)).toHaveLength(1);
    await scene.apply({ creates: [person(2, ["Bo", "x", null])] });
    expect(await parked(scene)).toHaveLength(2);
    // The second one was never linked, so its delete plans nothing.
    const page = {
      phase: "changes",
      upserts: [],
      deletes: [guid(1), guid(2)],
      next: "p2",
      last: true,
    } as const;
    await scene.apply({ deletes: [guid(1)] }, { page });
    expect(await parked(scene)).toEqual([]);
  });
});

describe("a person who makes the table stricter", () => {
  test("by a shorter column parks what no longer fits", async () => {
    const scene = await openStoreScene();
    await scene.rows("alter table marketing.people alter first_name type varchar(5)");
    await scene.apply({ creates: [person(1, ["Ada", null, null]), person(2, ["Bartholomew", null, null])] });
    expect(await crmIds(scene)).toEqual([guid(1)]);
    expect(await parked(scene)).toMatchObject([{ crm_id: guid(2) }]);
    await scene.apply({ updates: [person(1, ["Adalbert", null, null], "2")] });
    expect(await scene.people()).toMatchObject([{ first_name: "Ada" }]);
    expect(await parked(scene)).toMatchObject([{ crm_id: guid(1) }, { crm_id: guid(2) }]);
  });

  test("by a column that must not be empty names the column", async () => {
    const scene = await openStoreScene();
    await scene.rows("alter table marketing.people add note text not null default ''");
    await scene.rows("alter table marketing.people alter note drop default");
    const applied = await scene.apply({ creates: [person(1, ["Ada", null, null])] });
    expect(applied.parked[0]?.detail).toBe("The column note must not be empty (SQLSTATE 23502).");
  });

  test("by a check parks what breaks it, and names the check", async () => {
    const scene = await openStoreScene();
    await scene.rows("alter table marketing.people add constraint grown_up check (score >= 18)");
    await scene.apply({ creates: [person(1, ["Ada", "17", null]), person(2, ["Bo", "18", null])] });
    expect(await crmIds(scene)).toEqual([guid(2)]);
    expect(await parked(scene)).toMatchObject([
      { crm_id: guid(1), detail: "The record does not meet the constraint grown_up (SQLSTATE 23514)." },
    ]);
  });

  test("by a unique column keeps the first of two that clash within one page", async () => {
    const scene = await openStoreScene();
    await scene.rows("alter table marketing.people add unique (first_name)");
    await scene.apply({ creates: [person(1, ["Ada", null, null]), person(2, ["Bo", null, null])] });
    await scene.apply({ creates: [person(3, ["Cy", null, null]), person(4, ["Cy", null, null])] });
    expect(await crmIds(scene)).toEqual([guid(1), guid(2), guid(3)]);
    expect(await parked(scene)).toMatchObject([{ crm_id: guid(4) }]);
  });

  test("by a constraint that is checked at the end finds the same records", async () => {
    const scene = await openStoreScene();
    await scene.rows("alter table marketing.people add unique (first_name) deferrable initially deferred");
    await scene.apply({
      creates: [person(1, ["Ada", null, null]), person(2, ["Ada", null, null]), person(3)],
    });
    expect(await crmIds(scene)).toEqual([guid(1), guid(3)]);
  });

  test("by a row of their own with the same crm_id parks the record, once", async () => {
    const scene = await openStoreScene();
    await scene.rows("insert into marketing.people (crm_id) values ($1)", [guid(1)]);
    await scene.apply({ creates: [person(1), person(2)] });
    expect(await parked(scene)).toMatchObject([
      { crm_id: guid(1), detail: expect.stringContaining("people_crm_id_key") as string },
    ]);
    expect(await crmIds(scene)).toEqual([guid(1), guid(2)]);
  });
});

describe("a fault of the statement itself is no record's fault: nothing is parked, nothing is written", () => {
  const refused = { code: "table_refused", entity: "contact" };

  test("when a column is gone", async () => {
    const scene = await openStoreScene();
    await scene.rows("alter table marketing.people drop column score");
    await expect(scene.apply({ creates: [person(1)] })).rejects.toMatchObject({
      ...refused,
      message:
        "PostgreSQL refused to change marketing.people: the column score is not there (SQLSTATE 42703).",
    });
    expect(await parked(scene)).toEqual([]);
    expect(await scene.stored()).toMatchObject({ position: null, rows: 0 });
  });

  test("when a trigger fails, whose words are not repeated", async () => {
    const scene = await openStoreScene();
    await addTrigger(scene, "raise exception 'not %', new.first_name;");
    const message = await scene.apply({ creates: [person(1, ["Jane", null, null])] }).catch(String);
    expect(message).toBe(
      "SyncError: PostgreSQL refused to change marketing.people: a trigger or rule of the table failed (SQLSTATE P0001).",
    );
  });

  test("when a column has another type, and when deletes found by comparing meet a trigger", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1)] });
    await scene.rows("alter table marketing.people alter score type boolean using true");
    const updates = [person(1, ["Ada", "1", null], "2")];
    await expect(scene.apply({ updates })).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/has another type.*42/) as string,
    });
    await addTrigger(scene, "raise exception 'no';");
    const flagged = scene.store.flagDeleted(scene.lease, scene.entity, [guid(1)]);
    await expect(flagged).rejects.toMatchObject(refused);
  });

  test("when the table cannot be widened", async () => {
    const scene = await openStoreScene();
    await scene.rows("create table marketing.parts () inherits (marketing.people)");
    await scene.rows("alter table marketing.parts add later integer");
    const widened = scene.tables.prepare("people", [{ name: "later", type: "text" }]);
    await expect(widened).rejects.toMatchObject({
      code: "table_refused",
      message: expect.stringContaining("marketing.people") as string,
    });
  });
});

describe("a page that meets a deadlock", () => {
  /** A trigger that fails so many times as a deadlock would, and then lets everything pass. */
  async function deadlocks(scene: StoreScene, times: number): Promise<void> {
    await scene.rows("create sequence marketing.tries");
    await addTrigger(
      scene,
      `if nextval('marketing.tries') <= ${times} then raise exception 'deadlock' using errcode = '40P01'; end if;`,
    );
  }

  test("is tried again, three times", async () => {
    const scene = await openStoreScene();
    await deadlocks(scene, 3);
    expect(await scene.apply({ creates: [person(1)] })).toMatchObject({ created: 1 });
  });

  test("gives way when that does not help", async () => {
    const scene = await openStoreScene();
    await deadlocks(scene, 4);
    await expect(scene.apply({ creates: [person(1)] })).rejects.toMatchObject({
      code: "table_refused",
      message: expect.stringContaining("40P01") as string,
    });
    expect(await crmIds(scene)).toEqual([]);
  });
});

/** A trigger of somebody's on `people`. */
async function addTrigger({ rows }: StoreScene, body: string): Promise<void> {
  await rows(
    `create function marketing.own() returns trigger language plpgsql as $$ begin ${body} return new; end $$`,
  );
  await rows(
    `create trigger own before insert or update on marketing.people for each row execute function marketing.own()`,
  );
}
