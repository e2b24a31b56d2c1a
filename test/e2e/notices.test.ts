/** Commands as processes of their own tell people what they should know. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { NoticeList } from "../../src/core/notice.ts";
import { testDatabase } from "../support/database.ts";
import type { TestDatabase } from "../support/database.ts";
import type { Mailbox } from "../support/mailbox.ts";
import { openMailbox } from "../support/mailbox.ts";
import type { Environment, RunningOrganization } from "./processes.ts";
import { end, firstLine, spawnTandem, startOrganization, tandem } from "./processes.ts";

const PATIENCE = 120_000;

let organization: RunningOrganization;
let database: TestDatabase;
let mailbox: Mailbox;
let environment: Environment;

beforeAll(async () => {
  organization = await startOrganization({ records: 300, seed: 11 });
}, PATIENCE);

afterAll(() => organization.stop());

beforeEach(async () => {
  database = await testDatabase();
  mailbox = await openMailbox({ user: "tandem", pass: "secret" });
  environment = {
    ...organization.environment,
    TANDEM_DATABASE_URL: database.connectionString,
    TANDEM_SMTP_URL: mailbox.url,
    TANDEM_NOTICE_FROM: "Tandem <tandem@example.com>",
    TANDEM_NOTICE_TO: "admin@example.com, second@example.com",
    TANDEM_PORT: "0",
  };
});

afterEach(async () => {
  await mailbox.close();
  await database.close();
});

const FIRST = /^\[Tandem\] The first copy is finished: [\d,]+ records are in marketing\.$/;

test(
  "`tandem sync` sends a mail when the first copy is finished, and no other",
  { timeout: PATIENCE },
  async () => {
    expect(await tandem(["sync", "--json"], environment)).toMatchObject({ code: 0, errors: "" });
    expect(await tandem(["sync", "--json"], environment)).toMatchObject({ code: 0, errors: "" });
    expect(mailbox.mails.map(({ headers }) => headers["subject"])).toEqual([expect.stringMatching(FIRST)]);
    expect(mailbox.mails[0]?.to).toEqual(["admin@example.com", "second@example.com"]);

    const { output } = await tandem(["notices", "--seen", "--json"], environment);
    const list = JSON.parse(output) as NoticeList;
    expect(list.notices).toMatchObject([
      { kind: "first-sync-finished", told: [{ channel: "mail", error: null }] },
    ]);
    expect((await tandem(["notices"], environment)).output).toBe("There is nothing that you do not know.\n");
  },
);

test(
  "so does `tandem start`, by itself, and it stops when it is told to",
  { timeout: PATIENCE },
  async () => {
    const child = spawnTandem(["start", "--json"], environment);
    const { url } = JSON.parse(await firstLine(child)) as { url: string };
    await expect.poll(() => mailbox.mails.length, { timeout: 60_000 }).toBe(1);
    expect(mailbox.mails[0]?.headers["subject"]).toMatch(FIRST);
    const answer = await fetch(`${url}/api/notices`);
    expect(await answer.json()).toMatchObject({ unseen: 1, notices: [{ kind: "first-sync-finished" }] });
    await end(child, "SIGTERM");
    expect(child.exitCode).toBe(0);
  },
);

test(
  "a mail server without anybody to write to is refused, naming the setting",
  { timeout: PATIENCE },
  async () => {
    const { TANDEM_NOTICE_TO: _to, ...without } = environment;
    const { code, errors } = await tandem(["sync"], without);
    expect(code).toBe(2);
    expect(errors).toContain("TANDEM_NOTICE_TO");
    expect(errors).not.toContain("secret");
  },
);
