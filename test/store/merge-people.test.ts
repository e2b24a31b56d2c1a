import { expect, test } from "vitest";
import { mergePeople } from "../../src/store/merge-people.ts";
import type { StoreScene } from "./scene.ts";
import { openStoreScene, person } from "./scene.ts";

async function two(): Promise<StoreScene> {
  const scene = await openStoreScene();
  await scene.apply({ creates: [person(1, ["Ada", null, null]), person(2, ["Augusta", "7", null])] });
  return scene;
}

test("people are merged, and of each loser it is said what becomes of the record", async () => {
  const scene = await two();
  const { database } = scene;
  const merged = await mergePeople(database.pool, database.workspace, { winner: "1", losers: ["2"] });
  expect(merged).toEqual([{ person: "2", inDynamics: "left as it is" }]);
  expect(await scene.people()).toMatchObject([{ first_name: "Ada" }]);
});

test.each([
  ["somebody who is not there", { winner: "1", losers: ["9"] }, "There is no person 9."],
  ["somebody twice", { winner: "1", losers: ["1"] }, "Name one winner and at least one loser, each once."],
])("a wish that names %s is refused in words", async (_, wish, message) => {
  const { database } = await two();
  const merging = mergePeople(database.pool, database.workspace, wish);
  await expect(merging).rejects.toMatchObject({ code: "configuration_invalid", message });
});

test("what the table does not let happen is refused without its values", async () => {
  const scene = await two();
  const { database, rows } = scene;
  await rows("create table marketing.kept (person bigint not null unique references marketing.people)");
  await rows("insert into marketing.kept values (1), (2)");
  const merging = mergePeople(database.pool, database.workspace, { winner: "1", losers: ["2"] });
  await expect(merging).rejects.toMatchObject({
    code: "table_refused",
    message: expect.stringContaining("kept_person_key") as string,
  });
  expect(await scene.people()).toHaveLength(2);
});
