import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { App } from "../../src/app/tandem.ts";
import type { FieldLine, FieldsOptions } from "../../src/cli/tandem.ts";
import { readSettings } from "../../src/config/settings.ts";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

/** Fields of an emulated organization as people see them, and what becomes of them when a column changes there. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 200, pageSize: 30 });
});

afterEach(() => scene.close());

/** As `tandem fields` does, from a process of its own. */
async function fields(options: Partial<FieldsOptions>): Promise<readonly FieldLine[]> {
  const app = new App("test", () =>
    readSettings({ TANDEM_DATABASE_URL: scene.databaseUrl, TANDEM_LOG: "silent" }),
  );
  const asked = { entity: "contact", on: [], off: [], ...options };
  return app.fields(asked, new AbortController().signal);
}

async function fieldOf(name: string, entity = "contact"): Promise<FieldLine> {
  const found = (await fields({ entity, samples: true })).find(({ attribute }) => attribute === name);
  if (found === undefined) throw new Error(`there is no field ${name}`);
  return found;
}

/** Gives an entity a column as the job title is, of another name and type. */
function addColumn(entity: string, name: string, type: "String" | "Integer", label = name): void {
  const { emulator } = scene;
  const title = emulator.organization.entity("contact")?.attributes.get("jobtitle");
  if (title === undefined) throw new Error("contact has no job title to copy");
  const { maxLength: _, ...common } = title;
  emulator.schema.addAttribute(entity, {
    ...common,
    ...(type === "String" ? { maxLength: 100 } : { minValue: 0, maxValue: 1_000_000 }),
    logicalName: name,
    schemaName: name,
    displayName: label,
    attributeType: type,
    attributeTypeName: `${type}Type`,
    metadataType: `${type}AttributeMetadata`,
  });
}

/** Values of two columns, of every contact or lead, by id. */
async function column(name: string, kind = "contact"): Promise<ReadonlyMap<string, unknown>> {
  const { rows } = await scene.sql.query<{ crm_id: string; value: unknown }>(
    `select crm_id, ${name} as value from marketing.people where crm_type = $1 and not crm_deleted`,
    [kind],
  );
  return new Map(rows.map(({ crm_id, value }) => [crm_id, value]));
}

test("all readable fields show type, label, whether they are on, and a few values of each", async () => {
  await scene.sync();
  const all = await fields({ samples: true });
  const known = scene.emulator.organization.entity("contact")?.attributes;
  expect(all.length).toBeGreaterThan(100);
  const title = await fieldOf("jobtitle");
  expect(title).toMatchObject({ label: known?.get("jobtitle")?.displayName, type: "String", enabled: true });
  const titles = new Set((await column("job_title")).values());
  expect(title.samples?.length).toBeGreaterThan(0);
  for (const value of title.samples ?? []) expect(titles).toContain(value);
  const gender = await fieldOf("gendercode");
  expect(gender).toMatchObject({ type: "Picklist", enabled: false });
  expect(gender.samples?.length).toBeGreaterThan(0);
  for (const value of gender.samples ?? []) expect(["Male", "Female"]).toContain(value);
});

