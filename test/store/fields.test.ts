import { describe, expect, test } from "vitest";
import type { EntityMapping, FieldMapping } from "../../src/core/mapping.ts";
import type { StoredEntity } from "../../src/core/store-port.ts";
import { columnsToSwitch, listFields, switchFields } from "../../src/store/fields.ts";
import type { StoreScene } from "./scene.ts";
import { COLUMNS, CONTACT, openStoreScene } from "./scene.ts";

const READ = { phase: "snapshot", upserts: [], deletes: [], next: "p1", last: true } as const;

function field(name: string, facts: Partial<FieldMapping> = {}): FieldMapping {
  return { attribute: name, column: name, direction: "pull", enabled: true, ...facts };
}

/** Stores the mapping again, as after a new description. */
function save(scene: StoreScene, fields: readonly FieldMapping[]): Promise<StoredEntity> {
  const mapping: EntityMapping = { ...CONTACT, fields };
  return scene.store.saveEntity(scene.lease, {
    mapping,
    label: "Contact",
    changeTracking: true,
    attributes: new Map(
      fields.map(({ attribute }) => [attribute, { label: attribute, type: "String", columnType: "text" }]),
    ),
    choices: [],
    relabellings: [],
  });
}

function fieldOf({ mapping }: StoredEntity, name: string): FieldMapping | undefined {
  return mapping.fields.find(({ attribute }) => attribute === name);
}

describe("a field that joins by itself", () => {
  test("before the first page needs no backfill", async () => {
    const scene = await openStoreScene();
    const saved = await save(scene, [...CONTACT.fields, field("city")]);
    expect(saved.backfill).toBe(false);
    expect(fieldOf(saved, "city")).toEqual(field("city"));
  });

  test("after records were read waits for a backfill: the feed that is followed does not tell it", async () => {
    const scene = await openStoreScene();
    await scene.apply({}, { page: READ });
    const saved = await save(scene, [...CONTACT.fields, field("city"), field("fax", { enabled: false })]);
    expect(saved).toMatchObject({ backfill: true, backfillPosition: null });
    expect(fieldOf(saved, "city")?.unfilled).toBe(true);
    expect(fieldOf(saved, "fax")?.unfilled).toBeUndefined();
    expect(fieldOf(saved, "score")?.unfilled).toBeUndefined();
  });

  test("when it was set aside and has come back, as well: changes of meanwhile were not read", async () => {
    const scene = await openStoreScene();
    await scene.apply({}, { page: READ });
    await scene.store.setFieldAside(scene.lease, scene.entity, "score", "gone");
    expect(fieldOf(await scene.stored(), "score")?.setAside).toBe("gone");
    const still = await save(scene, [
      ...CONTACT.fields.slice(0, 1),
      field("score", { setAside: "still gone" }),
    ]);
    expect(still.backfill).toBe(false);
    const back = await save(scene, CONTACT.fields);
    expect(fieldOf(back, "score")).toEqual(field("score", { unfilled: true }));
    expect(back.backfill).toBe(true);
  });

  test("and is still unfilled when the description is read again", async () => {
    const scene = await openStoreScene();
    await scene.apply({}, { page: READ });
    const fields = [...CONTACT.fields, field("city")];
    await save(scene, fields);
    const again = await save(scene, fields);
    expect(fieldOf(again, "city")?.unfilled).toBe(true);
    expect(again.backfill).toBe(true);
  });
});

describe("switches", () => {
  test("name what they need, and what they do not know", async () => {
    const scene = await openStoreScene();
    await save(scene, [...CONTACT.fields, field("owner", { enabled: false, typeColumn: "owner_type" })]);
    const { pool } = scene.database;
    expect(await columnsToSwitch(pool, { entity: "contact", on: ["owner"], off: ["score"] })).toEqual({
      table: "people",
      columns: [
        { name: "owner", type: "text" },
        { name: "owner_type", type: "text" },
      ],
    });
    const strange = columnsToSwitch(pool, { entity: "contact", on: ["owner", "ownr"], off: ["scor"] });
    await expect(strange).rejects.toThrow("contact has no field ownr, scor.");
    await expect(columnsToSwitch(pool, { entity: "contct", on: [], off: [] })).rejects.toMatchObject({
      code: "configuration_invalid",
    });
  });

  test("off leaves everything else alone; on after reading begins a backfill anew", async () => {
    const scene = await openStoreScene();
    const { pool } = scene.database;
    await scene.apply({}, { page: READ });
    await switchFields(pool, { entity: "contact", on: [], off: ["score"] });
    expect(await scene.stored()).toMatchObject({ backfill: false });
    expect(fieldOf(await scene.stored(), "score")?.enabled).toBe(false);
    await switchFields(pool, { entity: "contact", on: ["score", "tags"], off: [] });
    const on = await scene.stored();
    expect(on).toMatchObject({ backfill: true, backfillPosition: null });
    expect(fieldOf(on, "score")).toMatchObject({ enabled: true, unfilled: true });
    expect(fieldOf(on, "tags")?.unfilled).toBeUndefined();
    const lines = await listFields(scene.database, "contact");
    expect(lines.filter(({ filling }) => filling).map(({ attribute }) => attribute)).toEqual(["score"]);
  });
});

