import { afterEach, beforeEach, expect, test } from "vitest";
import { App } from "../../src/app/tandem.ts";
import { readSettings } from "../../src/config/settings.ts";
import type { EntityListing, EntitySwitches, ListedEntity } from "../../src/core/entity-desk.ts";
import { pathText } from "../../src/core/entity-paths.ts";
import { FOLLOWED_TOPICS, FOLLOWED_TOPICS_TABLE, defineEvents, definitionOf } from "./events-organization.ts";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

/** Custom entities: found at any depth, switched at any time, followed like the others, and leading to people. */

const NOTHING: EntitySwitches = { on: [], off: [] };
const MINUTE = 60;

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 200 });
  defineEvents(scene.emulator);
});

afterEach(() => scene.close());

function app(): App {
  const environment = { TANDEM_DATABASE_URL: scene.databaseUrl, TANDEM_LOG: "silent" };
  return new App("test", () => readSettings(environment));
}

/** As `tandem entities` does, from a process of its own that cannot reach Dynamics. */
function entities(
  switches: Partial<EntitySwitches> & { all?: boolean; refresh?: boolean } = {},
): Promise<EntityListing> {
  const { all = false, refresh = false, ...wanted } = switches;
  return app().entities(async (desk) => {
    await desk.switchEntities({ ...NOTHING, ...wanted });
    if (refresh) await desk.readMapAgain();
    return desk.entities(all);
  }, new AbortController().signal);
}

function one({ entities: listed }: EntityListing, name: string): ListedEntity {
  const found = listed.find(({ entity }) => entity === name);
  if (found === undefined) throw new Error(`${name} is not listed`);
  return found;
}

const pathsOf = (listing: EntityListing, name: string): readonly string[] =>
  one(listing, name).paths.map((path) => pathText(name, path));

async function rows<T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
  return (await scene.sql.query<T>(sql, [...values])).rows;
}

/** A registration of a contact for a session in a room, and one of a lead for the same. */
function hold(): { contact: string; lead: string; room: string; session: string; registrations: string[] } {
  const { store } = scene.emulator;
  const [contact = ""] = store.ids("contact");
  const lead = store.create("lead", { lastname: "Newcomer", subject: "Fair" });
  const room = store.create("new_room", { new_name: "Blue room" });
  const roomid = { entity: "new_room", id: room };
  const session = store.create("new_session", { new_name: "Opening", new_roomid: roomid });
  const sessionid = { entity: "new_session", id: session };
  const registrations = [
    store.create("new_registration", {
      new_sessionid: sessionid,
      new_contactid: { entity: "contact", id: contact },
    }),
    store.create("new_registration", { new_sessionid: sessionid, new_leadid: { entity: "lead", id: lead } }),
  ];
  return { contact, lead, room, session, registrations };
}

const EVENTS = ["new_registration", "new_session", "new_room"];

test("what is around people is found at any depth, with every path, in a handful of requests", async () => {
  const { access, organization } = scene.emulator;
  access.set(organization.standard.applicationUser, "new_topic", "Read", "none");
  access.set(organization.standard.applicationUser, "new_order", "Read", "user");
  scene.emulator.schema.setChangeTracking("new_dish", false);
  await scene.sync();
  const listing = await entities();
  expect(pathsOf(listing, "new_room")).toEqual([
    "contact ← new_registration [new_contactid] → new_session [new_sessionid] → new_room [new_roomid]",
    "lead ← new_registration [new_leadid] → new_session [new_sessionid] → new_room [new_roomid]",
  ]);
  expect(pathsOf(listing, "new_dish")).toEqual([
    "account ← new_booking [new_accountid] ← new_order [new_bookingid] ← new_dish [new_orderid]",
  ]);
  expect(listing.entities.filter(({ entity }) => entity === "new_room")).toHaveLength(1);
  expect(one(listing, "new_room")).toMatchObject({
    state: "off",
    readable: "all",
    tracked: true,
    table: null,
  });
  expect(one(listing, "new_topic")).toMatchObject({ readable: "none" });
  expect(one(listing, "new_order")).toMatchObject({ readable: "part" });
  expect(one(listing, "new_dish")).toMatchObject({ tracked: false });
  expect(one(listing, FOLLOWED_TOPICS_TABLE)).toMatchObject({
    kind: "relation",
    relationships: [FOLLOWED_TOPICS],
    tracked: true,
  });
  const whole = scene.requests.filter(
    (path) =>
      /\/(EntityDefinitions\?|RelationshipDefinitions\/)/.test(path) && !path.includes("$filter=Intersect"),
  );
  expect(whole).toHaveLength(3);
});

