import { afterAll, beforeAll, expect, test } from "vitest";
import { seedSurroundings } from "../../emulators/dataverse/demo/surroundings/seed.ts";
import { DEMO_ENTITIES } from "../../src/app/demo.ts";
import { App } from "../../src/app/tandem.ts";
import { readSettings } from "../../src/config/settings.ts";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

/** What the demo organization shows is there in SQL: custom entities in depth, owners of every kind, scores. */

let scene: Scene;
let schemaVersion: number;

beforeAll(async () => {
  scene = await openScene({ records: 600, environment: { TANDEM_ENTITIES: DEMO_ENTITIES.join(",") } });
  const { access, organization } = scene.emulator;
  seedSurroundings(scene.emulator, 7);
  access.set(organization.standard.applicationUser, "attribute", "Create", "none");
  schemaVersion = organization.schemaVersion;
  expect((await scene.sync()).complete).toBe(true);
});

afterAll(() => scene.close());

async function count(sql: string): Promise<number> {
  const { rows } = await scene.sql.query<{ count: number }>(`select count(*)::int as count from ${sql}`);
  return rows[0]?.count ?? 0;
}

test("custom entities three levels deep lead from a person to a venue", async () => {
  const { store } = scene.emulator;
  const registrations = store.count("new_eventregistration");
  expect(registrations).toBeGreaterThan(20);
  const joined = await count(
    `marketing.custom_new_eventregistration r
       join marketing.people p on p.crm_id in (r.new_contact_crm_id, r.new_lead_crm_id)
       join marketing.custom_new_event e on e.crm_id = r.new_event_crm_id
       join marketing.custom_new_venue v on v.crm_id = e.new_venue_crm_id`,
  );
  const ofQualified = store.ids("new_eventregistration").filter((id) => {
    const lead = store.get("new_eventregistration", id)?.["new_leadid"] as { id: string } | undefined;
    return lead !== undefined && store.get("lead", lead.id)?.["statecode"] === 1;
  });
  expect(joined).toBe(registrations - ofQualified.length);
});

test("owners are users, disabled ones among them, and teams", async () => {
  expect(await count("marketing.people where owner_crm_type = 'team'")).toBeGreaterThan(20);
  expect(await count("marketing.users where disabled")).toBeGreaterThan(2);
  expect(
    await count("marketing.people p join marketing.users u on u.crm_id = p.owner_crm_id where u.disabled"),
  ).toBeGreaterThan(5);
});

test("stakeholders are one join from an opportunity, and teams have members", async () => {
  expect(await count("marketing.opportunity_roles where source = 'connection' and role is not null")).toBe(
    scene.emulator.store.count("connection") / 2,
  );
  expect(await count("marketing.opportunity_roles where source = 'connection' and person_id is null")).toBe(
    0,
  );
  expect(await count("marketing.team_members where user_name is not null")).toBe(
    scene.emulator.store.count("teammembership"),
  );
  expect(await count("marketing.people_view where crm_id is not null and owner_name is null")).toBe(0);
});

test("campaigns have their lists, and one of them is closed", async () => {
  const { store } = scene.emulator;
  expect(await count("marketing.campaigns where budget > 0")).toBe(store.count("campaign"));
  expect(await count("marketing.campaigns where status = 'Inactive'")).toBe(1);
  await scene.sync();
  expect(
    await count(
      `marketing.campaign_lists a join marketing.campaigns c on c.crm_id = a.campaign_crm_id
         join marketing.marketing_lists l on l.crm_id = a.list_crm_id and not l.dynamic`,
    ),
  ).toBe(store.count("campaignitem"));
});

test("scores that marketing gives reach Dynamics", async () => {
  const { rows } = await scene.sql.query<{ crm_id: string }>(
    `update marketing.people set score = 99 where id = (select min(id) from marketing.people where crm_type = 'lead')
     returning crm_id`,
  );
  await scene.sync();
  expect(scene.emulator.store.get("lead", rows[0]?.crm_id ?? "")).toMatchObject({ mkt_leadscore: 99 });
});

test("a field of a custom entity is switched off, and is filled when it is on again", async () => {
  const app = new App("test", () => readSettings({ TANDEM_DATABASE_URL: scene.databaseUrl }));
  const switchSeats = (switches: { readonly on: string[]; readonly off: string[] }) =>
    app.fields({ entity: "new_venue", ...switches }, new AbortController().signal);
  const { store } = scene.emulator;
  const [id = ""] = store.ids("new_venue");
  const seats = async (): Promise<unknown> =>
    (await scene.sql.query("select new_seats from marketing.custom_new_venue where crm_id = $1", [id]))
      .rows[0];
  store.update("new_venue", id, { new_seats: 100 });
  await scene.sync();
  await switchSeats({ on: [], off: ["new_seats"] });
  store.update("new_venue", id, { new_seats: 200 });
  await scene.sync();
  expect(await seats()).toEqual({ new_seats: 100 });
  await switchSeats({ on: ["new_seats"], off: [] });
  await scene.sync();
  expect(await seats()).toEqual({ new_seats: 200 });
});

test("the schema of Dynamics is left alone, whatever travels", async () => {
  await scene.sql.query("update marketing.people set job_title = 'Buyer' where crm_type = 'contact'");
  expect((await scene.sync()).complete).toBe(true);
  const { emulator } = scene;
  const titles = emulator.store.ids("contact").map((id) => emulator.store.get("contact", id)?.["jobtitle"]);
  expect(titles.filter((title) => title === "Buyer").length).toBeGreaterThan(50);
  expect(emulator.organization.schemaVersion).toBe(schemaVersion);
});
