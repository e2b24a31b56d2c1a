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

describe("a row that somebody deleted and inserted again", () => {
  test("is the record's row again with its next change", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1), person(2)] });
    await scene.rows("delete from marketing.people where crm_id = $1", [guid(1)]);
    await scene.rows("insert into marketing.people (crm_id, first_name) values ($1, 'Mine')", [guid(1)]);
    const applied = await scene.apply({ updates: [person(1, ["Ada", "7", null], "2")] });
    expect(applied).toMatchObject({ updated: 1, parked: [] });
    expect(await scene.people()).toMatchObject([
      { crm_id: guid(1), first_name: "Ada", score: 7, crm_type: "contact" },
      { crm_id: guid(2), first_name: "Person 2" },
    ]);
    const [row] = await scene.rows<{ id: string }>("select id from marketing.people where crm_id = $1", [
      guid(1),
    ]);
    expect((await scene.store.links(scene.entity, [guid(1)])).get(guid(1))).toMatchObject({
      rowId: row?.id,
      version: "2",
    });
  });

  test("is nobody's until the record changes: a delete before leaves it alone", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1)] });
    await scene.rows("delete from marketing.people");
    await scene.rows("insert into marketing.people (crm_id) values ($1)", [guid(1)]);
    expect(await scene.apply({ deletes: [guid(1)] })).toMatchObject({ deleted: 0 });
  });

  test("as one of another kind is left alone, and the record is parked", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1), person(2)] });
    await scene.rows("delete from marketing.people where crm_id = $1", [guid(1)]);
    await scene.rows("insert into marketing.people (crm_id, crm_type, first_name) values ($1, 'lead', 'L')", [
      guid(1),
    ]);
    const updates = [person(1, ["Ada", "7", null], "2"), person(2, ["Bo", "7", null], "2")];
    const applied = await scene.apply({ updates });
    expect(applied.parked).toMatchObject([{ id: guid(1) }]);
    expect(await scene.apply({ deletes: [guid(1)] })).toMatchObject({ deleted: 0 });
    expect(await scene.people()).toMatchObject([
      { first_name: "L", crm_type: "lead", crm_deleted: false },
      { first_name: "Bo" },
    ]);
  });
});
