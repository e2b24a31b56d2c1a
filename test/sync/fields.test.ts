import { afterEach, beforeEach, expect, test } from "vitest";
import { App } from "../../src/app/tandem.ts";
import { readSettings } from "../../src/config/settings.ts";
import type { Scene } from "./scene.ts";
import { openScene, people } from "./scene.ts";

/** Fields are switched on and off while the sync runs. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 400, pageSize: 30 });
  await scene.sync();
});

afterEach(() => scene.close());

test("a field that is switched on is filled for every record, also those that change meanwhile (P38)", async () => {
  const { emulator } = scene;
  await switchFields({ on: ["gendercode", "createdby"], off: [] });
  const ids = emulator.store.ids("contact");
  for (const id of ids.slice(0, 60))
    emulator.store.update("contact", id, { gendercode: 2, firstname: "Both" });
  expect((await scene.sync()).complete).toBe(true);

  const { rows } = await scene.sql.query<{
    crm_id: string;
    gendercode: string | null;
    createdby_crm_id: string;
  }>(
    "select crm_id, gendercode, createdby_crm_id from marketing.people where crm_type = 'contact' order by crm_id",
  );
  const labels = new Map<unknown, string>([
    [1, "Male"],
    [2, "Female"],
  ]);
  const expected = ids.toSorted().map((id) => {
    const record = emulator.store.get("contact", id) ?? {};
    return {
      crm_id: id,
      gendercode: labels.get(record["gendercode"]) ?? null,
      createdby_crm_id: (record["createdby"] as { id: string }).id,
    };
  });
  expect(rows).toEqual(expected);
  const { dynamics, marketing } = await people(scene, "contact");
  expect(marketing).toEqual(dynamics);
});

test("while a field is filled, changes come first and are not read as a whole", async () => {
  await switchFields({ on: ["gendercode"], off: [] });
  scene.requests.length = 0;
  await scene.sync();
  const contacts = scene.requests.filter((path) => path.includes("/contacts?"));
  expect(contacts[0]).toContain("$deltatoken");
  expect(contacts[0]).not.toContain("gendercode");
  expect(contacts.findIndex((path) => path.includes("gendercode"))).toBeGreaterThan(0);
});

test("a field that is switched off keeps its values and is no longer written", async () => {
  const { emulator } = scene;
  const [id = ""] = emulator.store.ids("contact");
  const title = async (): Promise<unknown> => {
    const { rows } = await scene.sql.query("select job_title from marketing.people where crm_id = $1", [id]);
    return rows[0];
  };
  emulator.store.update("contact", id, { jobtitle: "Before" });
  await scene.sync();
  await switchFields({ on: [], off: ["jobtitle"] });
  emulator.store.update("contact", id, { jobtitle: "After", firstname: "Moved" });
  await scene.sync();
  expect(await title()).toEqual({ job_title: "Before" });
});

test.each([
  "alter table marketing.people drop column first_name cascade, drop column owner_crm_type cascade",
  "drop table marketing.people",
])("what somebody took away is made and filled again: %s", async (statement) => {
  await scene.sql.query(statement);
  await scene.restart();
  expect((await scene.sync()).complete).toBe(true);
  for (const kind of ["contact", "lead"] as const) {
    const { dynamics, marketing } = await people(scene, kind);
    expect(marketing).toEqual(dynamics);
  }
});

test("a field that does not exist is refused by name, and nothing is switched", async () => {
  await expect(switchFields({ on: ["gendercode", "nonsense"], off: [] })).rejects.toThrow(/nonsense/);
  const app = application();
  const fields = await app.fields({ entity: "contact", on: [], off: [] }, new AbortController().signal);
  expect(fields.find(({ attribute }) => attribute === "gendercode")).toMatchObject({ enabled: false });
});

async function switchFields(switches: { readonly on: string[]; readonly off: string[] }): Promise<void> {
  await application().fields({ entity: "contact", ...switches }, new AbortController().signal);
}

function application(): App {
  return new App("test", () =>
    readSettings({ TANDEM_DATABASE_URL: scene.databaseUrl, TANDEM_LOG: "silent" }),
  );
}
