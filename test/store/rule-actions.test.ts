import { describe, expect, test } from "vitest";
import type { RuleAction } from "../../src/core/action-desk.ts";
import type { NewRule } from "../../src/core/person-desk.ts";
import { addRule, listRules } from "../../src/store/sync-rules.ts";
import type { StoreScene } from "./scene.ts";
import { openStoreScene } from "./scene.ts";

describe("a rule with actions", () => {
  const owner = { kind: "owner", owner: "00000000-0000-4000-8000-000000000009" } as const;
  const task = { kind: "task", subject: "Call {{first_name}}" } as const;
  const rule: NewRule = {
    name: "hot",
    as: "contact",
    conditions: [{ column: "score", operator: "at-least", value: "50" }],
    actions: [owner, task],
  };
  const asked = "select row_id, kind, origin, rule, wish ->> 'campaign' as campaign from actions order by id";

  async function opened(): Promise<StoreScene> {
    const scene = await openStoreScene();
    await scene.rows("insert into marketing.people (first_name, score) values ('Ann', 60), ('Bob', 10)");
    return scene;
  }

  test("asks once for each person who begins to meet it, and not for those who met it before", async () => {
    const { store, lease, rows, database } = await opened();
    expect(await addRule(database.pool, database.workspace, rule)).toBe(1);
    expect(await store.followRules(lease)).toBe(0);
    await rows("update marketing.people set score = 50 where id = 2");
    expect(await store.followRules(lease)).toBe(1);
    expect(await rows(asked)).toEqual([
      { row_id: "2", kind: "owner", origin: "rule", rule: "hot", campaign: null },
      { row_id: "2", kind: "task", origin: "rule", rule: "hot", campaign: "hot" },
    ]);
    expect(await rows("select row_id, wanted_as, origin from sync_requests")).toEqual([
      { row_id: "2", wanted_as: "contact", origin: "rule" },
    ]);
    await rows("update marketing.people set score = 0 where id = 2");
    await store.followRules(lease);
    await rows("update marketing.people set score = 70 where id = 2");
    expect(await store.followRules(lease)).toBe(0);
    expect(await listRules(database.pool, database.workspace)).toMatchObject([
      { name: "hot", actions: [owner, task], meets: 2, applied: 2 },
    ]);
  });

  test("is for those too who meet it already where that is wanted", async () => {
    const { store, lease, rows, database } = await opened();
    await addRule(database.pool, database.workspace, { ...rule, includePresent: true });
    expect(await store.followRules(lease)).toBe(1);
    expect(await rows(asked)).toMatchObject([{ row_id: "1" }, { row_id: "1" }]);
  });

  test("leaves out whom somebody has deleted in Dynamics", async () => {
    const { store, lease, rows, database } = await opened();
    await addRule(database.pool, database.workspace, rule);
    await rows("update marketing.people set score = 90, crm_deleted = true where id = 2");
    expect(await store.followRules(lease)).toBe(0);
  });

  test("waits for somebody to look when very many begin to meet it at once", async () => {
    const { store, lease, rows, database } = await opened();
    await addRule(database.pool, database.workspace, rule);
    await rows("insert into marketing.people (score) select 99 from generate_series(1, 1001)");
    expect(await store.followRules(lease)).toBe(0);
    expect(await rows(asked)).toEqual([]);
    const [listed] = await listRules(database.pool, database.workspace);
    expect(listed?.trouble).toContain("1001 people meet it at once");
    const all = { ...rule, includePresent: true };
    await expect(addRule(database.pool, database.workspace, all)).rejects.toThrow("more than the 1000");
    await addRule(database.pool, database.workspace, rule);
    expect(await store.followRules(lease)).toBe(0);
    expect(await listRules(database.pool, database.workspace)).toMatchObject([
      { trouble: null, applied: 1002 },
    ]);
  });

  test("goes on waiting when those who were too many are fewer by then", async () => {
    const { store, lease, rows, database } = await opened();
    await addRule(database.pool, database.workspace, rule);
    await rows("insert into marketing.people (score) select 99 from generate_series(1, 1001)");
    await store.followRules(lease);
    await rows("delete from marketing.people where id > 500");
    expect(await store.followRules(lease)).toBe(0);
    expect(await rows(asked)).toEqual([]);
    await addRule(database.pool, database.workspace, { ...rule, includePresent: true });
    expect(await store.followRules(lease)).toBe(498);
  });

  test("has met whom it met also as the person into whom they were merged", async () => {
    const { store, lease, rows, database } = await opened();
    await addRule(database.pool, database.workspace, rule);
    await rows("insert into marketing.people (first_name, score) values ('Cy', 70)");
    expect(await store.followRules(lease)).toBe(1);
    await rows("update marketing.people set score = null where id = 2");
    await rows("select * from marketing.merge_people(2, '{3}')");
    expect(await rows("select score from marketing.people where id = 2")).toEqual([{ score: 70 }]);
    expect(await store.followRules(lease)).toBe(0);
  });

  test.each<[string, RuleAction, string]>([
    ["a token that nobody knows", { kind: "task", subject: "{{mood}}" }, "Nothing is called {{mood}}"],
    ["a campaign that is not there", { kind: "campaign", campaign: "7" }, "No campaign has been read yet"],
  ])("with %s is refused", async (_, action, words) => {
    const { database } = await opened();
    const strange = { ...rule, actions: [action] };
    await expect(addRule(database.pool, database.workspace, strange)).rejects.toThrow(words);
    expect(await listRules(database.pool, database.workspace)).toEqual([]);
  });
});
