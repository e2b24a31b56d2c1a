import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene, people } from "./scene.ts";

/** What people ask Dynamics to do about a person is done in an emulated organization, through the real connector. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 200 });
  await scene.sync();
  scene.requests.length = 0;
});

afterEach(() => scene.close());

interface Person {
  readonly id: string;
  readonly crm_id: string;
  readonly crm_type: "lead" | "contact";
  readonly first_name: string | null;
  readonly fax: string | null;
  readonly owner_crm_id: string | null;
  readonly owner_crm_type: string | null;
}

async function sql<T extends object>(text: string, values: readonly unknown[] = []): Promise<T[]> {
  return (await scene.sql.query<T>(text, [...values])).rows;
}

/** A person of Dynamics, active, with a first name and an account. */
async function known(kind: "lead" | "contact"): Promise<Person> {
  const [found] = await sql<Person>(
    `select * from marketing.people
      where crm_type = $1 and not crm_deleted and first_name is not null
        and ($1 = 'lead' or company_crm_id is not null) order by id limit 1`,
    [kind],
  );
  if (found === undefined) throw new Error(`there is no ${kind}`);
  return found;
}

async function person(id: string): Promise<Person> {
  const [found] = await sql<Person>("select * from marketing.people where id = $1", [id]);
  if (found === undefined) throw new Error(`there is no person ${id}`);
  return found;
}

async function add(lastName: string): Promise<string> {
  const [made] = await sql<{ id: string }>(
    "insert into marketing.people (first_name, last_name, email) values ('Ada', $1, $2) returning id",
    [lastName, `${lastName.toLowerCase()}@example.com`],
  );
  return made?.id ?? "";
}

function anOwner(entity: "systemuser" | "team", unlike: string | null = null): string {
  const found = scene.emulator.store.ids(entity).find((id) => {
    const record = scene.emulator.store.get(entity, id) ?? {};
    return (
      id !== unlike &&
      record["isdisabled"] !== true &&
      record["accessmode"] !== 4 &&
      record["isdefault"] !== true
    );
  });
  if (found === undefined) throw new Error(`there is no ${entity}`);
  return found;
}

function tasks(): readonly Readonly<Record<string, unknown>>[] {
  const { store } = scene.emulator;
  return store.ids("task").map((id) => ({ id, ...store.get("task", id) }));
}

async function told(
  id: string,
  kind: string,
): Promise<readonly { readonly detail: string; readonly changes: unknown }[]> {
  return sql(
    "select kind, code, detail, changes from marketing.activities where table_name = 'people' and row_id = $1 and kind = $2",
    [id, kind],
  );
}

async function standing(id: string): Promise<readonly object[]> {
  return sql(
    "select kind, state, outcome, code, detail from marketing.actions where person = $1 order by requested_at, id",
    [id],
  );
}

/** Both sides are equal, and a further cycle writes nothing. */
async function expectQuiet(): Promise<void> {
  for (const kind of ["contact", "lead"] as const) {
    const { dynamics, marketing } = await people(scene, kind);
    expect(marketing).toEqual(dynamics);
  }
  scene.requests.length = 0;
  const { status } = await scene.sync();
  expect(status.connections[0]?.lastCycle).toMatchObject({ created: 0, updated: 0, pushed: 0, refused: 0 });
  expect(scene.requests.filter((path) => /\$batch|task|EntityDefinitions/.test(path))).toEqual([]);
}

