import { describe, expect, test } from "vitest";
import type { Condition, Operator, SyncRule } from "../../src/core/person-desk.ts";
import { addRule, listRules, removeRule } from "../../src/store/sync-rules.ts";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { openStoreScene } from "./scene.ts";

const condition = (column: string, operator: Operator, value: string | null = null): Condition => ({
  column,
  operator,
  value,
});

const rule = (...conditions: readonly Condition[]): SyncRule => ({ name: "hot", as: "lead", conditions });

/** Four people of marketing alone, and one who is linked. */
async function opened(): Promise<StoreScene> {
  const scene = await openStoreScene();
  await scene.rows(
    `insert into marketing.people (first_name, score, crm_id)
     values ('Ann', 9, null), ('Bob', 10, null), ('', null, null), (null, 100, null), ('Eve', 50, $1)`,
    [guid(1)],
  );
  return scene;
}

const asked = (scene: StoreScene) =>
  scene.rows<{ row_id: string }>(
    "select row_id, wanted_as, origin, state from sync_requests order by row_id",
  );

describe("a rule", () => {
  test.each<[string, Condition, readonly string[]]>([
    ["is", condition("first_name", "is", "Ann"), ["1"]],
    ["is not, which a blank is not either", condition("first_name", "is-not", "Ann"), ["2", "3", "4"]],
    ["contains, without regard to case", condition("first_name", "contains", "B"), ["2"]],
    ["at least, as a number", condition("score", "at-least", "10"), ["2", "4"]],
    ["at most, as a number", condition("score", "at-most", "10"), ["1", "2"]],
    ["filled", condition("first_name", "filled"), ["1", "2"]],
    ["blank, null or empty", condition("first_name", "blank"), ["3", "4"]],
  ])("by %s files requests for those who meet it and are not linked", async (_, given, rows) => {
    const scene = await opened();
    const { database, store, lease } = scene;
    expect(await addRule(database.pool, database.workspace, rule(given))).toBe(rows.length);
    expect(await asked(scene)).toEqual([]);
    expect(await store.followRules(lease)).toBe(rows.length);
    expect(await asked(scene)).toEqual(
      rows.map((row_id) => ({ row_id, wanted_as: "lead", origin: "rule", state: "queued" })),
    );
  });

  test("of several conditions needs them all, and asks for nobody twice", async () => {
    const scene = await opened();
    const { database, store, lease } = scene;
    const both = rule(condition("score", "at-least", "10"), condition("first_name", "filled"));
    await addRule(database.pool, database.workspace, both);
    expect(await store.followRules(lease)).toBe(1);
    await scene.rows("update sync_requests set state = 'done', outcome = 'gone'");
    expect(await store.followRules(lease)).toBe(0);
    expect(await listRules(database.pool, database.workspace)).toEqual([
      { ...both, actions: [], applied: null, meets: 0, trouble: null },
    ]);
  });

  test("that fails says why, and the others are followed", async () => {
    const scene = await opened();
    const { database, store, lease } = scene;
    await addRule(database.pool, database.workspace, rule(condition("score", "at-least", "10")));
    const other = { ...rule(condition("first_name", "is", "Ann")), name: "ann", as: "contact" as const };
    await addRule(database.pool, database.workspace, other);
    await scene.rows("alter table marketing.people drop column score");
    expect(await store.followRules(lease)).toBe(1);
    expect(await asked(scene)).toMatchObject([{ row_id: "1", wanted_as: "contact" }]);
    expect(await listRules(database.pool, database.workspace)).toMatchObject([
      { name: "ann", meets: 0, trouble: null },
      { name: "hot", meets: null, trouble: expect.stringContaining("score") as string },
    ]);
    await scene.rows("alter table marketing.people add column score integer");
    await store.followRules(lease);
    expect(await listRules(database.pool, database.workspace)).toMatchObject([{}, { trouble: null }]);
  });

  test.each([
    ["no condition", rule(), "everybody"],
    ["a column that is not there", rule(condition("age", "filled")), "people has no column age."],
    ["a value that is no number", rule(condition("score", "is", "high")), "high"],
    ["a quote in a column's name", rule(condition('x" or true --', "filled")), "people has no column x"],
  ])("with %s is refused", async (_, given, words) => {
    const { database } = await opened();
    await expect(addRule(database.pool, database.workspace, given)).rejects.toThrow(words);
    expect(await listRules(database.pool, database.workspace)).toEqual([]);
  });

  test("can be replaced and removed", async () => {
    const { database } = await opened();
    await addRule(database.pool, database.workspace, rule(condition("score", "filled")));
    await addRule(database.pool, database.workspace, { ...rule(condition("score", "blank")), as: "contact" });
    expect(await listRules(database.pool, database.workspace)).toMatchObject([{ as: "contact", meets: 1 }]);
    await removeRule(database.pool, "hot");
    expect(await listRules(database.pool, database.workspace)).toEqual([]);
    await expect(removeRule(database.pool, "hot")).rejects.toThrow("There is no rule hot.");
  });
});