test("noise is left out by a rule that is told, and what is related to nobody; --all shows them", async () => {
  await scene.sync();
  const some = (await entities()).entities.map(({ entity }) => entity);
  for (const name of ["new_stages", "new_secret", "new_island"]) expect(some).not.toContain(name);
  const all = await entities({ all: true });
  expect(one(all, "new_stages").noise).toContain("business process flow");
  expect(one(all, "new_secret").noise).toContain("private");
  expect(one(all, "new_island")).toMatchObject({ noise: null, paths: [] });
});

test("entities three levels from a person are copied and followed, and lead to people by every path", async () => {
  await scene.sync();
  const held = hold();
  await entities({ on: EVENTS });
  await scene.sync();
  expect(one(await entities(), "new_room")).toMatchObject({
    state: "on",
    table: "custom_new_room",
    rows: 1,
  });
  const people = await rows<{ crm_type: string; crm_id: string; steps: number }>(
    `select p.crm_type, p.crm_id, v.steps from marketing.custom_new_room_people v
       join marketing.people p on p.id = v.person_id join marketing.custom_new_room r on r.id = v.row_id
      where r.crm_id = $1 order by p.crm_type`,
    [held.room],
  );
  expect(people).toEqual([
    { crm_type: "contact", crm_id: held.contact, steps: 3 },
    { crm_type: "lead", crm_id: held.lead, steps: 3 },
  ]);

  const { store } = scene.emulator;
  const [first = ""] = held.registrations;
  store.update("new_room", held.room, { new_name: "Red room", statecode: 1, statuscode: 2 });
  store.remove("new_registration", first);
  await scene.sync();
  expect(await rows("select new_name as name, statecode from marketing.custom_new_room")).toEqual([
    { name: "Red room", statecode: "Inactive" },
  ]);
  expect(
    await rows("select crm_deleted from marketing.custom_new_registration order by crm_id = $1", [first]),
  ).toEqual([{ crm_deleted: false }, { crm_deleted: true }]);
  expect(
    await rows(
      "select p.crm_id from marketing.custom_new_room_people v join marketing.people p on p.id = v.person_id",
    ),
  ).toEqual([{ crm_id: held.lead }]);
});

test("a lead that was qualified is still who registered", async () => {
  const held = hold();
  await scene.sync();
  await entities({ on: EVENTS });
  await scene.sync();
  const { store } = scene.emulator;
  const contact = store.create("contact", {
    lastname: "Newcomer",
    originatingleadid: { entity: "lead", id: held.lead },
  });
  store.update("lead", held.lead, { statecode: 1, statuscode: 3 });
  await scene.sync();
  const people = await rows(
    `select p.crm_id from marketing.custom_new_room_people v join marketing.people p on p.id = v.person_id
      where v.path like 'lead %'`,
  );
  expect(people).toEqual([{ crm_id: contact }]);
});

test("what belongs to a company leads to its people, and not to those of others who share it", async () => {
  const { store } = scene.emulator;
  const account = store.create("account", { name: "Harbour Hotels" });
  const company = { entity: "account", id: account };
  const guest = store.create("contact", { lastname: "Guest", parentcustomerid: company });
  const booking = store.create("new_booking", { new_accountid: company });
  const order = store.create("new_order", { new_bookingid: { entity: "new_booking", id: booking } });
  store.create("new_dish", { new_orderid: { entity: "new_order", id: order } });
  await scene.sync();
  await entities({ on: ["new_booking", "new_order", "new_dish"] });
  await scene.sync();
  const people = await rows(
    `select p.crm_id, v.path from marketing.custom_new_dish_people v join marketing.people p on p.id = v.person_id`,
  );
  expect(people).toEqual([
    {
      crm_id: guest,
      path: "contact → account [parentcustomerid] ← new_booking [new_accountid] ← new_order [new_bookingid] ← new_dish [new_orderid]",
    },
  ]);
});