describe("an owner", () => {
  test.each(["systemuser", "team"] as const)(
    "who is a %s is given to a person, and the row shows it",
    async (kind) => {
      const { id, crm_id, owner_crm_id } = await known("contact");
      const owner = anOwner(kind, owner_crm_id);
      await sql("select marketing.change_owner($1, $2)", [id, owner]);
      expect(await scene.sync()).toMatchObject({ complete: true });
      expect(scene.emulator.store.get("contact", crm_id)).toMatchObject({
        ownerid: { entity: kind, id: owner },
      });
      expect(await person(id)).toMatchObject({ owner_crm_id: owner, owner_crm_type: kind });
      expect(await standing(id)).toMatchObject([{ kind: "owner", state: "done", outcome: "done" }]);
      expect(await told(id, "owner-changed")).toMatchObject([
        { changes: { owner_crm_id: { from: owner_crm_id, to: owner } } },
      ]);
      expect(await told(id, "conflict")).toEqual([]);
      await expectQuiet();
    },
  );

  test.each(["systemuser", "team"] as const)(
    "who is a %s is given to somebody who is made for it, in one cycle",
    async (kind) => {
      const id = await add("Newcomer");
      const owner = anOwner(kind);
      await sql("select marketing.change_owner($1, $2)", [id, owner]);
      await scene.sync();
      const { crm_id } = await person(id);
      expect(scene.emulator.store.get("lead", crm_id)).toMatchObject({
        ownerid: { entity: kind, id: owner },
      });
      expect(await standing(id)).toMatchObject([
        { kind: "owner", state: "done" },
        { kind: "sync", state: "done", outcome: "created" },
      ]);
      expect(await told(id, "owner-changed")).toHaveLength(1);
      await expectQuiet();
    },
  );

  test("whom Dynamics does not know is refused with the reason, and can be asked for again", async () => {
    const { id } = await known("lead");
    const nobody = "00000000-0000-4000-8000-00000000dead";
    await sql("select marketing.change_owner($1, $2)", [id, nobody]);
    await scene.sync();
    expect(await standing(id)).toMatchObject([
      { state: "parked", code: "value_invalid", detail: `Dynamics has neither a user nor a team ${nobody}.` },
    ]);
    expect(await told(id, "refused")).toHaveLength(1);
    await expectQuiet();
  });

  test("goes along with an edit of the same person without a conflict", async () => {
    const { id, crm_id, owner_crm_id } = await known("contact");
    await sql("update marketing.people set job_title = 'Captain' where id = $1", [id]);
    const owner = anOwner("systemuser", owner_crm_id);
    await sql("select marketing.change_owner($1, $2)", [id, owner]);
    await scene.sync();
    expect(scene.emulator.store.get("contact", crm_id)).toMatchObject({
      jobtitle: "Captain",
      ownerid: { entity: "systemuser", id: owner },
    });
    expect(await told(id, "conflict")).toEqual([]);
    await expectQuiet();
  });
});

describe("a task", () => {
  test.each(["lead", "contact"] as const)(
    "about a %s has its words, and is due in five days",
    async (kind) => {
      const about = await known(kind);
      const [company] = await sql<{ name: string }>(
        "select name from marketing.companies c join marketing.people p on p.company_crm_id = c.crm_id where p.id = $1",
        [about.id],
      );
      await sql("select marketing.create_task($1, $2, $3, campaign => 'Spring')", [
        about.id,
        "Call {{first_name|there}} {{fax|without fax}}",
        "{{company.name|no company}}, {{campaign}}, due {{due}}",
      ]);
      await scene.sync();
      expect(await standing(about.id)).toMatchObject([{ state: "done", outcome: "done", detail: null }]);
      const [task, ...more] = tasks();
      expect(more).toEqual([]);
      const due = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
      expect(task).toMatchObject({
        subject: `Call ${about.first_name} ${about.fax ?? "without fax"}`,
        description: `${company?.name ?? "no company"}, Spring, due ${due}`,
        regardingobjectid: { entity: kind, id: about.crm_id },
        ownerid: { entity: about.owner_crm_type, id: about.owner_crm_id },
        statecode: 0,
      });
      expect(String(task?.["scheduledend"])).toContain(`${due}T12:00:00`);
      expect(await standing(about.id)).toMatchObject([{ state: "done", outcome: "done", detail: null }]);
      expect(await told(about.id, "task-created")).toMatchObject([
        { detail: `Call ${about.first_name} ${about.fax ?? "without fax"} (task ${String(task?.["id"])})` },
      ]);
      await expectQuiet();
    },
  );

  test("takes priority and status reason by label or number, an owner and a day", async () => {
    const { id } = await known("lead");
    const owner = anOwner("systemuser");
    const ask =
      "select marketing.create_task($1, $2, priority => $3, status => $4, due => '2027-01-31', owner => $5)";
    await sql(ask, [id, "open", "High", "In Progress", owner]);
    await sql(ask, [id, "closed", "0", "5", owner]);
    await scene.sync();
    const made = tasks().toSorted((one, other) =>
      String(one["subject"]).localeCompare(String(other["subject"])),
    );
    expect(made).toMatchObject([
      { subject: "closed", prioritycode: 0, statecode: 1, statuscode: 5, ownerid: { id: owner } },
      { subject: "open", prioritycode: 2, statecode: 0, statuscode: 3, ownerid: { id: owner } },
    ]);
    expect(made.map(({ scheduledend }) => String(scheduledend).slice(0, 10))).toEqual([
      "2027-01-31",
      "2027-01-31",
    ]);
    await expectQuiet();
  });

  test("is made for somebody who is made for it first", async () => {
    const id = await add("Caller");
    await sql("select marketing.create_task($1, 'Call {{first_name}}')", [id]);
    await scene.sync();
    const { crm_id } = await person(id);
    expect(tasks()).toMatchObject([
      { subject: "Call Ada", regardingobjectid: { entity: "lead", id: crm_id } },
    ]);
    await expectQuiet();
  });

  test("follows the owner that was asked for before it", async () => {
    const { id, owner_crm_id } = await known("contact");
    const owner = anOwner("systemuser", owner_crm_id);
    await sql("select marketing.change_owner($1, $2), marketing.create_task($1, 'Say hello')", [id, owner]);
    await scene.sync();
    expect(tasks()).toMatchObject([{ ownerid: { id: owner } }]);
  });

  test("with a token or a status that nobody knows is told so", async () => {
    const { id } = await known("lead");
    await expect(sql("select marketing.create_task($1, 'Call {{nickname_of_dog}}')", [id])).rejects.toThrow(
      "Nothing is called {{nickname_of_dog}}",
    );
    await sql("select marketing.create_task($1, 'Call', status => 'Someday')", [id]);
    await scene.sync();
    expect(await standing(id)).toMatchObject([{ state: "parked", code: "value_invalid" }]);
    expect(tasks()).toEqual([]);
  });
});

