import { describe, expect, test } from "vitest";
import { guid } from "../support/entity.ts";
import { openStoreScene, person } from "./scene.ts";

describe("when row ids begin anew, a row that has another record's id", () => {
  test("is left to that record by changes of the first", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1)] });
    await scene.rows("truncate marketing.people restart identity");
    await scene.apply({ creates: [person(2)] });
    await scene.apply({ updates: [person(1, ["Ada", "7", null], "2")] });
    expect(await scene.people()).toMatchObject([
      { crm_id: guid(1), first_name: "Ada", score: 7 },
      { crm_id: guid(2), first_name: "Person 2", score: 1 },
    ]);
  });

  test("is not flagged with the first", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1)] });
    await scene.rows("truncate marketing.people restart identity");
    await scene.apply({ creates: [person(2)] });
    expect(await scene.apply({ deletes: [guid(1)] })).toMatchObject({ deleted: 0 });
    expect(await scene.people()).toMatchObject([{ crm_id: guid(2), crm_deleted: false }]);
  });

  test("is left alone when it is a person's own", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1)] });
    await scene.rows("truncate marketing.people restart identity");
    await scene.rows("insert into marketing.people (first_name) values ('Own')");
    await scene.apply({ updates: [person(1, ["Ada", "7", null], "2")] });
    expect(await scene.people()).toMatchObject([
      { crm_id: guid(1), first_name: "Ada" },
      { crm_id: null, first_name: "Own", crm_type: null },
    ]);
  });
});
