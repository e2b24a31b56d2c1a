import { afterEach, beforeEach, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene, people } from "./scene.ts";

/** What cannot be read is set aside with its reason; the rest flows, and it comes back by itself. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 300 });
});

afterEach(() => scene.close());

test("an entity that may not be read from the start is named, and follows once it may", async () => {
  const { emulator } = scene;
  const application = emulator.organization.standard.applicationUser;
  emulator.access.set(application, "opportunity", "Read", "none");

  expect((await scene.sync()).complete).toBe(false);
  const entity = await scene.entity("opportunity");
  expect(entity).toMatchObject({
    state: "set-aside",
    trouble: { code: "permission_missing", who: "dynamics-admin" },
  });
  expect((await scene.status()).connections[0]?.state).toBe("attention");
  await expectEqual();

  emulator.access.set(application, "opportunity", "Read", "global");
  expect((await scene.sync()).complete).toBe(true);
  expect(await scene.entity("opportunity")).toMatchObject({
    state: "following",
    trouble: null,
    rows: emulator.store.count("opportunity"),
  });
});

test("a column that disappears is set aside and the rest of its entity flows", async () => {
  const { emulator } = scene;
  await scene.sync();
  emulator.schema.removeAttribute("contact", "jobtitle");
  const [id = ""] = emulator.store.ids("contact");
  emulator.store.update("contact", id, { firstname: "Still", lastname: "Flowing" });

  expect((await scene.sync()).complete).toBe(true);
  await expectEqual();
  const { rows } = await scene.sql.query(
    `select f.set_aside is not null as aside from marketing_sync.fields f
       join marketing_sync.entities e on e.id = f.entity_id where e.name = 'contact' and f.attribute = 'jobtitle'`,
  );
  expect(rows).toEqual([{ aside: true }]);
});

test("a new column of contact never takes the place of a column that lead has", async () => {
  await scene.sync();
  await scene.sql.query(
    `update marketing_sync.fields f set enabled = true, column_name = 'new_shared' from marketing_sync.entities e
      where e.id = f.entity_id and e.name = 'lead' and f.attribute = 'new_synctomkto'`,
  );
  await scene.sql.query("alter table marketing.people add column new_shared boolean");
  const title = scene.emulator.organization.entity("contact")?.attributes.get("jobtitle");
  if (title === undefined) throw new Error("contact has no job title to copy");
  scene.emulator.schema.addAttribute("contact", {
    ...title,
    logicalName: "new_shared",
    schemaName: "new_Shared",
  });
  await scene.restart();
  await scene.sync();
  const { rows } = await scene.sql.query(
    `select e.name, f.column_name, f.set_aside from marketing_sync.fields f
       join marketing_sync.entities e on e.id = f.entity_id
      where f.column_name like 'new_shared%' order by e.id`,
  );
  expect(rows).toEqual([
    { name: "contact", column_name: "new_shared_contact", set_aside: null },
    { name: "lead", column_name: "new_shared", set_aside: null },
  ]);
});

test("an entity that does not exist is named with what to do", async () => {
  await scene.close();
  scene = await openScene({ records: 300, entities: ["contact", "new_nothere"] });
  expect((await scene.sync()).complete).toBe(false);
  expect((await scene.entity("new_nothere")).trouble).toMatchObject({ code: "entity_missing" });
  expect(await scene.entity("contact")).toMatchObject({ state: "following" });
});

async function expectEqual(): Promise<void> {
  const { dynamics, marketing } = await people(scene, "contact");
  expect(marketing).toEqual(dynamics);
}

test("a column of another type than its field is left alone, and the rest of the entity flows", async () => {
  await scene.sync();
  await scene.sql.query(
    "alter table marketing.people drop column job_title cascade, add column job_title integer",
  );
  const [id = ""] = scene.emulator.store.ids("contact");
  scene.emulator.store.update("contact", id, { firstname: "Still", lastname: "Flowing", jobtitle: "Any" });
  await scene.restart();
  expect((await scene.sync()).complete).toBe(true);
  await expectEqual();
  const { rows } = await scene.sql.query<{ set_aside: string }>(
    "select set_aside from marketing_sync.fields where column_name = 'job_title' and set_aside is not null",
  );
  expect(rows[0]?.set_aside).toBe("The column job_title is integer, and the values are text.");
});
