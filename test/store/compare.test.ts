import { describe, expect, test } from "vitest";
import type { PageEffects } from "../../src/core/store-port.ts";
import { openStoreScene } from "./scene.ts";

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
});