describe("a column that somebody dropped", () => {
  test("is filled again by a backfill, which begins anew, for each entity that lives there", async () => {
    const scene = await openStoreScene();
    await scene.apply({}, { page: READ });
    await scene.rows(
      `with lead as (
         insert into entities (connection_id, name, label, table_name, position)
         select connection_id, 'lead', 'Lead', table_name, position from entities returning id)
       insert into fields (entity_id, attribute, label, type, column_name, direction, enabled)
       select id, 'score', '', '', 'score', 'pull', true from lead`,
    );
    await scene.rows("update entities set backfill = true, backfill_position = 'b1'");
    await scene.rows("alter table marketing.people drop column score");
    const { added } = await scene.tables.prepare("people", COLUMNS);
    expect(added).toEqual(["score"]);
    const stored = await scene.stored();
    expect(stored).toMatchObject({ backfill: true, backfillPosition: null });
    expect(fieldOf(stored, "score")?.unfilled).toBe(true);
    expect(fieldOf(stored, "first_name")?.unfilled).toBeUndefined();
    const [, lead] = await scene.store.entities(scene.lease.connectionId);
    expect(lead).toMatchObject({ backfill: true, mapping: { fields: [{ unfilled: true }] } });
  });

  test("that holds the kind of a lookup's target brings its field back", async () => {
    const scene = await openStoreScene();
    await scene.apply({}, { page: READ });
    const owner = field("owner", { typeColumn: "owner_type" });
    await save(scene, [owner]);
    await scene.rows("update fields set unfilled = false");
    await scene.tables.prepare("people", [{ name: "owner_type", type: "text" }]);
    expect(fieldOf(await scene.stored(), "owner")?.unfilled).toBe(true);
  });

  test("needs no backfill before records were read, nor when its field is off or only pushed", async () => {
    const scene = await openStoreScene();
    await scene.rows("drop table marketing.people");
    await scene.tables.prepare("people", COLUMNS);
    expect((await scene.stored()).backfill).toBe(false);
    await scene.apply({}, { page: READ });
    await save(scene, [field("off", { enabled: false }), field("out", { direction: "push" })]);
    await scene.tables.prepare("people", [
      { name: "off", type: "text" },
      { name: "out", type: "text" },
    ]);
    const stored = await scene.stored();
    expect(stored.backfill).toBe(false);
    expect(stored.mapping.fields.filter(({ unfilled }) => unfilled === true)).toEqual([]);
  });
});

describe("a field that is only pushed", () => {
  test("needs no backfill when it is switched on: nothing of it is read", async () => {
    const scene = await openStoreScene();
    await scene.apply({}, { page: READ });
    await save(scene, [...CONTACT.fields, field("score_out", { direction: "push", enabled: false })]);
    await switchFields(scene.database.pool, { entity: "contact", on: ["score_out"], off: [] });
    const on = await scene.stored();
    expect(fieldOf(on, "score_out")).toEqual(field("score_out", { direction: "push" }));
    expect(on.backfill).toBe(false);
  });

  test("does not keep the backfill of another one going", async () => {
    const scene = await openStoreScene();
    await scene.apply({}, { page: READ });
    await save(scene, [...CONTACT.fields, field("city"), field("score_out", { direction: "push" })]);
    // As an earlier Tandem may have left it.
    await scene.rows("update fields set unfilled = true where attribute = 'score_out'");
    const columns = [{ name: "city", type: "text" }] as const;
    await scene.apply({}, { lane: "backfill", entity: await scene.stored(), page: READ, columns });
    expect((await scene.stored()).backfill).toBe(false);
  });
});

describe("the end of a backfill", () => {
  test("fills the fields it carried and hands its position to the feed", async () => {
    const scene = await openStoreScene();
    await scene.apply({}, { page: READ });
    await switchFields(scene.database.pool, { entity: "contact", on: [], off: ["score"] });
    await switchFields(scene.database.pool, { entity: "contact", on: ["score"], off: [] });
    const page = { phase: "snapshot", upserts: [], deletes: [], next: "b1", last: false } as const;
    await scene.apply({}, { lane: "backfill", entity: await scene.stored(), page });
    expect(await scene.stored()).toMatchObject({ position: "p1", backfillPosition: "b1", backfill: true });
    const last = { ...page, next: "b2", last: true };
    await scene.apply({}, { lane: "backfill", entity: await scene.stored(), page: last });
    const done = await scene.stored();
    expect(done).toMatchObject({ position: "b2", backfillPosition: null, backfill: false, refill: true });
    expect(fieldOf(done, "score")?.unfilled).toBeUndefined();
  });

  test("leaves a field that was switched on meanwhile to the next one", async () => {
    const scene = await openStoreScene();
    const { pool } = scene.database;
    await scene.apply({}, { page: READ });
    await switchFields(pool, { entity: "contact", on: [], off: ["score", "tags"] });
    await switchFields(pool, { entity: "contact", on: ["score"], off: [] });
    const columns = [
      { name: "first_name", type: "text" },
      { name: "score", type: "integer" },
    ] as const;
    const page = { phase: "snapshot", upserts: [], deletes: [], next: "b1", last: false } as const;
    await scene.apply({}, { lane: "backfill", entity: await scene.stored(), page, columns });
    const underWay = await scene.stored();
    await switchFields(pool, { entity: "contact", on: ["tags"], off: [] });
    await scene.apply({}, { lane: "backfill", entity: underWay, page: { ...page, next: "b2" }, columns });
    expect(await scene.stored()).toMatchObject({ backfill: true, backfillPosition: null });
    const last = { ...page, next: "b3", last: true };
    await scene.apply(
      {},
      { lane: "backfill", entity: { ...underWay, backfillPosition: "b2" }, page: last, columns },
    );
    const done = await scene.stored();
    expect(done).toMatchObject({ position: "b3", backfill: true, backfillPosition: null });
    expect(fieldOf(done, "score")?.unfilled).toBeUndefined();
    expect(fieldOf(done, "tags")?.unfilled).toBe(true);
  });
});
