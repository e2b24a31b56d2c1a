import { afterEach, beforeEach, expect, test } from "vitest";
import type { NoticeRounds } from "../../src/app/notices.ts";
import { openNoticeDesk, openNoticeRounds } from "../../src/app/notices.ts";
import { App } from "../../src/app/tandem.ts";
import { readSettings } from "../../src/config/settings.ts";
import type { Notice, NoticeKind } from "../../src/core/notice.ts";
import { openMail } from "../../src/notices/mail.ts";
import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/database.ts";
import type { Mailbox } from "../support/mailbox.ts";
import { openMailbox } from "../support/mailbox.ts";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

/** People are told what they should know, each matter once, however many records it concerns. */

let scene: Scene;
let mailbox: Mailbox;
let database: Database;
let rounds: NoticeRounds;
/** The clock of the notices; the rest has its own. */
let now: number;

const never = new AbortController().signal;
const MINUTE = 60_000;
const DAY = 86_400_000;

beforeEach(async () => {
  scene = await openScene({ records: 300 });
  mailbox = await openMailbox();
  database = openDatabase(scene.databaseUrl, { name: "marketing" }, () => undefined);
  now = Date.now();
  rounds = openNoticeRounds({
    database,
    posts: [
      openMail({
        url: mailbox.url,
        from: "tandem@example.com",
        to: ["admin@example.com"],
        workspace: "marketing",
      }),
    ],
    digestHour: 7,
    reminderMs: 7 * DAY,
    now: () => now,
    chance: () => 0,
    log: () => undefined,
  });
});

afterEach(async () => {
  await rounds.close();
  await database.close();
  await mailbox.close();
  await scene.close();
});

/** A round, so many minutes after the last one; returns the subjects of the mails it sent. */
async function round(minutes = 1): Promise<readonly string[]> {
  now += minutes * MINUTE;
  const before = mailbox.mails.length;
  await rounds.round(never);
  return mailbox.mails
    .slice(before)
    .map(({ headers }) => (headers["subject"] ?? "").replace("[Tandem] ", ""));
}

/** Runs everything to its end, and forgets the mail about the first copy. */
async function copied(): Promise<void> {
  await rounds.around(() => scene.sync());
  await round();
  mailbox.mails.length = 0;
}

async function noticesOf(kind: NoticeKind): Promise<readonly Notice[]> {
  const { notices } = await openNoticeDesk(database).list();
  return notices.filter((notice) => notice.kind === kind);
}

function mayRead(entity: string, may: boolean): void {
  const application = scene.emulator.organization.standard.applicationUser;
  scene.emulator.access.set(application, entity, "Read", may ? "global" : "none");
}

test("the first copy is one mail, with counts", async () => {
  await rounds.around(() => scene.sync());
  const { rows } = await scene.sql.query<{ sum: string }>(
    "select sum(rows)::int as sum from marketing_sync.entities",
  );
  expect(await round()).toEqual([`The first copy is finished: ${rows[0]?.sum} records are in marketing.`]);
  const [mail] = mailbox.mails;
  expect(mail).toMatchObject({ from: "tandem@example.com", to: ["admin@example.com"] });
  expect(mail?.text).toMatch(/Contacts? \d+/);
  expect(await round()).toEqual([]);
  await scene.restart();
  await rounds.around(() => scene.sync());
  expect(await round()).toEqual([]);
});

test("a permission that is lost is one notice, and it is closed when the permission is back", async () => {
  await copied();
  mayRead("opportunity", false);
  await rounds.around(() => scene.sync());
  await rounds.around(() => scene.sync());
  expect(await round()).toEqual([expect.stringMatching(/^Tandem may not read Opportunit/)]);
  expect(mailbox.mails[0]?.text).toContain("For the Dynamics administrator");
  expect(mailbox.mails[0]?.text).toContain("Give its security role Read");
  expect(await round(60)).toEqual([]);
  mayRead("opportunity", true);
  await rounds.around(() => scene.sync());
  expect(await round()).toEqual([]);
  const [notice, ...more] = await noticesOf("permission-lost");
  expect(more).toEqual([]);
  expect(notice?.closedAt).toEqual(expect.any(String));
  mayRead("opportunity", false);
  await rounds.around(() => scene.sync());
  expect(await round()).toHaveLength(1);
});

