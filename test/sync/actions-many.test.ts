import { afterEach, describe, expect, test } from "vitest";
import { openPersonDesk } from "../../src/app/person-desk.ts";
import type { Asking, AskingAnswer, RuleAction, Wish } from "../../src/core/action-desk.ts";
import type { AdminDesk, Condition } from "../../src/core/person-desk.ts";
import { openDatabase } from "../../src/store/database.ts";
import { retryEdits } from "../../src/store/refusals.ts";
import type { CampaignScene } from "./campaign-scene.ts";
import { openCampaigns } from "./campaign-scene.ts";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";
import { mergeRecords } from "./seller.ts";

/** Actions on many, by a filter or by a rule, against an emulated organization. */

let scene: Scene;

afterEach(() => scene.close());

async function inStep(): Promise<void> {
  scene = await openScene({ records: 200 });
  await scene.sync();
}

async function sql<T extends object>(text: string, values: readonly unknown[] = []): Promise<T[]> {
  return (await scene.sql.query<T>(text, [...values])).rows;
}

/** The desk as `tandem` opens it beside a worker, with how often it told that worker. */
async function atDesk<T>(work: (desk: AdminDesk) => Promise<T>): Promise<{ result: T; nudges: number }> {
  const database = openDatabase(scene.databaseUrl, { name: "marketing" }, () => undefined);
  let nudges = 0;
  const nudge = async (): Promise<void> => {
    nudges += 1;
  };
  try {
    return { result: await work(openPersonDesk({ database, origin: "cli", nudge })), nudges };
  } finally {
    await database.close();
  }
}

function task(subject: string): Wish {
  const none = { description: null, owner: null, priority: null, status: null, campaign: null };
  return { kind: "task", as: "lead", subject, due: 5, ...none };
}

async function ask(changes: Partial<Asking>): Promise<AskingAnswer> {
  const asking = { wish: task("Call"), concerned: { people: [] }, dry: false, most: 100, now: false };
  return (await atDesk((desk) => desk.ask({ ...asking, ...changes }))).result;
}

function subjects(): readonly unknown[] {
  const { store } = scene.emulator;
  return store.ids("task").map((id) => store.get("task", id)?.["subject"]);
}

const FROM_LEEDS: Condition = { column: "city", operator: "is", value: "Leeds-on-Test" };

function disabled(): readonly string[] {
  const { store } = scene.emulator;
  return store.ids("systemuser").filter((id) => store.get("systemuser", id)?.["isdisabled"] === true);
}

/** Gives some people a city of their own: contacts and leads of Dynamics, and one of marketing alone. */
async function toLeeds(count: number): Promise<readonly string[]> {
  await sql("insert into marketing.people (last_name, email) values ('Alone', 'alone@example.com')");
  const rows = await sql<{ id: string }>(
    `update marketing.people set city = 'Leeds-on-Test' where id in (
       (select id from marketing.people
         where not crm_deleted and crm_id is not null and owner_crm_id <> all($2) order by id limit $1)
       union all select id from marketing.people where last_name = 'Alone') returning id`,
    [count, disabled()],
  );
  return rows.map(({ id }) => id);
}

describe("a filter", () => {
  test("is counted first, then asks for everybody who meets it, made first where they are not there", async () => {
    await inStep();
    const people = await toLeeds(7);
    const concerned = { when: [FROM_LEEDS] };
    expect(await ask({ concerned, dry: true })).toEqual({ kind: "counted", people: 8 });
    expect(await ask({ concerned, most: 7 })).toEqual({ kind: "too-many", people: 8 });
    await scene.sync();
    expect(subjects()).toEqual([]);
    expect(await ask({ concerned, wish: task("Call {{last_name}}") })).toEqual({ kind: "asked", people: 8 });
    await scene.sync();
    expect(subjects()).toHaveLength(8);
    expect(subjects()).toContain("Call Alone");
    const states = await sql("select distinct state, outcome from marketing.actions where kind = 'task'");
    expect(states).toEqual([{ state: "done", outcome: "done" }]);
    const told = await sql("select distinct row_id from marketing.activities where kind = 'task-created'");
    expect(told).toHaveLength(people.length);
  });

  test("gives many people an owner in one batch", async () => {
    await inStep();
    await toLeeds(30);
    await scene.sync();
    const team = scene.emulator.store.ids("team").at(-1) ?? "";
    await ask({ concerned: { when: [FROM_LEEDS] }, wish: { kind: "owner", as: "lead", owner: team } });
    scene.requests.length = 0;
    await scene.sync();
    expect(
      await sql("select distinct owner_crm_id from marketing.people where city = 'Leeds-on-Test'"),
    ).toEqual([{ owner_crm_id: team }]);
    expect(scene.requests.filter((path) => path.includes("$batch")).length).toBeLessThan(8);
  });
});

test("an action that is wanted now tells the worker, and comes before the reads of its cycle", async () => {
  await inStep();
  const [person = ""] = await toLeeds(1);
  await scene.sync();
  const later = await atDesk((desk) =>
    desk.ask({ wish: task("Later"), concerned: { people: [person] }, dry: false, most: 1, now: false }),
  );
  const now = await atDesk((desk) =>
    desk.ask({ wish: task("Now"), concerned: { people: [person] }, dry: false, most: 1, now: true }),
  );
  expect([later.nudges, now.nudges]).toEqual([0, 1]);
  scene.requests.length = 0;
  await scene.sync();
  const made = scene.requests.findIndex((path) => path.includes("/tasks("));
  const read = scene.requests.findIndex((path) => /deltatoken/i.test(path));
  expect(made).toBeGreaterThanOrEqual(0);
  expect(made).toBeLessThan(read);
});

