import { expect, test } from "vitest";
import { listRefusals, retryEdits } from "../../src/store/refusals.ts";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { openStoreScene } from "./scene.ts";

/** Three rows whose deletes travel: one was refused, one waits for a moment, one is due. */
async function refused(): Promise<StoreScene> {
  const scene = await openStoreScene();
  const reason = { code: "write_refused", detail: "no", at: "2026-11-24T06:00:00Z" };
  await scene.rows(
    `insert into errands (entity_id, crm_id, kind, row_id, version, parked, retry_at, attempts)
     values (1, $1, 'delete', 1, 1, $4, null, 1),
            (1, $2, 'delete', 2, 1, null, now() + interval '1 hour', 3),
            (1, $3, 'merge', 3, null, null, null, 0)`,
    [guid(1), guid(2), guid(3), JSON.stringify(reason)],
  );
  return scene;
}

test("a delete that Dynamics refused is listed among what was refused", async () => {
  const { database } = await refused();
  expect(await listRefusals(database.pool, database.workspace)).toEqual([
    {
      entity: "contact",
      table: "people",
      way: "push",
      row: "1",
      crmId: guid(1),
      code: "write_refused",
      field: null,
      detail: "no",
      since: "2026-11-24T06:00:00.000Z",
    },
  ]);
});

test.each([
  ["everything", {}, 2, []],
  ["one cause", { code: "write_refused" }, 1, ["2"]],
  ["what an entity's trouble holds up", { code: "throttled" }, 1, ["1"]],
  ["one row", { row: "2" }, 1, ["1"]],
  ["another entity", { entity: "lead" }, 0, ["1", "2"]],
])("%s is tried again when asked", async (_, wish, count, left) => {
  const { database, rows, store, lease, entity } = await refused();
  await store.setPushTrouble(lease, entity, { code: "throttled", message: "slow down" });
  expect(await retryEdits(database.pool, database.workspace, wish)).toBe(count);
  const waiting =
    "select row_id from errands where parked is not null or retry_at is not null order by row_id";
  expect((await rows<{ row_id: string }>(waiting)).map(({ row_id }) => row_id)).toEqual(left);
});