describe("a record's end", () => {
  const allow = (kind: string): Promise<object[]> =>
    sql("update marketing_sync.entities set deletes = 'delete' where name = $1", [kind]);

  test("is off until an admin says otherwise", async () => {
    const { id, crm_id } = await known("contact");
    await expect(sql("select marketing.delete_in_dynamics($1)", [id])).rejects.toThrow(
      "tandem policy contact --deletes delete",
    );
    await allow("contact");
    await sql("select marketing.delete_in_dynamics($1)", [id]);
    await scene.sync();
    expect(scene.emulator.store.get("contact", crm_id)).toBeUndefined();
    expect(await sql("select crm_deleted from marketing.people where id = $1", [id])).toEqual([
      { crm_deleted: true },
    ]);
    expect(await told(id, "delete-asked")).toHaveLength(1);
    await expectQuiet();
  });

  test("does not come when the record has changed since it was read", async () => {
    const { id, crm_id } = await known("contact");
    await allow("contact");
    await sql("select marketing.delete_in_dynamics($1)", [id]);
    scene.emulator.store.update("contact", crm_id, { lastname: "Changed" });
    await scene.sync();
    expect(scene.emulator.store.get("contact", crm_id)).toMatchObject({ lastname: "Changed" });
    expect(await standing(id)).toMatchObject([{ kind: "delete", state: "done", outcome: "kept" }]);
    await expectQuiet();
  });

  test("waits for approval when there are many", async () => {
    await allow("contact");
    const asked = await sql<{ id: string; crm_id: string }>(
      `select id, crm_id, marketing.delete_in_dynamics(id) from (
         select id, crm_id from marketing.people where crm_type = 'contact' and not crm_deleted order by id limit 21) p`,
    );
    expect(await scene.sync()).toMatchObject({ complete: false });
    expect(await scene.entity("contact")).toMatchObject({ trouble: { code: "mass_change" } });
    for (const { crm_id: id } of asked) expect(scene.emulator.store.get("contact", id)).toBeDefined();
    expect(await scene.sync({ approveDeletes: true })).toMatchObject({ complete: true });
    for (const { crm_id: id } of asked) expect(scene.emulator.store.get("contact", id)).toBeUndefined();
  });
});