test("what lasts is told again after a week", async () => {
  await copied();
  mayRead("opportunity", false);
  await rounds.around(() => scene.sync());
  expect(await round()).toHaveLength(1);
  expect(await round(7 * 24 * 60 - 1)).toEqual([]);
  expect(await round(1)).toEqual([expect.stringMatching(/^Still: Tandem may not read/)]);
});

/** The application user is disabled, or enabled again; a cycle runs into it. */
async function mayUse(may: boolean): Promise<void> {
  scene.emulator.applicationUser = may ? "present" : "disabled";
  const cycle = rounds.around(() => scene.sync());
  if (may) await cycle;
  else await expect(cycle).rejects.toThrow();
}

test("a blip is no mail", async () => {
  await copied();
  await mayUse(false);
  expect(await round(1)).toEqual([]);
  expect(await round(3)).toEqual([]);
  await mayUse(true);
  expect(await round(2)).toEqual([]);
  expect(await noticesOf("sync-stopped")).toEqual([]);
});

test("a stop that lasts is one mail that says why, and passes with it", async () => {
  await copied();
  await mayUse(false);
  for (const minutes of [1, 1, 1, 1]) expect(await round(minutes)).toEqual([]);
  expect(await round()).toEqual(["The sync with Dynamics has stopped: not_an_application_user."]);
  expect(mailbox.mails[0]?.text).toContain("as an application user and enable it");
  expect(await round()).toEqual([]);
  await mayUse(true);
  expect((await noticesOf("sync-stopped")).map(({ closedAt }) => closedAt === null)).toEqual([false]);
});

test("many failures are one digest a day, by cause, and none when there are none", async () => {
  await copied();
  await scene.sql.query("update marketing.people set first_name = repeat('x', 500) where crm_id is not null");
  const { rows } = await scene.sql.query<{ count: string }>(
    "select count(*) from marketing.people where not crm_deleted and crm_type is not null",
  );
  const count = Number(rows[0]?.count);
  expect(count).toBeGreaterThan(100);
  await scene.sync();
  expect(await round()).toEqual([]);
  const [subject, ...more] = await round(24 * 60);
  expect(more).toEqual([]);
  expect(subject).toMatch(/^\d+ records wait to be put right, \d+ of them new since the last digest\.$/);
  const { text = "", html = "" } = mailbox.mails[0] ?? {};
  const causes =
    text.match(/^\d+ × value_invalid: (contact|lead) to Dynamics, field first_name, \d+ new$/gm) ?? [];
  expect(causes).toHaveLength(2);
  expect(causes.reduce((sum, line) => sum + Number.parseInt(line, 10), 0)).toBe(
    Number.parseInt(subject ?? "", 10),
  );
  expect(text).toMatch(/^Rows of people: \d+, \d+, \d+, \d+, \d+ and \d+ more$/m);
  expect(text + html).not.toMatch(/xxxx|@contoso/);
  expect(await round(60)).toEqual([]);
  expect(await round(23 * 60)).toEqual([expect.stringContaining("none of them new")]);
  await scene.sql.query("update marketing.people set first_name = 'Short' where crm_id is not null");
  await scene.sync();
  expect(await round(24 * 60)).toEqual([]);
});

test("deletes that the guard holds are one notice, until they are approved", async () => {
  await copied();
  for (const id of scene.emulator.store.ids("contact").slice(0, 60))
    scene.emulator.store.remove("contact", id);
  await rounds.around(() => scene.sync());
  expect(await round()).toEqual([expect.stringMatching(/^The guard holds deletes from Dynamics: Contact/)]);
  await rounds.around(() => scene.sync({ approveDeletes: true }));
  expect(await round()).toEqual([]);
  expect((await noticesOf("deletes-held")).map(({ closedAt }) => closedAt === null)).toEqual([false]);
});

