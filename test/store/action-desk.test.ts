import { describe, expect, test } from "vitest";
import type { Asking, Wish } from "../../src/core/action-desk.ts";
import { askActions, listActions } from "../../src/store/action-desk.ts";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { openStoreScene } from "./scene.ts";

/** Ann and Bob of marketing alone with 40 and 60 points, and Cleo, who is in Dynamics, with 80. */
async function opened(): Promise<StoreScene> {
  const scene = await openStoreScene();
  await scene.rows(
    "insert into marketing.people (first_name, score, crm_id, crm_type) values ('Ann', 40, null, null), ('Bob', 60, null, null), ('Cleo', 80, $1, 'contact')",
    [guid(1)],
  );
  return scene;
}

const TASK: Wish = {
  kind: "task",
  as: "lead",
  subject: "Call",
  description: null,
  due: "2027-01-31",
  owner: null,
  priority: null,
  status: null,
  campaign: null,
};

function asking(changes: Partial<Asking>): Asking {
  return { wish: TASK, concerned: { people: ["1"] }, dry: false, most: 100, now: false, ...changes };
}

const over = (score: string): Asking["concerned"] => ({
  when: [{ column: "score", operator: "at-least", value: score }],
});

describe("asking about many", () => {
  test("counts them first, and asks for nothing when they are more than are meant", async () => {
    const { database, rows } = await opened();
    const concerned = over("50");
    expect(await askActions(database, asking({ concerned, dry: true }), "cli")).toEqual({
      kind: "counted",
      people: 2,
    });
    expect(await askActions(database, asking({ concerned, most: 1 }), "cli")).toEqual({
      kind: "too-many",
      people: 2,
    });
    expect(await rows("select from actions")).toEqual([]);
    expect(await askActions(database, asking({ concerned, most: 2 }), "cli")).toEqual({
      kind: "asked",
      people: 2,
    });
    expect(await rows("select row_id, wish ->> 'due' as due, origin from actions order by id")).toEqual([
      { row_id: "2", due: "2027-01-31", origin: "cli" },
      { row_id: "3", due: "2027-01-31", origin: "cli" },
    ]);
    expect(await rows("select row_id, origin from sync_requests")).toEqual([{ row_id: "2", origin: "cli" }]);
  });

  test.each<[Wish, readonly string[]]>([
    [{ kind: "sync", as: "contact", owner: null }, ["1", "2"]],
    [{ kind: "owner", as: "lead", owner: guid(9) }, ["1", "2", "3"]],
    [{ kind: "delete" }, ["3"]],
  ])("%o concerns those to whom it can apply", async (wish, people) => {
    const { database, rows, entity } = await opened();
    await rows("update entities set deletes = 'delete' where id = $1", [entity.id]);
    const answer = await askActions(database, asking({ wish, concerned: over("0") }), "api");
    expect(answer).toEqual({ kind: "asked", people: people.length });
    const table = wish.kind === "sync" ? "sync_requests" : "actions";
    const found = await rows<{ row_id: string }>(`select row_id from ${table} order by row_id`);
    expect(found.map(({ row_id }) => row_id)).toEqual(people);
  });

  test("leaves out whom somebody has deleted in Dynamics, unless they are named", async () => {
    const { database, rows } = await opened();
    await rows("update marketing.people set crm_deleted = true where id = 3");
    const answer = await askActions(database, asking({ concerned: over("70") }), "api");
    expect(answer).toEqual({ kind: "asked", people: 0 });
    expect(await askActions(database, asking({ concerned: { people: ["3", "3"] } }), "api")).toEqual({
      kind: "asked",
      people: 1,
    });
    expect(await rows("select row_id, state from sync_requests")).toEqual([{ row_id: "3", state: "queued" }]);
  });

  test.each<[string, Partial<Asking>, string, boolean]>([
    ["a person who is not there", { concerned: { people: ["1", "9"] } }, "There is no person 9.", true],
    [
      "a column that is not there",
      { concerned: { when: [{ column: "mood", operator: "is", value: "x" }] } },
      "people has no column mood",
      false,
    ],
    ["a value that is none", { concerned: over("many") }, "integer", false],
    [
      "a campaign that nobody named",
      { wish: { ...TASK, subject: "About {{ campaign }}" } },
      "no campaign for {{campaign}}",
      false,
    ],
    ["a strange token", { wish: { ...TASK, subject: "{{mood}}" } }, "Nothing is called {{mood}}", false],
    [
      "deletes that do not travel",
      { wish: { kind: "delete" }, concerned: { people: ["3"] } },
      "tandem policy contact",
      false,
    ],
  ])("refuses %s in plain words, and asks for nothing", async (_, changes, words, missing) => {
    const { database, rows } = await opened();
    const answer = await askActions(database, asking(changes), "api");
    expect(answer).toMatchObject({ kind: "refused", missing });
    expect(answer.kind === "refused" ? answer.detail : "").toContain(words);
    expect(await rows("select from actions")).toEqual([]);
    expect(await rows("select from sync_requests")).toEqual([]);
  });
});

test("what was asked for is listed with how it stands, newest first", async () => {
  const { database, rows } = await opened();
  await askActions(database, asking({ concerned: { people: ["1"] } }), "api");
  await rows(
    "update sync_requests set state = 'parked', code = 'value_invalid', detail = 'Last Name is required.'",
  );
  await askActions(
    database,
    asking({ wish: { kind: "owner", as: "lead", owner: guid(9) }, concerned: { people: ["3"] } }),
    "cli",
  );
  const { pool, workspace } = database;
  const all = await listActions(pool, workspace, { limit: 10 });
  expect(all.map(({ id, person, state, detail }) => [id, person, state, detail])).toEqual([
    ["owner-2", "3", "queued", null],
    ["task-1", "1", "waiting", "The person is not in Dynamics yet. Last Name is required."],
    ["sync-1", "1", "parked", "Last Name is required."],
  ]);
  expect(
    await listActions(pool, workspace, { kind: "owner", state: "open", person: "3", limit: 10 }),
  ).toHaveLength(1);
  expect(await listActions(pool, workspace, { state: "done", limit: 10 })).toEqual([]);
});
