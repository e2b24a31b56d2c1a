import { Command } from "commander";
import { beforeEach, expect, test } from "vitest";
import { ScriptedNotices } from "../../test/support/notice-desk.ts";
import { noticeOf } from "../../test/support/notice.ts";
import type { NoticeDesk } from "../core/notice.ts";
import { addNotices } from "./notices.ts";

let desk: ScriptedNotices;
let written: string;

beforeEach(() => {
  desk = new ScriptedNotices();
  written = "";
});

async function run(...words: readonly string[]): Promise<string> {
  const program = new Command("tandem").exitOverride();
  addNotices(program, {
    tandem: { notices: <T>(work: (given: NoticeDesk) => Promise<T>): Promise<T> => work(desk) },
    signal: new AbortController().signal,
    write: (text) => {
      written += text;
    },
    now: () => new Date("2026-11-24T12:00:00Z"),
  });
  await program.parseAsync(["node", "tandem", "notices", ...words]);
  return written;
}

const happened = {
  kind: "first-sync-finished",
  closedAt: "2026-11-24T11:00:00.000Z",
  who: "nobody",
} as const;

test("lists what lasts and what nobody has seen, with what to do", async () => {
  const told = [
    { channel: "mail", at: null, attempts: 1, retryAt: null, error: "The mail server does not answer." },
  ] as const;
  desk.listed = [
    noticeOf({ id: "3", told, seenAt: "2026-11-24T11:30:00.000Z" }),
    noticeOf({ id: "2", ...happened, title: "The first copy is finished.", body: "", remedy: null }),
    noticeOf({ id: "1", ...happened, title: "An older one.", seenAt: "2026-11-24T11:30:00.000Z" }),
  ];
  expect(await run()).toBe(
    [
      "! Tandem may not read Contacts.  1 h ago, for the Dynamics administrator",
      "  contact: the application user may not read it.",
      "  Give its security role Read.",
      "  Not told by mail: The mail server does not answer.",
      "",
      "✓ The first copy is finished.  1 h ago, done",
      "",
    ].join("\n"),
  );
  expect(desk.seen).toEqual([]);
});

test("--seen marks what it lists, --all lists the rest too", async () => {
  desk.listed = [
    noticeOf({ id: "2" }),
    noticeOf({ id: "1", ...happened, seenAt: "2026-11-24T11:30:00.000Z" }),
  ];
  await run("--seen");
  expect(desk.seen).toEqual(["2"]);
  const { notices } = JSON.parse((await run("--all", "--json")).slice(written.indexOf("{"))) as {
    notices: { id: string }[];
  };
  expect(notices.map(({ id }) => id)).toEqual(["2", "1"]);
});

test("says so where there is nothing new", async () => {
  expect(await run()).toBe("There is nothing that you do not know.\n");
});