test("a backfill that is over is one mail, with its fields", async () => {
  await copied();
  const app = new App("test", () =>
    readSettings({ TANDEM_DATABASE_URL: scene.databaseUrl, TANDEM_LOG: "silent" }),
  );
  await app.fields({ entity: "contact", on: ["gendercode", "createdby"], off: [] }, never);
  await rounds.around(() => scene.sync());
  expect(await round()).toEqual([
    expect.stringMatching(/^The backfill of Contacts? is finished: createdby and gendercode\.$/),
  ]);
  expect(await round()).toEqual([]);
});

test("a column that disappears is a notice with its reason", async () => {
  await copied();
  scene.emulator.schema.removeAttribute("contact", "jobtitle");
  const [id = ""] = scene.emulator.store.ids("contact");
  scene.emulator.store.update("contact", id, { firstname: "Still" });
  await rounds.around(() => scene.sync());
  expect(await round()).toEqual([expect.stringMatching(/^1 field of Contacts? set aside: jobtitle\.$/)]);
});

test("people who could be several records are one notice, for whoever edits", async () => {
  await copied();
  const { store } = scene.emulator;
  const [one = "", other = ""] = store.ids("contact");
  for (const id of [one, other]) store.update("contact", id, { emailaddress1: "twin@contoso.example" });
  await scene.sync();
  await scene.sql.query(
    "insert into marketing.people (first_name, last_name, email) values ('A', 'Twin', 'twin@contoso.example')",
  );
  await scene.sql.query("select marketing.sync_person(max(id), 'contact') from marketing.people");
  await rounds.around(() => scene.sync());
  expect(await round()).toEqual(["1 person waits for somebody to decide who they are."]);
  expect(mailbox.mails[0]?.text).not.toContain("Twin");
});

test("while the mail server is away nothing is lost, and nothing is told twice", async () => {
  mailbox.refusal = "451 Not now";
  await rounds.around(() => scene.sync());
  expect(await round()).toEqual([]);
  const [notice] = await noticesOf("first-sync-finished");
  expect(notice?.told).toMatchObject([
    { channel: "mail", at: null, attempts: 1, error: "The mail server did not take the mail (answer 451)." },
  ]);
  mailbox.refusal = null;
  expect(await round(1)).toHaveLength(1);
  expect(await round(60)).toEqual([]);
});

test("after a crash between sending and noting it is told twice, with the same id", async () => {
  await copied();
  mayRead("opportunity", false);
  await rounds.around(() => scene.sync());
  expect(await round()).toHaveLength(1);
  await scene.sql.query(
    "delete from marketing_sync.notice_tellings where told_at = (select max(told_at) from marketing_sync.notice_tellings)",
  );
  expect(await round()).toHaveLength(1);
  const ids = mailbox.mails.map(({ headers }) => headers["message-id"]);
  expect(new Set(ids).size).toBe(1);
  expect(ids).toHaveLength(2);
});

test("two processes that look and tell at once open and tell each notice once", async () => {
  await scene.sync();
  now += MINUTE;
  await Promise.all([1, 2, 3, 4].map(() => rounds.round(never)));
  expect(mailbox.mails).toHaveLength(1);
  expect(await noticesOf("first-sync-finished")).toHaveLength(1);
});

test("what people have seen stays seen until it is about something more", async () => {
  await copied();
  const desk = openNoticeDesk(database);
  const all = await desk.list();
  expect(await desk.see(all.notices.map(({ id }) => id))).toBe(all.notices.length);
  expect(await desk.see(["999999"])).toBe(0);
  mayRead("opportunity", false);
  await rounds.around(() => scene.sync());
  const [lost] = await noticesOf("permission-lost");
  await desk.see([lost?.id ?? ""]);
  expect((await desk.list()).unseen).toBe(0);
  mayRead("lead", false);
  await rounds.around(() => scene.sync());
  const { unseen, notices } = await desk.list();
  expect(unseen).toBe(1);
  expect(notices[0]).toMatchObject({ id: lost?.id, parts: ["lead", "opportunity"], seenAt: null });
  expect(await round()).toHaveLength(1);
});
