import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWebhookDesk } from "../../src/app/webhooks.ts";
import { openWebhookPost } from "../../src/connectors/webhook/post.ts";
import type { EventCursor, TandemEvent } from "../../src/core/event.ts";
import { FEED_BEGIN, readCursor } from "../../src/core/event.ts";
import { DELIVERY_TIMES } from "../../src/core/webhook.ts";
import { Courier } from "../../src/jobs/courier.ts";
import { openCourierStore } from "../../src/store/courier.ts";
import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/database.ts";
import { openEventFeed } from "../../src/store/event-feed.ts";
import { openSafe } from "../../src/store/sealed.ts";
import { isSigned, openReceiver } from "../events/receiver.ts";
import type { CampaignScene, Member } from "./campaign-scene.ts";
import { openCampaigns } from "./campaign-scene.ts";
import type { Scene } from "./scene.ts";
import { mergeRecords, qualifyLead } from "./seller.ts";

/** What happens in an emulated organization and in marketing, as programs outside hear it, through the real connector. */

let spring: CampaignScene;
let scene: Scene;
let database: Database;
/** Where the test has read to. */
let cursor: EventCursor;

beforeEach(async () => {
  spring = await openCampaigns();
  ({ scene } = spring);
  database = openDatabase(scene.databaseUrl, { name: "marketing" }, () => undefined);
  cursor = await openEventFeed(database).end();
});

afterEach(async () => {
  await database.close();
  await scene.close();
});

/** Everything that was told since the last time. */
async function news(): Promise<readonly TandemEvent[]> {
  const events: TandemEvent[] = [];
  for (;;) {
    const page = await openEventFeed(database).read({ after: cursor, most: 3, types: null, tables: null });
    events.push(...page.events.map(({ event }) => event));
    cursor = page.cursor;
    if (!page.more) return events;
  }
}

async function syncedNews(): Promise<readonly TandemEvent[]> {
  await scene.sync();
  return news();
}

/** `person.changed people 17 dynamics: first_name` */
function line({ type, subject, origin, changes }: TandemEvent): string {
  const columns = Object.keys(changes)
    .filter((column) => column !== "crm_modified_at")
    .join(" ");
  return `${type} ${subject.table} ${subject.row} ${origin}${columns === "" ? "" : `: ${columns}`}`;
}

/** The first persons of a kind: as many as are asked for. */
async function two(kind: "lead" | "contact"): Promise<readonly [Member, Member]> {
  const [one, other] = await spring.persons(kind, 2);
  if (one === undefined || other === undefined) throw new Error(`there are no two ${kind}s`);
  return [one, other];
}

async function rowOf(table: string, crmId: string): Promise<string> {
  const { rows } = await scene.sql.query<{ id: string }>(
    `select id from marketing.${table} where crm_id = $1`,
    [crmId],
  );
  return rows[0]?.id ?? "none";
}

test("a first copy tells no event per record", async () => {
  const { events } = await openEventFeed(database).read({
    after: FEED_BEGIN,
    most: 100,
    types: null,
    tables: null,
  });
  const people = await scene.sql.query("select from marketing.people");
  expect(people.rowCount).toBeGreaterThan(100);
  expect(events.filter(({ event }) => /created|added/.test(event.type))).toEqual([]);
});

