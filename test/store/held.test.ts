import { describe, expect, test } from "vitest";
import type { SourceRecord } from "../../src/core/change.ts";
import type { Applied, StoredEntity } from "../../src/core/store-port.ts";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { openStoreScene, person } from "./scene.ts";

interface Told {
  readonly deletes?: readonly number[];
  /** Records that the page shows. */
  readonly shown?: readonly number[];
  readonly last?: boolean;
  readonly allowed?: number;
}

/** A walk over records 1 to 9; each page knows of the deletes held so far, as the engine does. */
async function openWalk(): Promise<{ scene: StoreScene; page: (told: Told) => Promise<Applied> }> {
  const scene = await openStoreScene();
  await scene.apply({ creates: Array.from({ length: 9 }, (_, at) => person(at + 1)) });
  let entity: StoredEntity = await scene.stored();
  const page = async ({ deletes = [], shown = [], last = false, allowed = 3 }: Told): Promise<Applied> => {
    const ids = deletes.map(guid);
    const upserts = shown.map((id): SourceRecord => ({ id: guid(id), version: "1", fields: {} }));
    const applied = await scene.apply(
      { deletes: ids },
      {
        entity,
        allowedDeletes: allowed,
        page: { phase: "changes", upserts, deletes: ids, next: "p2", last },
      },
    );
    entity = { ...entity, held: applied.held };
    return applied;
  };
  return { scene, page };
}

async function flagged(scene: StoreScene): Promise<string[]> {
  return (await scene.people()).filter((row) => row.crm_deleted).map(({ crm_id }) => crm_id);
}

describe("deletes of a walk", () => {
  test("wait for its end and are flagged together, links and all", async () => {
    const { scene, page } = await openWalk();
    expect(await page({ deletes: [1, 2] })).toMatchObject({ deleted: 0, held: 2 });
    expect(await page({ deletes: [2] })).toMatchObject({ deleted: 0, held: 2 });
    expect(await flagged(scene)).toEqual([]);
    expect(await page({ deletes: [3], last: true })).toMatchObject({ deleted: 3, held: 0 });
    expect(await flagged(scene)).toEqual([guid(1), guid(2), guid(3)]);
    const links = await scene.store.links(scene.entity, [1, 2, 3, 4].map(guid));
    expect([1, 2, 3, 4].map((id) => links.get(guid(id))?.state)).toEqual([
      "deleted",
      "deleted",
      "deleted",
      "live",
    ]);
    expect((await scene.stored()).held).toBe(0);
  });

  test("are all held when they are more than allowed, until they are let through", async () => {
    const { scene, page } = await openWalk();
    await page({ deletes: [1, 2] });
    expect(await page({ deletes: [3, 4], last: true })).toMatchObject({ deleted: 0, held: 4 });
    expect(await flagged(scene)).toEqual([]);
    expect((await scene.stored()).held).toBe(4);
    expect(await page({ last: true, allowed: 4 })).toMatchObject({ deleted: 4, held: 0 });
  });

  test("no longer count those that came back meanwhile", async () => {
    const { scene, page } = await openWalk();
    await page({ deletes: [1, 2, 3, 4] });
    expect(await page({ shown: [4, 9] })).toMatchObject({ held: 3 });
    expect(await page({ last: true })).toMatchObject({ deleted: 3, held: 0 });
    expect(await flagged(scene)).toEqual([guid(1), guid(2), guid(3)]);
  });

  test("that were too many once stay held, however many come back, until as many are allowed or none is left", async () => {
    const { scene, page } = await openWalk();
    expect(await page({ deletes: [1, 2, 3, 4], last: true })).toMatchObject({ deleted: 0, held: 4 });
    expect(await page({ shown: [4], last: true })).toMatchObject({ deleted: 0, held: 3 });
    expect(await page({ last: true, allowed: 4 })).toMatchObject({ deleted: 3, held: 0 });
    expect(await page({ deletes: [5, 6, 7, 8], last: true })).toMatchObject({ deleted: 0, held: 4 });
    expect(await page({ shown: [5, 6, 7, 8], last: true })).toMatchObject({ deleted: 0, held: 0 });
    expect(await page({ deletes: [9], last: true })).toMatchObject({ deleted: 1, held: 0 });
    expect(await flagged(scene)).toEqual([1, 2, 3, 9].map(guid));
  });

  test("win over a change of the same record in the same page", async () => {
    const { page } = await openWalk();
    await page({ deletes: [1] });
    expect(await page({ deletes: [1, 2], shown: [1, 2] })).toMatchObject({ held: 2 });
  });

  test("are counted at the end as they are, whatever the walk knew of them", async () => {
    const { scene, page } = await openWalk();
    await page({ deletes: [1, 2, 3] });
    await scene.rows("insert into held_deletes select entity_id, $1 from held_deletes limit 1", [guid(8)]);
    expect(await page({ last: true })).toMatchObject({ deleted: 0, held: 4 });
  });

  test("leave another entity's alone (P21)", async () => {
    const { scene, page } = await openWalk();
    await scene.rows(
      `with lead as (
         insert into entities (connection_id, name, label, table_name)
         select connection_id, 'lead', 'Lead', 'people' from entities returning id)
       insert into held_deletes select id, $1 from lead`,
      [guid(7)],
    );
    await page({ deletes: [1] });
    expect(await page({ last: true })).toMatchObject({ deleted: 1 });
    expect(await flagged(scene)).toEqual([guid(1)]);
    expect(await scene.rows("select crm_id from held_deletes")).toEqual([{ crm_id: guid(7) }]);
  });
});
