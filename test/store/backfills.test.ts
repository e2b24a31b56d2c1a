import { expect, test } from "vitest";
import type { BackfillWish } from "../../src/core/backfill.ts";
import { fieldsToSwitchOn, fileBackfill, listBackfills } from "../../src/store/backfills.ts";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { openStoreScene, person } from "./scene.ts";

const WISH: BackfillWish = { entity: "contact", attributes: ["score"], conditions: {}, records: null };

/** Contacts 1 to 3, read to the end of their snapshot. */
async function copied(): Promise<StoreScene> {
  const scene = await openStoreScene();
  const page = { phase: "snapshot", upserts: [], deletes: [], next: "p1", last: true } as const;
  await scene.apply({ creates: [1, 2, 3].map((id) => person(id)) }, { page });
  return scene;
}

test("what is open of an entity that is let go ends with it, and nothing is asked for it", async () => {
  const scene = await copied();
  const { database, store, lease } = scene;
  await fileBackfill(database, { ...WISH, records: [guid(1)] }, "ada");
  await store.letGo(lease, ["account"]);
  expect(await listBackfills(database.pool)).toMatchObject([
    { state: "cancelled", outcome: "The entity was switched off." },
  ]);
  expect(await scene.rows("select crm_id from backfill_records")).toEqual([]);
  await expect(fieldsToSwitchOn(database.pool, WISH)).rejects.toThrow("contact is off");
});

test("before anything was read there is nothing to fill", async () => {
  const { database } = await openStoreScene();
  await expect(fieldsToSwitchOn(database.pool, WISH)).rejects.toThrow("still to be read for the first time");
});

test("those that ended go with the history of their time; the others stay", async () => {
  const scene = await copied();
  const { database, store, lease } = scene;
  for (const by of ["old", "new", "open"]) await fileBackfill(database, WISH, by);
  await scene.rows(
    `update backfills set state = 'done',
            finished_at = now() - case requested_by when 'old' then interval '40 days' else interval '1 day' end
      where requested_by <> 'open'`,
  );
  expect(await store.forget(lease, { days: 30, most: 100 })).toBe(1);
  expect((await listBackfills(database.pool)).map(({ requestedBy }) => requestedBy)).toEqual(["new", "open"]);
});

test("one that was cancelled meanwhile is not moved by the page that was in hand", async () => {
  const scene = await copied();
  const { database, store, lease } = scene;
  const { id } = await fileBackfill(database, WISH, "ada");
  await scene.rows("update backfills set state = 'cancelled', finished_at = now()");
  await store.noteBackfill(lease, id ?? "", { position: "p", read: 3, changed: 1, rate: 2, last: true });
  await store.failBackfill(lease, id ?? "", "no");
  expect(await listBackfills(database.pool)).toMatchObject([{ state: "cancelled", read: 0, outcome: null }]);
});

test("a worker that lost its lease notes nothing", async () => {
  const scene = await copied();
  const { database, store, lease } = scene;
  const { id } = await fileBackfill(database, WISH, "ada");
  await store.claim(lease.connectionId);
  const progress = { position: "p", read: 3, changed: 1, rate: 2, last: false };
  await expect(store.noteBackfill(lease, id ?? "", progress)).rejects.toMatchObject({ code: "fenced" });
  expect(await listBackfills(database.pool)).toMatchObject([{ state: "queued", read: 0 }]);
});
