import { expect, test } from "vitest";
import { listRefusals, retryEdits } from "../../src/store/refusals.ts";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { CONTACT, openStoreScene, person } from "./scene.ts";

/** Three people with an edit: one refused, one that waits for a moment, one that is due. */
async function refused(): Promise<StoreScene> {
  const both = CONTACT.fields.map((field) => ({ ...field, direction: "both" as const }));
  const scene = await openStoreScene({ ...CONTACT, fields: both });
  await scene.apply({
    creates: [person(1), person(2), person(3)],
    parked: [{ id: guid(9), code: "value_unstorable", field: "tags", detail: "tags: no list" }],
  });
  const reason = { code: "write_refused", field: "first_name", detail: "no", at: "2026-11-24T06:00:00Z" };
  await scene.rows(
    `insert into pending_changes (connection_id, table_name, row_id, agreed, parked, retry_at, attempts)
     values (1, 'people', 1, '{"first_name": null}', $1, null, 1),
            (1, 'people', 2, '{"first_name": null}', null, now() + interval '1 hour', 3),
            (1, 'people', 3, '{"first_name": null}', null, null, 0)`,
    [JSON.stringify(reason)],
  );
  return scene;
}

const WAITING =
  "select row_id from pending_changes where parked is not null or retry_at is not null order by 1";

test("what was refused on either way is listed with its row, its field and its reason", async () => {
  const { database } = await refused();
  const [pulled, pushed, ...more] = await listRefusals(database.pool, database.workspace);
  expect(pulled).toMatchObject({
    entity: "contact",
    table: "people",
    way: "pull",
    row: null,
    crmId: guid(9),
    code: "value_unstorable",
    field: "tags",
    detail: "tags: no list",
  });
  expect(pushed).toEqual({
    entity: "contact",
    table: "people",
    way: "push",
    row: "1",
    crmId: guid(1),
    code: "write_refused",
    field: "first_name",
    detail: "no",
    since: "2026-11-24T06:00:00.000Z",
  });
  expect(more).toEqual([]);
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
  expect((await rows<{ row_id: string }>(WAITING)).map(({ row_id }) => row_id)).toEqual(left);
});