test("the pairs of an N:N relationship are a table of two references, additions and removals followed", async () => {
  const { store } = scene.emulator;
  const [contact = "", other = ""] = store.ids("contact");
  const topic = store.create("new_topic", { new_name: "Sailing" });
  const pair = (id: string): void =>
    void store.insertMany(FOLLOWED_TOPICS_TABLE, [{ contactid: id, new_topicid: topic }]);
  pair(contact);
  await scene.sync();
  await entities({ on: ["new_topic", FOLLOWED_TOPICS] });
  await scene.sync();
  const table = `marketing.custom_${FOLLOWED_TOPICS_TABLE}`;
  const pairs = (): Promise<object[]> =>
    rows(`select contact_crm_id, new_topic_crm_id, crm_deleted from ${table} order by id`);
  expect(await pairs()).toEqual([{ contact_crm_id: contact, new_topic_crm_id: topic, crm_deleted: false }]);

  pair(other);
  const [first = ""] = store
    .ids(FOLLOWED_TOPICS_TABLE)
    .filter((id) => store.get(FOLLOWED_TOPICS_TABLE, id)?.["contactid"] === contact);
  store.remove(FOLLOWED_TOPICS_TABLE, first);
  await scene.sync();
  expect(await pairs()).toEqual([
    { contact_crm_id: contact, new_topic_crm_id: topic, crm_deleted: true },
    { contact_crm_id: other, new_topic_crm_id: topic, crm_deleted: false },
  ]);
  expect(
    await rows(
      "select p.crm_id from marketing.custom_new_topic_people v join marketing.people p on p.id = v.person_id",
    ),
  ).toEqual([{ crm_id: other }]);
  // The pairs themselves, with two columns of their own and no more.
  const columns = await rows<{ name: string }>(
    "select column_name as name from information_schema.columns where table_schema = 'marketing' and table_name = $1",
    [`custom_${FOLLOWED_TOPICS_TABLE}`],
  );
  expect(columns.map(({ name }) => name).filter((name) => name.endsWith("_crm_id"))).toHaveLength(2);
  expect(columns).toHaveLength(7);
});

test("many pairs that go at once wait for a person, like any other deletes", async () => {
  const { store } = scene.emulator;
  const topic = store.create("new_topic", { new_name: "Sailing" });
  const contacts = store.ids("contact").slice(0, 40);
  store.insertMany(
    FOLLOWED_TOPICS_TABLE,
    contacts.map((contactid) => ({ contactid, new_topicid: topic })),
  );
  await scene.sync();
  await entities({ on: [FOLLOWED_TOPICS] });
  await scene.sync();
  for (const id of store.ids(FOLLOWED_TOPICS_TABLE)) store.remove(FOLLOWED_TOPICS_TABLE, id);
  const deleted = `select count(*)::int as pairs from marketing.custom_${FOLLOWED_TOPICS_TABLE} where crm_deleted`;
  expect((await scene.sync()).complete).toBe(false);
  expect(await rows(deleted)).toEqual([{ pairs: 0 }]);
  expect((await scene.sync({ approveDeletes: true })).complete).toBe(true);
  expect(await rows(deleted)).toEqual([{ pairs: 40 }]);
});

