import { describe, expect, test } from "vitest";
import type { PageEffects } from "../../src/core/store-port.ts";
import { guid } from "../support/entity.ts";
import { openStoreScene, person } from "./scene.ts";

type EffectPage = PageEffects["page"];

function page(phase: EffectPage["phase"], next: string, last: boolean): EffectPage {
  return { phase, upserts: [], deletes: [], next, last };
}

describe("a compare pass", () => {
  test("makes a backfill under way begin anew: what it read is of the history that was lost", async () => {
    const scene = await openStoreScene();
    await scene.apply({}, { page: page("snapshot", "p1", true) });
    await scene.rows("update entities set backfill = true");
    await scene.apply({}, { lane: "backfill", page: page("snapshot", "b1", false) });
    expect(await scene.stored()).toMatchObject({ backfillPosition: "b1" });
    await scene.store.beginCompare(scene.lease, await scene.stored());
    expect(await scene.stored()).toMatchObject({
      position: null,
      compare: "owed",
      backfill: true,
      backfillPosition: null,
    });
  });

  test("does not forget whom it met because a backfill is told its pages as a compare pass", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1), person(2)] });
    await scene.store.beginCompare(scene.lease, scene.entity);
    const owed = await scene.stored();
    await scene.apply({}, { entity: owed, page: page("compare", "c1", true), seen: [guid(1)] });
    const open = await scene.stored();
    expect(open.compare).toBe("open");
    for (const last of [false, true]) {
      const effects = { entity: open, lane: "backfill", page: page("compare", "b1", last) } as const;
      await scene.apply({}, { ...effects, seen: [guid(2)] });
    }
    expect((await scene.stored()).compare).toBe("open");
    expect(await scene.store.unseen(scene.entity, null, 10)).toEqual([guid(2)]);
  });
});
