import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noticeOf } from "../../test/support/notice.ts";
import type { Mailbox } from "../../test/support/mailbox.ts";
import { openMailbox } from "../../test/support/mailbox.ts";
import type { SyncError } from "../core/errors.ts";
import { openMail, smtpOptions } from "./mail.ts";

let mailbox: Mailbox;

beforeEach(async () => {
  mailbox = await openMailbox();
});

afterEach(() => mailbox.close());

const never = new AbortController().signal;
const AT = "2026-11-24T12:00:00.000Z";

function post(url = mailbox.url) {
  const to = ["admin@example.com", "second@example.com"];
  return openMail({ url, from: "Tandem <tandem@example.com>", to, workspace: "marketing" });
}

test("sends one mail to all, in text and in HTML, which no robot answers", async () => {
  const due = [
    {
      notice: noticeOf({ id: "1", kind: "first-sync-finished", title: "The first copy is finished." }),
      reminder: false,
    },
    { notice: noticeOf({ id: "2", title: "Tandem may not read Contacts – now." }), reminder: false },
  ];
  await post().send(due, AT, never);
  const [mail] = mailbox.mails;
  expect(mailbox.mails).toHaveLength(1);
  expect(mail).toMatchObject({ from: "tandem@example.com", to: ["admin@example.com", "second@example.com"] });
  expect(mail?.headers).toMatchObject({
    subject: "[Tandem] Tandem may not read Contacts – now. (and 1 more)",
    "auto-submitted": "auto-generated",
  });
  for (const shown of [mail?.text, mail?.html]) {
    expect(shown).toContain("Tandem may not read Contacts – now.");
    expect(shown).toContain("The first copy is finished.");
  }
});

test("the same telling has the same id however often it is sent, a reminder another", async () => {
  const notice = noticeOf({ id: "7" });
  await post().send([{ notice, reminder: false }], AT, never);
  await post().send([{ notice, reminder: false }], AT, never);
  const told = [{ channel: "mail", at: AT, attempts: 0, retryAt: null, error: null }] as const;
  await post().send([{ notice: { ...notice, told }, reminder: true }], AT, never);
  const [first, second, reminder] = mailbox.mails.map(({ headers }) => headers["message-id"]);
  expect(first).toMatch(/^<notice\.[0-9a-f]{32}@example\.com>$/);
  expect(second).toBe(first);
  expect(reminder).not.toBe(first);
});

test("signs in with the user of the address", async () => {
  await mailbox.close();
  mailbox = await openMailbox({ user: "tandem", pass: "p@ss/word" });
  await post().send([{ notice: noticeOf({}), reminder: false }], AT, never);
  expect(mailbox.mails).toHaveLength(1);
  const wrong = post(mailbox.url.replace("word", "ward")).send(
    [{ notice: noticeOf({}), reminder: false }],
    AT,
    never,
  );
  await expect(wrong).rejects.toThrow("The mail server refused the user or the password (answer 535).");
});

test("a mail that is not taken is told in words without addresses", async () => {
  mailbox.refusal = "451 admin@example.com cannot be reached now";
  const sending = post().send([{ notice: noticeOf({}), reminder: false }], AT, never);
  await expect(sending).rejects.toThrow(/^The mail server did not take the mail \(answer 451\)\.$/);
  const { url } = mailbox;
  await mailbox.close();
  const lost = post(url).send([{ notice: noticeOf({}), reminder: false }], AT, never);
  await expect(lost).rejects.toThrow("The mail server does not answer.");
  mailbox = await openMailbox();
});

describe("the address of the server", () => {
  test.each([
    ["smtp://mail.example.com", { host: "mail.example.com", port: 587, secure: false, requireTLS: false }],
    ["smtps://mail.example.com", { port: 465, secure: true, requireTLS: false }],
    ["smtp://u:p%40x@mail.example.com:25", { port: 25, requireTLS: true, auth: { user: "u", pass: "p@x" } }],
    ["smtp://u:p@127.0.0.1:2525", { requireTLS: false }],
    ["smtp://[::1]:2525", { host: "::1" }],
  ])("%s", (text, expected) => {
    expect(smtpOptions(text)).toMatchObject(expected);
  });

  test.each(["mail.example.com:587", "https://mail.example.com", "smtp://"])("is not %s", (text) => {
    const read = (): unknown => smtpOptions(text);
    expect(read).toThrow(
      expect.objectContaining<Partial<SyncError>>({ code: "configuration_invalid" }) as Error,
    );
  });
});