test("pairs that Dynamics does not track are compared every quarter of an hour", async () => {
  const { store, schema } = scene.emulator;
  schema.setChangeTracking("new_topic", false);
  const [contact = ""] = store.ids("contact");
  const topic = store.create("new_topic", { new_name: "Sailing" });
  store.insertMany(FOLLOWED_TOPICS_TABLE, [{ contactid: contact, new_topicid: topic }]);
  await scene.sync();
  await entities({ on: [FOLLOWED_TOPICS_TABLE] });
  await scene.sync();
  expect(one(await entities(), FOLLOWED_TOPICS_TABLE)).toMatchObject({ tracked: false, rows: 1 });
  store.remove(FOLLOWED_TOPICS_TABLE, store.ids(FOLLOWED_TOPICS_TABLE)[0] ?? "");
  store.insertMany(FOLLOWED_TOPICS_TABLE, [{ contactid: store.ids("contact")[1] ?? "", new_topicid: topic }]);
  scene.later(15 * MINUTE);
  await scene.sync();
  const table = `marketing.custom_${FOLLOWED_TOPICS_TABLE}`;
  expect(await rows(`select crm_deleted from ${table} order by id`)).toEqual([
    { crm_deleted: true },
    { crm_deleted: false },
  ]);
});

test("off keeps the table; what was deleted meanwhile is noticed when it is on again", async () => {
  const held = hold();
  await scene.sync();
  await entities({ on: EVENTS });
  await scene.sync();
  await entities({ off: ["new_session"] });
  expect(one(await entities(), "new_session")).toMatchObject({ state: "stopping", rows: 1 });
  await scene.sync();
  expect(one(await entities(), "new_session")).toMatchObject({ state: "off", rows: 1 });
  expect((await scene.status()).connections[0]?.entities.map(({ entity }) => entity)).not.toContain(
    "new_session",
  );
  // No path leads through a table that is off.
  expect(await rows("select from marketing.custom_new_room_people")).toEqual([]);

  scene.emulator.store.remove("new_session", held.session);
  const later = scene.emulator.store.create("new_session", { new_name: "Closing" });
  await scene.restart();
  await scene.sync();
  expect(await rows("select from marketing.custom_new_session")).toHaveLength(1);
  await entities({ on: ["new_session"] });
  await scene.sync();
  expect(await rows("select crm_id, crm_deleted from marketing.custom_new_session order by id")).toEqual([
    { crm_id: held.session, crm_deleted: true },
    { crm_id: later, crm_deleted: false },
  ]);
});

test("an entity that Dynamics no longer has is set aside, and compared when it is back", async () => {
  const held = hold();
  await scene.sync();
  await entities({ on: EVENTS });
  await scene.sync();
  const { schema, store } = scene.emulator;
  schema.removeEntity("new_room");
  store.update("new_session", held.session, { new_name: "Moved" });
  expect((await scene.sync()).complete).toBe(false);
  expect(one(await entities(), "new_room")).toMatchObject({ state: "set-aside", rows: 1 });
  expect(await rows("select new_name from marketing.custom_new_session")).toEqual([{ new_name: "Moved" }]);

  schema.define(definitionOf("new_room"));
  const room = store.create("new_room", { new_name: "Green room" });
  expect((await scene.sync()).complete).toBe(true);
  expect(one(await entities(), "new_room")).toMatchObject({ state: "on", trouble: null });
  expect(await rows("select crm_id, crm_deleted from marketing.custom_new_room order by id")).toEqual([
    { crm_id: held.room, crm_deleted: true },
    { crm_id: room, crm_deleted: false },
  ]);
});

test("nothing keeps people from dropping a column that leads to people", async () => {
  hold();
  await scene.sync();
  await entities({ on: EVENTS });
  await scene.sync();
  await scene.sql.query("alter table marketing.custom_new_registration drop column new_contact_crm_id");
  await scene.restart();
  await scene.sync();
  expect(await rows("select from marketing.custom_new_room_people")).toHaveLength(2);
});

test("a name that Dynamics does not have, and who people are, are refused", async () => {
  await scene.sync();
  await expect(entities({ on: ["new_typo"] })).rejects.toMatchObject({ code: "configuration_invalid" });
  await expect(entities({ off: ["contact"] })).rejects.toThrow("Pause");
  scene.emulator.schema.define({
    ...definitionOf("new_island"),
    logicalName: "new_typo",
    entitySetName: "new_typos",
  });
  await entities({ refresh: true });
  await scene.sync();
  await entities({ on: ["new_typo"] });
  expect(one(await entities(), "new_typo").state).toBe("starting");
});
