import { describe, expect, test } from "vitest";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { CONTACT, openStoreScene, person } from "./scene.ts";

describe("a page", () => {
  test("makes rows and links, and moves the position with them", async () => {
    const scene = await openStoreScene();
    const applied = await scene.apply(
      { creates: [person(1, ["Ada", "7", ["A", "B"]]), person(2)] },
      { page: { phase: "snapshot", upserts: [], deletes: [], next: "p1", last: false }, read: 2 },
    );
    expect(applied).toEqual({ created: 2, updated: 0, deleted: 0, held: 0, unchanged: 0, parked: [] });
    expect(await scene.people()).toMatchObject([
      {
        crm_id: guid(1),
        first_name: "Ada",
        score: 7,
        tags: ["A", "B"],
        crm_type: "contact",
        crm_deleted: false,
      },
      { crm_id: guid(2), first_name: "Person 2" },
    ]);
    const links = await scene.store.links(scene.entity, [guid(1), guid(2), guid(3)]);
    expect([...links.keys()].toSorted()).toEqual([guid(1), guid(2)]);
    expect(links.get(guid(1))).toMatchObject({ version: "1", state: "live" });
    expect(await scene.stored()).toMatchObject({ position: "p1", complete: false, rows: 2 });
  });

  test("is complete when a whole read has reached its end", async () => {
    const scene = await openStoreScene();
    await scene.apply({}, { page: { phase: "snapshot", upserts: [], deletes: [], next: "p1", last: true } });
    expect(await scene.stored()).toMatchObject({ complete: true });
  });

  test("that is repeated changes nothing and counts nothing", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1), person(2)] });
    await scene.apply({ updates: [person(1, ["New", "2", ["A"]], "2")], deletes: [guid(2)] });
    const before = await scene.people();
    const again = await scene.apply({ updates: [person(1, ["New", "2", ["A"]], "2")], deletes: [guid(2)] });
    expect(again).toMatchObject({ updated: 0, deleted: 0, unchanged: 1 });
    expect(await scene.people()).toEqual(before);
  });

  test("writes only the rows that became different", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1, ["Ada", "1", ["A"]]), person(2, ["Bo", null, null])] });
    const [ada, bo] = await scene.people();
    const applied = await scene.apply({
      updates: [person(1, ["Ada", "1", ["A"]], "2"), person(2, ["Bo", "5", null], "2")],
    });
    expect(applied).toMatchObject({ updated: 1, unchanged: 1 });
    const [adaNow, boNow] = await scene.people();
    expect(adaNow).toEqual(ada);
    expect(boNow).toMatchObject({ score: 5 });
    expect(boNow?.written).not.toBe(bo?.written);
    const links = await scene.store.links(scene.entity, [guid(1)]);
    expect(links.get(guid(1))?.version).toBe("2");
  });

  test("leaves columns alone that are not in it", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1, ["Ada", "1", ["A"]])] });
    await scene.apply(
      { updates: [person(1, ["Eve"], "2")] },
      { columns: [{ name: "first_name", type: "text" }] },
    );
    expect(await scene.people()).toMatchObject([{ first_name: "Eve", score: 1, tags: ["A"] }]);
  });

  test("without any column still links and flags", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1, [])] }, { columns: [] });
    await scene.apply({ deletes: [guid(1)] }, { columns: [] });
    expect(await scene.apply({ updates: [person(1, [], "2")] }, { columns: [] })).toMatchObject({
      updated: 1,
    });
    expect(await scene.people()).toMatchObject([{ first_name: null, crm_deleted: false }]);
  });

  test("flags deletes, keeps the row, and a later version takes the flag away (P21, P25)", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1)] });
    expect(await scene.apply({ deletes: [guid(1), guid(9)] })).toMatchObject({ deleted: 1 });
    expect(await scene.people()).toMatchObject([{ first_name: "Person 1", crm_deleted: true }]);
    expect((await scene.store.links(scene.entity, [guid(1)])).get(guid(1))?.state).toBe("deleted");
    await scene.apply({ updates: [person(1, ["Back", "1", null], "2")] });
    expect(await scene.people()).toMatchObject([{ first_name: "Back", crm_deleted: false }]);
    expect((await scene.store.links(scene.entity, [guid(1)])).get(guid(1))?.state).toBe("live");
  });

  test("makes a row anew that somebody deleted from the table, and links it again", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1), person(2)] });
    await scene.rows("delete from marketing.people where crm_id = $1", [guid(1)]);
    const applied = await scene.apply({
      updates: [person(1, ["Back", "2", ["X"]], "2"), person(2, undefined, "2")],
    });
    expect(applied).toMatchObject({ updated: 1, unchanged: 1 });
    expect(await scene.people()).toMatchObject([
      { crm_id: guid(1), first_name: "Back", score: 2, tags: ["X"], crm_type: "contact" },
      { crm_id: guid(2) },
    ]);
    await scene.apply({ updates: [person(1, ["Again", "3", null], "3")] });
    expect(await scene.people()).toMatchObject([{ first_name: "Again" }, { crm_id: guid(2) }]);
  });

  test("flags what somebody deleted from the table without complaint", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1)] });
    await scene.rows("delete from marketing.people");
    expect(await scene.apply({ deletes: [guid(1)] })).toMatchObject({ deleted: 0 });
    expect((await scene.store.links(scene.entity, [guid(1)])).get(guid(1))?.state).toBe("tombstone");
  });

  test("stays apart from rows that people made", async () => {
    const scene = await openStoreScene();
    await scene.rows("insert into marketing.people (first_name) values ('Own')");
    await scene.apply({ creates: [person(1)] });
    await scene.rows("insert into marketing.people (first_name) values ('Later')");
    expect(await scene.rows("select count(distinct id)::int as ids from marketing.people")).toEqual([
      { ids: 3 },
    ]);
  });
});