describe("a rule", () => {
  async function rule(...actions: readonly RuleAction[]): Promise<void> {
    const wish = { name: "leeds", as: "lead", conditions: [FROM_LEEDS], actions } as const;
    await atDesk((desk) => desk.addRule(wish));
  }

  test("gives owner and task once to everybody who begins to meet it", async () => {
    await inStep();
    const [before] = await toLeeds(0);
    const owner = scene.emulator.store.ids("team").at(-1) ?? "";
    await rule({ kind: "owner", owner }, { kind: "task", subject: "Welcome {{campaign}}" });
    await scene.sync();
    expect(subjects()).toEqual([]);
    const people = await toLeeds(2);
    await scene.sync();
    await sql("update marketing.people set city = 'Elsewhere' where city = 'Leeds-on-Test'");
    await scene.sync();
    await toLeeds(2);
    await scene.sync();
    const begun = people.filter((id) => id !== before);
    expect(subjects().every((subject) => subject === "Welcome leeds")).toBe(true);
    const tasks = await sql<{ person: string }>(
      "select person from marketing.actions where kind = 'task' and rule = 'leeds' and state = 'done' order by person",
    );
    expect(new Set(tasks.map(({ person }) => person)).size).toBe(tasks.length);
    expect(tasks.map(({ person }) => person)).toEqual(expect.arrayContaining([...begun]));
    expect(
      await sql("select distinct owner_crm_id from marketing.people where id = any($1)", [begun]),
    ).toEqual([{ owner_crm_id: owner }]);
  });

  test("puts people into a campaign", async () => {
    const spring: CampaignScene = await openCampaigns();
    ({ scene } = spring);
    await scene.sync();
    await rule({ kind: "campaign", campaign: await spring.row() });
    const people = await toLeeds(2);
    await scene.sync();
    expect(await spring.states()).toEqual(Object.fromEntries(people.map((id) => [id, "added"])));
  });
});

describe("what was refused", () => {
  async function retry(person: string): Promise<void> {
    const database = openDatabase(scene.databaseUrl, { name: "marketing" }, () => undefined);
    expect(await retryEdits(database.pool, database.workspace, { row: person })).toBe(1);
    await database.close();
    await scene.sync();
  }

  test("is listed with its reason, and tried again when somebody asks", async () => {
    await inStep();
    const [person = ""] = await toLeeds(1);
    const { plugIns } = scene.emulator;
    const remove = plugIns.register({
      before: ({ entity }) => {
        if (entity === "task") throw new Error("No tasks on Tuesdays.");
      },
    });
    await ask({ concerned: { people: [person] } });
    await scene.sync();
    expect(await sql("select state, code, detail from marketing.actions where kind = 'task'")).toMatchObject([
      { state: "parked", code: "write_refused" },
    ]);
    expect(
      await sql("select kind from marketing.activities where row_id = $1 and kind = 'refused'", [person]),
    ).toHaveLength(1);
    remove();
    await scene.sync();
    expect(subjects()).toEqual([]);
    await retry(person);
    expect(subjects()).toEqual(["Call"]);
  });

  test("since the owner of the record is disabled is said anew, with whom the record has by then", async () => {
    await inStep();
    const [owned] = await sql<{ id: string }>(
      "select id from marketing.people where not crm_deleted and owner_crm_id = any($1) limit 1",
      [disabled()],
    );
    if (owned === undefined) throw new Error("nobody is owned by a disabled user");
    await ask({ concerned: { people: [owned.id] } });
    await scene.sync();
    expect(await sql("select state, code from marketing.actions where kind = 'task'")).toEqual([
      { state: "parked", code: "write_refused" },
    ]);
    const team = scene.emulator.store.ids("team").at(-1) ?? "";
    await sql("select marketing.change_owner($1, $2)", [owned.id, team]);
    await scene.sync();
    await retry(owned.id);
    const { store } = scene.emulator;
    expect(store.ids("task").map((id) => store.get("task", id)?.["ownerid"])).toEqual([
      { entity: "team", id: team },
    ]);
  });
});

test("an action on somebody who was merged in Dynamics is about the one who is left", async () => {
  await inStep();
  const [winner, loser] = await sql<{ id: string; crm_id: string }>(
    `select id, crm_id from marketing.people where crm_type = 'contact' and not crm_deleted and person_status = 'Active'
      order by id limit 2`,
  );
  if (winner === undefined || loser === undefined) throw new Error("there are not two contacts");
  await ask({ concerned: { people: [loser.id] } });
  await sql("update marketing_sync.actions set retry_at = now() + interval '1 hour'");
  await mergeRecords(scene, "contact", { winner: winner.crm_id, loser: loser.crm_id });
  await scene.sync();
  await sql("update marketing_sync.actions set retry_at = null");
  await scene.sync();
  const { store } = scene.emulator;
  expect(store.ids("task").map((id) => store.get("task", id)?.["regardingobjectid"])).toEqual([
    { entity: "contact", id: winner.crm_id },
  ]);
});