describe("in Dynamics", () => {
  test("people are created, changed, assigned and deleted", async () => {
    const { store } = scene.emulator;
    const [ann] = await two("contact");
    const created = store.create("contact", { firstname: "Zoe", lastname: "Quill" });
    store.update("contact", ann.crm_id, { jobtitle: "Head of Pumps" });
    const events = await syncedNews();
    const zoe = await rowOf("people", created);
    expect(events.map(line).toSorted()).toEqual(
      [
        `person.changed people ${ann.id} dynamics: job_title`,
        `person.created people ${zoe} dynamics`,
      ].toSorted(),
    );
    expect(events.every(({ people, subject }) => people.length === 1 && people[0] === subject.row)).toBe(
      true,
    );

    const owner = store.ids("team").find((id) => store.get("team", id)?.["isdefault"] !== true) ?? "";
    store.update("contact", created, { ownerid: { entity: "team", id: owner } });
    const assigned = await syncedNews();
    expect(assigned.map(({ type }) => type)).toEqual(["person.changed", "owner.changed"]);
    expect(assigned[1]?.changes).toMatchObject({
      owner_crm_id: { to: owner },
      owner_crm_type: { to: "team" },
    });

    store.remove("contact", created);
    expect((await syncedNews()).map(line)).toEqual([`person.deleted people ${zoe} dynamics`]);
  });

  test("a lead is qualified, and people are merged", async () => {
    const [lead] = await two("lead");
    const [winner, loser] = await two("contact");
    await qualifyLead(scene, lead.crm_id, { account: false });
    const { parentcontactid } = scene.emulator.store.get("lead", lead.crm_id) ?? {};
    const qualified = await syncedNews();
    expect(
      qualified
        .filter(({ type }) => type.startsWith("person."))
        .map(({ type, subject }) => [type, subject.row]),
    ).toContainEqual(["person.qualified", lead.id]);
    expect(await rowOf("people", (parentcontactid as { id: string }).id)).toBe(lead.id);
    expect(qualified.map(({ type }) => type)).toContain("opportunity.added");

    await mergeRecords(scene, "contact", { winner: winner.crm_id, loser: loser.crm_id });
    const merged = await syncedNews();
    expect(merged.map(({ type, subject }) => [type, subject.row])).toContainEqual([
      "person.merged",
      winner.id,
    ]);
  });

  test("opportunities are added, updated and removed, with who has a part in them; companies change", async () => {
    const { store } = scene.emulator;
    const [ann, bob] = await two("contact");
    const account = store.ids("account")[0] ?? "";
    const deal = store.create("opportunity", {
      name: "Pumps",
      customerid: { entity: "contact", id: ann.crm_id },
    });
    store.create("connection", {
      record1id: { entity: "opportunity", id: deal },
      record2id: { entity: "contact", id: bob.crm_id },
    });
    store.update("account", account, { websiteurl: "https://pumps.example" });
    const added = (await syncedNews()).filter(({ subject }) =>
      ["opportunities", "companies"].includes(subject.table),
    );
    const row = await rowOf("opportunities", deal);
    const both = [ann.id, bob.id].toSorted((a, b) => Number(a) - Number(b));
    expect(added.map(line).toSorted()).toEqual(
      [
        `company.changed companies ${await rowOf("companies", account)} dynamics: website`,
        `opportunity.added opportunities ${row} dynamics`,
      ].toSorted(),
    );
    expect(added.find(({ type }) => type === "opportunity.added")?.people).toEqual(both);

    store.update("opportunity", deal, { name: "Pumps and pipes" });
    expect((await syncedNews()).map(line)).toEqual([
      `opportunity.updated opportunities ${row} dynamics: name`,
    ]);
    store.remove("opportunity", deal);
    const removed = (await syncedNews()).filter(({ type }) => type === "opportunity.removed");
    expect(removed.map(line)).toEqual([`opportunity.removed opportunities ${row} dynamics`]);
    expect(removed[0]?.people).toContain(ann.id);
  });
});

test("what happens to any other record is told too", async () => {
  const { store } = scene.emulator;
  const campaign = await rowOf("campaigns", spring.campaign);
  store.update("campaign", spring.campaign, { name: "Spring again" });
  const list = store.create("list", { listname: "News", createdfromcode: 2, type: false });
  const events = await syncedNews();
  expect(new Set(events.map(({ type, subject }) => `${type} ${subject.entity}`))).toEqual(
    new Set(["record.changed campaign", "record.created list"]),
  );
  expect(events.find(({ type }) => type === "record.changed")).toMatchObject({
    subject: { row: campaign, crmId: spring.campaign },
    changes: { name: { from: "Spring", to: "Spring again" } },
    people: [],
  });
  store.remove("list", list);
  expect((await syncedNews()).map(({ type, subject }) => [type, subject.crmId])).toEqual([
    ["record.deleted", list],
  ]);
});