describe("under a lease that is outdated", () => {
  test("a page fails as fenced and writes nothing, not even its position", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1)] });
    await scene.store.claim(scene.lease.connectionId);
    const page = { phase: "changes", upserts: [], deletes: [guid(1)], next: "p2", last: true } as const;
    await expect(scene.apply({ creates: [person(2)], deletes: [guid(1)] }, { page })).rejects.toMatchObject({
      code: "fenced",
    });
    expect(await scene.people()).toMatchObject([{ crm_id: guid(1), crm_deleted: false }]);
    expect(await scene.stored()).toMatchObject({ position: "p1", rows: 1 });
  });

  test("nothing else is written either", async () => {
    const { store, lease, entity } = await openStoreScene();
    await store.claim(lease.connectionId);
    const trouble = { code: "unavailable", message: "x" } as const;
    const calls: readonly (() => Promise<unknown>)[] = [
      () => store.beginCompare(lease, entity),
      () => store.endCompare(lease, entity),
      () => store.flagDeleted(lease, entity, [guid(1)]),
      () => store.setTrouble(lease, entity, trouble),
      () => store.setFieldAside(lease, entity, "score", "gone"),
      () => store.setConnectionTrouble(lease, trouble),
      () => store.saveCounts(lease, new Map([["contact", 5]])),
      () => store.beginCycle(lease),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "fenced" });
  });

  test("a claim waits for the page under way: whoever was first is through before", async () => {
    const scene = await openStoreScene();
    const client = await scene.database.pool.connect();
    await client.query("begin; lock table marketing.people in access exclusive mode");
    const page = scene.apply({ creates: [person(1)] });
    await waiting(scene, 1);
    const claim = scene.store.claim(scene.lease.connectionId);
    const first = await Promise.race([claim.then(() => "claimed"), waiting(scene, 2).then(() => "waits")]);
    expect(first).toBe("waits");
    await client.query("commit");
    client.release();
    expect(await page).toMatchObject({ created: 1 });
    expect(Number((await claim).epoch)).toBe(Number(scene.lease.epoch) + 1);
  });
});

/** Until so many sessions of this database wait for a lock of another one. */
async function waiting(scene: StoreScene, sessions: number): Promise<void> {
  const sql =
    "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await scene.rows(sql)).length < sessions);
}

test("columns may have any name, also those the sync uses for itself", async () => {
  const fields = ["version", "row_id", "label", "s", "t"].map(
    (name) => ({ attribute: name, column: name, direction: "pull", enabled: true }) as const,
  );
  const scene = await openStoreScene({ ...CONTACT, fields });
  const columns = fields.map(({ column }) => ({ name: column, type: "text" }) as const);
  await scene.tables.prepare("people", columns);
  await scene.apply({ creates: [person(1, ["a", "b", "c", "d", "e"])] }, { columns });
  await scene.rows("delete from marketing.people");
  await scene.apply({ updates: [person(1, ["1", "2", "3", "4", "5"], "2")] }, { columns });
  await scene.apply({ updates: [person(1, ["6", "7", "8", "9", "0"], "3")] }, { columns });
  const rows = await scene.rows("select version, row_id, label, s, t from marketing.people");
  expect(rows).toEqual([{ version: "6", row_id: "7", label: "8", s: "9", t: "0" }]);
});
