import { expect, test } from "vitest";
import { forgetActivities } from "../../src/store/history-retention.ts";
import type { TestWorkspace } from "../support/workspace.ts";
import { openWorkspace } from "../support/workspace.ts";

interface History extends TestWorkspace {
  /** Ages of what is left, in the order in which it was written. */
  readonly left: () => Promise<number[]>;
}

/** A history with one activity for each of the given ages in days, in this order. */
async function history(...ages: readonly number[]): Promise<History> {
  const workspace = await openWorkspace();
  await workspace.rows(
    `insert into marketing.activities (at, connection_id, entity, table_name, row_id, kind, origin)
     select now() - age * interval '1 day', 1, 'contact', 'people', age, 'changed', 'dynamics'
       from unnest($1::int[]) with ordinality as a(age, place) order by place`,
    [ages],
  );
  const left = async (): Promise<number[]> =>
    (await workspace.rows<{ row_id: string }>("select row_id from marketing.activities order by id")).map(
      ({ row_id }) => Number(row_id),
    );
  return { ...workspace, left };
}

test("what is older than wished goes, and nothing else", async () => {
  const { database, lease, left } = await history(800, 731, 729, 40, 0);
  expect(await forgetActivities(database, lease, { days: 730, most: 100 })).toBe(2);
  expect(await left()).toEqual([729, 40, 0]);
  expect(await forgetActivities(database, lease, { days: 730, most: 100 })).toBe(0);
});

test("no more goes at once than was said, the oldest first", async () => {
  const { database, lease, left } = await history(90, 80, 70, 60, 50, 1);
  expect(await forgetActivities(database, lease, { days: 30, most: 2 })).toBe(2);
  expect(await left()).toEqual([70, 60, 50, 1]);
  expect(await forgetActivities(database, lease, { days: 30, most: 2 })).toBe(2);
  expect(await forgetActivities(database, lease, { days: 30, most: 2 })).toBe(1);
  expect(await left()).toEqual([1]);
});

test("a worker that was fenced removes nothing", async () => {
  const { database, store, lease, left } = await history(90);
  await store.claim(lease.connectionId);
  const forgetting = forgetActivities(database, lease, { days: 30, most: 2 });
  await expect(forgetting).rejects.toMatchObject({ code: "fenced" });
  expect(await left()).toEqual([90]);
});