describe("from marketing", () => {
  test("people are synced: an edit, and somebody who is made", async () => {
    const [ann] = await two("contact");
    await scene.sql.query("update marketing.people set job_title = 'Buyer' where id = $1", [ann.id]);
    const { rows } = await scene.sql.query<{ id: string }>(
      "insert into marketing.people (first_name, last_name, email) values ('Ada', 'New', 'ada.new@example.com') returning id",
    );
    await scene.sql.query("select marketing.sync_person($1)", [rows[0]?.id]);
    const all = await syncedNews();
    const events = all.filter(({ type }) => type === "person.synced");
    expect(new Set(events.map(({ subject, origin }) => `${subject.row} ${origin}`))).toEqual(
      new Set([`${ann.id} marketing`, `${rows[0]?.id} marketing`]),
    );
    expect(all.filter(({ type, subject }) => type === "person.changed" && subject.row === ann.id)).toEqual(
      [],
    );
    expect(events.find(({ subject }) => subject.row === ann.id)?.changes).toMatchObject({
      job_title: { to: "Buyer" },
    });
  });

  test("a conflict is told with the value that lost, and a refusal with its code", async () => {
    const [ann, bob] = await two("contact");
    scene.emulator.store.update("contact", ann.crm_id, { jobtitle: "From Dynamics" });
    await scene.sql.query("update marketing.people set job_title = 'From marketing' where id = $1", [ann.id]);
    await scene.sql.query("update marketing.people set first_name = repeat('x', 400) where id = $1", [
      bob.id,
    ]);
    const events = await syncedNews();
    expect(events.find(({ type }) => type === "conflict")).toMatchObject({
      subject: { row: ann.id },
      changes: { job_title: { lost: "From marketing" } },
    });
    expect(events.find(({ type }) => type === "refused")).toMatchObject({
      subject: { row: bob.id },
      code: "value_invalid",
    });
  });

  test("campaigns are filled and emptied; owners are assigned and tasks created", async () => {
    const [ann] = await two("contact");
    const owner = scene.emulator.store
      .ids("team")
      .find((id) => scene.emulator.store.get("team", id)?.["isdefault"] !== true);
    await spring.add({ id: ann.id });
    await scene.sql.query("select marketing.change_owner($1, $2)", [ann.id, owner]);
    await scene.sql.query("select marketing.create_task($1, 'Call back')", [ann.id]);
    const events = await syncedNews();
    expect(events.every(({ subject }) => subject.row === ann.id)).toBe(true);
    const types = events.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(["campaign.added", "owner.assigned", "task.created"]));
    await spring.remove({ id: ann.id });
    expect((await syncedNews()).map(({ type }) => type)).toContain("campaign.removed");
  });
});

test("a webhook that begins where a program had read to hears the rest, signed, over restarts of everything", async () => {
  const receiver = await openReceiver();
  const desk = openWebhookDesk({
    database,
    settings: { TANDEM_SECRET_KEY: undefined, TANDEM_WEBHOOK_HOSTS: undefined },
    version: "test",
  });
  const people = await spring.persons("contact", 4);
  const retitle = async (title: string): Promise<void> => {
    for (const { crm_id } of people) scene.emulator.store.update("contact", crm_id, { jobtitle: title });
    await scene.sync();
  };
  const deliver = async (): Promise<void> => {
    const post = openWebhookPost({ agent: "Tandem/test", now: Date.now });
    const safe = openSafe(undefined);
    const courier = new Courier({
      store: openCourierStore(database),
      feed: openEventFeed(database),
      times: DELIVERY_TIMES,
      send: (held, delivery, signal) =>
        post.send(delivery, { url: held.url, secret: safe.open(held.secret, "") }, signal),
      sleep: async () => undefined,
      random: () => 0.5,
      log: () => undefined,
    });
    await courier.once(new AbortController().signal);
    await post.close();
  };
  await retitle("One");
  const { rows } = await scene.sql.query<{ cursor: string }>(
    "select cursor from marketing.events_after($1, 2, '{person.changed}')",
    [`${cursor.activity}-${cursor.place}`],
  );
  const after = readCursor(rows.at(-1)?.cursor ?? "");
  const { secret } = await desk.add({
    url: receiver.url,
    name: "crm",
    types: ["person.changed"],
    tables: null,
    after,
  });
  await deliver();
  await scene.restart();
  await retitle("Two");
  await deliver();
  const heard = receiver.received.map(({ id }) => id);
  const told = (await news()).filter(({ type }) => type === "person.changed").map(({ id }) => id);
  expect(told).toHaveLength(8);
  expect(heard).toEqual(told.slice(2));
  expect(receiver.received.every((one) => isSigned(one, secret))).toBe(true);
});
