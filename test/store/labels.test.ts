import { describe, expect, test } from "vitest";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { CONTACT, openStoreScene, person } from "./scene.ts";

/** Saves the entity again with labels that were renamed in a text column and in one of several labels. */
async function relabel(scene: StoreScene, renames: Readonly<Record<string, string>>): Promise<void> {
  const all = new Map(Object.entries(renames));
  await scene.store.saveEntity(scene.lease, {
    mapping: CONTACT,
    label: "Contact",
    changeTracking: true,
    attributes: new Map(),
    choices: [],
    relabellings: [
      { column: { name: "first_name", type: "text" }, renames: all },
      { column: { name: "tags", type: "text[]" }, renames: all },
    ],
  });
}

async function labels(scene: StoreScene): Promise<unknown[]> {
  return (await scene.people()).map(({ first_name, tags }) => [first_name, tags]);
}

describe("rows follow labels", () => {
  test("that are renamed, alone and among several, in their order", async () => {
    const scene = await openStoreScene();
    await scene.apply({
      creates: [person(1, ["Hot", null, ["Cold", "Hot"]]), person(2, ["Cold", null, null])],
    });
    await relabel(scene, { Hot: "Very hot" });
    expect(await labels(scene)).toEqual([
      ["Very hot", ["Cold", "Very hot"]],
      ["Cold", null],
    ]);
  });

  test("that are exchanged, without mixing them", async () => {
    const scene = await openStoreScene();
    await scene.apply({
      creates: [person(1, ["Hot", null, ["Hot", "Cold"]]), person(2, ["Cold", null, ["Cold"]])],
    });
    await relabel(scene, { Hot: "Cold", Cold: "Hot" });
    expect(await labels(scene)).toEqual([
      ["Cold", ["Cold", "Hot"]],
      ["Hot", ["Hot"]],
    ]);
  });

  test("with everything SQL and JSON mind", async () => {
    const scene = await openStoreScene();
    const nasty = `'"\\{},\n$1`;
    await scene.apply({ creates: [person(1, [nasty, null, [nasty]])] });
    await relabel(scene, { [nasty]: `${nasty}!` });
    expect(await labels(scene)).toEqual([[`${nasty}!`, [`${nasty}!`]]]);
  });

  test("only in rows of their own kind of person", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1, ["Hot", null, null])] });
    await scene.rows(
      "insert into marketing.people (crm_type, crm_id, first_name) values ('lead', $1, 'Hot')",
      [guid(2)],
    );
    await scene.rows("insert into marketing.people (crm_id, first_name) values ($1, 'Hot')", [guid(3)]);
    await relabel(scene, { Hot: "Very hot" });
    expect(await labels(scene)).toEqual([
      ["Very hot", null],
      ["Hot", null],
      ["Hot", null],
    ]);
  });

  test("and rows without such a label are not written", async () => {
    const scene = await openStoreScene();
    await scene.apply({ creates: [person(1, ["Cold", null, ["Cold"]]), person(2, [null, null, null])] });
    const before = await scene.people();
    await relabel(scene, { Hot: "Very hot" });
    expect(await scene.people()).toEqual(before);
  });
});

test("a worker that was overtaken renames nothing", async () => {
  const scene = await openStoreScene();
  await scene.apply({ creates: [person(1, ["Hot", null, null])] });
  await scene.store.claim(scene.lease.connectionId);
  await expect(relabel(scene, { Hot: "Very hot" })).rejects.toMatchObject({ code: "fenced" });
  expect(await labels(scene)).toEqual([["Hot", null]]);
});

test("edits that wait are against what both sides agreed on, whatever it is called now", async () => {
  const scene = await openStoreScene();
  await scene.apply({
    creates: [person(1, ["Hot", null, ["Hot", "Cold"]]), person(2, ["Mild", null, null])],
  });
  await scene.rows(
    `insert into pending_changes (connection_id, table_name, row_id, agreed, sent)
     select $1, 'people', id, $2, $3 from marketing.people`,
    [
      scene.lease.connectionId,
      { first_name: "Hot", tags: ["Cold", "Hot"], score: null },
      { first_name: null, tags: [] },
    ],
  );
  await scene.rows("update pending_changes set sent = '{}', agreed = '{\"tags\": null}' where row_id > 1");
  await relabel(scene, { Hot: "Cold", Cold: "Hot" });
  expect(await scene.rows("select agreed, sent from pending_changes order by row_id")).toEqual([
    {
      agreed: { first_name: "Cold", tags: ["Hot", "Cold"], score: null },
      sent: { first_name: null, tags: [] },
    },
    { agreed: { tags: null }, sent: {} },
  ]);
});
