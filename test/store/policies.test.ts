import { describe, expect, test } from "vitest";
import { listPolicies, setPolicy } from "../../src/store/policies.ts";
import type { PolicyWish } from "../../src/store/policies.ts";
import type { StoreScene } from "./scene.ts";
import { CONTACT, openStoreScene } from "./scene.ts";

const TWO_WAY = {
  ...CONTACT,
  fields: CONTACT.fields.map((field) => ({ ...field, direction: "both" as const })),
};

async function scene(): Promise<StoreScene & { set(wish: Omit<PolicyWish, "entity">): Promise<void> }> {
  const store = await openStoreScene(TWO_WAY);
  return { ...store, set: (wish) => setPolicy(store.database.pool, { entity: "contact", ...wish }) };
}

describe("policies", () => {
  test("are those of the native sync until somebody sets others", async () => {
    const world = await scene();
    expect(await listPolicies(world.database.pool, "contact")).toMatchObject([
      { column: "first_name", direction: "both", winner: "dynamics", own: false, rule: null },
      { column: "score" },
      { column: "tags" },
    ]);
  });

  test("of an entity hold for its fields, except those with one of their own; both can be taken back", async () => {
    const world = await scene();
    await world.set({ winner: "marketing" });
    await world.set({ field: "score", winner: "dynamics", rule: "never-blank" });
    const winners = async (): Promise<string[]> =>
      (await listPolicies(world.database.pool, "contact")).map(({ winner }) => winner);
    expect(await winners()).toEqual(["marketing", "dynamics", "marketing"]);
    expect((await world.stored()).mapping).toMatchObject({
      winner: "marketing",
      fields: [{ column: "first_name" }, { winner: "dynamics", rule: "never-blank" }, { column: "tags" }],
    });
    await world.set({ field: "score", winner: null });
    await world.set({ winner: null });
    expect(await winners()).toEqual(["dynamics", "dynamics", "dynamics"]);
    expect((await world.stored()).mapping.fields[1]).toMatchObject({ rule: "never-blank" });
  });

  test("turn a field that was only sent into one that is read: a backfill brings what Dynamics has", async () => {
    const world = await scene();
    await world.set({ field: "score", direction: "push" });
    await world.apply({});
    await world.set({ field: "score", direction: "both" });
    expect(await world.stored()).toMatchObject({ backfill: true });
    expect((await world.stored()).mapping.fields[1]).toMatchObject({ direction: "both", unfilled: true });
  });

  test("leave records in Dynamics when rows are deleted, until that is chosen for the entity", async () => {
    const world = await scene();
    const deletes = async (): Promise<Set<string>> =>
      new Set((await listPolicies(world.database.pool)).map((one) => one.deletes));
    expect(await deletes()).toEqual(new Set(["keep"]));
    await world.set({ winner: "marketing" });
    await world.set({ deletes: "delete" });
    expect(await deletes()).toEqual(new Set(["delete"]));
    expect((await world.stored()).mapping).toMatchObject({ winner: "marketing" });
    await world.set({ winner: "dynamics" });
    expect(await deletes()).toEqual(new Set(["delete"]));
  });

  test.each<[PolicyWish, RegExp]>([
    [{ entity: "leed", winner: "dynamics" }, /no entity leed/],
    [{ entity: "contact", field: "nickname", winner: "dynamics" }, /no field nickname/],
    [{ entity: "contact", rule: "never-blank" }, /name it with --field/],
    [{ entity: "contact", field: "score", deletes: "delete" }, /leave --field out/],
  ])("refuse what is not there", async (wish, message) => {
    const world = await scene();
    await expect(setPolicy(world.database.pool, wish)).rejects.toThrow(message);
  });
});