describe("a column of lead and of contact", () => {
  test("is one whatever its labels (row 79)", async () => {
    addColumn("contact", "new_segment", "String", "Segment");
    addColumn("lead", "new_segment", "String", "Market segment");
    await scene.sync();
    for (const entity of ["contact", "lead"]) await fields({ entity, on: ["new_segment"] });
    for (const kind of ["contact", "lead"]) {
      const [id = ""] = (await column("first_name", kind)).keys();
      scene.emulator.store.update(kind, id, { new_segment: kind });
    }
    await scene.sync();
    expect(await fieldOf("new_segment", "lead")).toMatchObject({
      column: "new_segment",
      label: "Market segment",
    });
    expect(await fieldOf("new_segment")).toMatchObject({
      column: "new_segment",
      label: "Segment",
      clash: null,
    });
    expect([...(await column("new_segment")).values()]).toContain("contact");
    expect([...(await column("new_segment", "lead")).values()]).toContain("lead");
  });

  test("of two types is shown with both, and one text column keeps them by choice", async () => {
    addColumn("contact", "new_rank", "String");
    addColumn("lead", "new_rank", "Integer");
    await scene.sync();
    for (const entity of ["contact", "lead"]) await fields({ entity, on: ["new_rank"] });
    const [lead = ""] = (await column("first_name", "lead")).keys();
    const [contact = ""] = (await column("first_name")).keys();
    scene.emulator.store.update("lead", lead, { new_rank: 4 });
    scene.emulator.store.update("contact", contact, { new_rank: "fourth" });
    await scene.sync();
    expect(await fieldOf("new_rank", "lead")).toMatchObject({
      column: "new_rank_lead",
      clash: { needs: "integer", has: "text", other: "contact" },
    });
    expect((await column("new_rank_lead", "lead")).get(lead)).toBe(4);

    const columns = new Map([["new_rank", "new_rank"]]);
    await fields({ entity: "lead", columns, asText: ["new_rank"] });
    await scene.sync();
    expect((await column("new_rank", "lead")).get(lead)).toBe("4");
    expect((await column("new_rank")).get(contact)).toBe("fourth");
    expect(await fieldOf("new_rank", "lead")).toMatchObject({ column: "new_rank", clash: null });
  });
});

test("a column that is made anew with another type while the sync runs sets its field aside; the rest flows", async () => {
  const { emulator } = scene;
  addColumn("contact", "new_size", "Integer");
  await scene.sync();
  await fields({ on: ["new_size"] });
  const [id = ""] = (await column("first_name")).keys();
  emulator.store.update("contact", id, { new_size: 42 });
  await scene.sync();
  expect((await column("new_size")).get(id)).toBe(42);

  emulator.schema.removeAttribute("contact", "new_size");
  addColumn("contact", "new_size", "String");
  emulator.store.update("contact", id, { new_size: "large", firstname: "Still", jobtitle: "Flowing" });
  expect((await scene.sync()).complete).toBe(true);
  expect((await column("first_name")).get(id)).toBe("Still");
  expect((await column("job_title")).get(id)).toBe("Flowing");
  expect((await column("new_size")).get(id)).toBe(42);
  expect(await scene.entity("contact")).toMatchObject({ state: "following", parked: 0 });
  await scene.sync();
  const aside = await fieldOf("new_size");
  expect(aside).toMatchObject({
    clash: { needs: "text", has: "integer", other: "the column people.new_size" },
  });
  expect(aside.setAside).toMatch(/integer.*text/);

  await fields({ columns: new Map([["new_size", "shirt_size"]]) });
  await scene.sync();
  expect((await column("shirt_size")).get(id)).toBe("large");
  expect((await column("new_size")).get(id)).toBe(42);
});

test("a column that was deleted and comes back flows again, and is filled", async () => {
  const { emulator } = scene;
  const known = emulator.organization.entity("contact")?.attributes.get("jobtitle");
  if (known === undefined) throw new Error("contact has no job title");
  await scene.sync();
  emulator.schema.removeAttribute("contact", "jobtitle");
  const [id = "", other = ""] = (await column("first_name")).keys();
  emulator.store.update("contact", id, { firstname: "Meanwhile" });
  await scene.sync();
  expect((await fieldOf("jobtitle")).setAside).not.toBeNull();
  expect((await column("first_name")).get(id)).toBe("Meanwhile");

  emulator.schema.addAttribute("contact", known);
  emulator.store.update("contact", other, { jobtitle: "Back" });
  await scene.restart();
  await scene.sync();
  expect(await fieldOf("jobtitle")).toMatchObject({ setAside: null, filling: false });
  const titles = await column("job_title");
  expect(titles.get(other)).toBe("Back");
  // The column began empty in Dynamics, and blanks are carried.
  expect(titles.get(id)).toBeNull();
});
