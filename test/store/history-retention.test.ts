import { expect, test } from "vitest";
import { forgetOld } from "../../src/store/history-retention.ts";
import { guid } from "../support/entity.ts";
import type { TestWorkspace } from "../support/workspace.ts";
import { openWorkspace } from "../support/workspace.ts";
import { openStoreScene } from "./scene.ts";

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
  expect(await forgetOld(database, lease, { days: 730, most: 100 })).toBe(2);
  expect(await left()).toEqual([729, 40, 0]);
  expect(await forgetOld(database, lease, { days: 730, most: 100 })).toBe(0);
});

test("no more goes at once than was said, the oldest first", async () => {
  const { database, lease, left } = await history(90, 80, 70, 60, 50, 1);
  expect(await forgetOld(database, lease, { days: 30, most: 2 })).toBe(2);
  expect(await left()).toEqual([70, 60, 50, 1]);
  expect(await forgetOld(database, lease, { days: 30, most: 2 })).toBe(2);
  expect(await forgetOld(database, lease, { days: 30, most: 2 })).toBe(1);
  expect(await left()).toEqual([1]);
});

test("a worker that was fenced removes nothing", async () => {
  const { database, store, lease, left } = await history(90);
  await store.claim(lease.connectionId);
  const forgetting = forgetOld(database, lease, { days: 30, most: 2 });
  await expect(forgetting).rejects.toMatchObject({ code: "fenced" });
  expect(await left()).toEqual([90]);
});

test("requests and actions that have ended go with it, a few at a time; what a rule goes by stays", async () => {
  const { database, lease, rows } = await openStoreScene();
  await rows("insert into marketing.people (first_name, crm_id) values ('Ann', $1), ('Bob', null)", [
    guid(1),
  ]);
  // Two of Ann's are over and old, one of a person who is no more; Bob's is what a rule goes by, and the last is young.
  await rows(
    `insert into sync_requests (connection_id, row_id, wanted_as, origin, state, changed_at)
     select 1, row_id, 'lead', 'sql', state, now() - age * interval '1 day'
       from (values (1, 'done', 90), (1, 'done', 80), (7, 'done', 70), (2, 'done', 90), (1, 'parked', 90), (7, 'done', 1))
         as r(row_id, state, age)`,
  );
  await rows(
    `insert into actions (connection_id, row_id, kind, origin, state, tried_at, finished_at)
     select 1, row_id, 'task', 'sql', state, now() - age * interval '1 day',
            case state when 'done' then now() - age * interval '1 day' end
       from (values (1, 'done', 90), (1, 'done', 80), (7, 'parked', 90), (1, 'parked', 90), (1, 'queued', 90), (1, 'done', 1))
         as r(row_id, state, age)`,
  );
  expect(await forgetOld(database, lease, { days: 30, most: 2 })).toBe(5);
  expect(await forgetOld(database, lease, { days: 30, most: 2 })).toBe(1);
  expect(await forgetOld(database, lease, { days: 30, most: 2 })).toBe(0);
  expect(await rows("select id from sync_requests order by id")).toEqual([
    { id: "4" },
    { id: "5" },
    { id: "6" },
  ]);
  expect(await rows("select id from actions order by id")).toEqual([{ id: "4" }, { id: "5" }, { id: "6" }]);
});
