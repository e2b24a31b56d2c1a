/**
 * `tandem notices`: what people should know, as it was told by mail and webhook too.
 */
import type { Command } from "commander";
import type { Notice, NoticeList } from "../core/notice.ts";
import type { Tandem } from "./tandem.ts";
import { coloured, integer, relative } from "./words.ts";

interface NoticesParts {
  readonly tandem: Pick<Tandem, "notices">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  readonly now: () => Date;
}

interface Given {
  readonly all?: boolean;
  readonly seen?: boolean;
  readonly json?: boolean;
}

export function addNotices(program: Command, { tandem, signal, write, now }: NoticesParts): void {
  program
    .command("notices")
    .description("what people should know: what lasts, and what is over and nobody has seen yet")
    .option("--all", "also what is over and was seen")
    .option("--seen", "mark as seen what is listed")
    .option("--json", "machine-readable output")
    .action(async ({ all = false, seen = false, json = false }: Given) => {
      const list = await tandem.notices(async (desk) => {
        const shown = shownOf(await desk.list(), all);
        if (seen) await desk.see(shown.notices.map(({ id }) => id));
        return shown;
      }, signal);
      write(json ? `${JSON.stringify(list)}\n` : `${noticesText(list, now())}\n`);
    });
}

function shownOf({ unseen, notices }: NoticeList, all: boolean): NoticeList {
  const shown = notices.filter(({ closedAt, seenAt }) => all || closedAt === null || seenAt === null);
  return { unseen, notices: shown };
}

function noticesText({ unseen, notices }: NoticeList, now: Date): string {
  if (notices.length === 0) return "There is nothing that you do not know.";
  const more = unseen - notices.filter(({ seenAt }) => seenAt === null).length;
  return [
    ...notices.map((notice) => noticeText(notice, now)),
    ...(more > 0 ? [`… and ${integer(more)} older ones that nobody has seen`] : []),
  ].join("\n\n");
}

const WHO: Readonly<Record<Notice["who"], string>> = {
  nobody: "passes by itself",
  admin: "for you, the admin of Tandem",
  "dynamics-admin": "for the Dynamics administrator",
  editor: "for whoever edits in marketing",
};

function noticeText(notice: Notice, now: Date): string {
  const { title, body, remedy, grownAt, told } = notice;
  const lines = [
    ...(body === "" ? [] : body.split("\n")),
    ...(remedy === null ? [] : [coloured("cyan", remedy)]),
    ...told.flatMap(({ channel, error }) => (error === null ? [] : [`Not told by ${channel}: ${error}`])),
  ];
  const facts = [relative(grownAt, now), standing(notice)].join(", ");
  return [
    `${sign(notice)} ${coloured("bold", title)}  ${coloured("dim", facts)}`,
    ...lines.map(indented),
  ].join("\n");
}

function standing({ openedAt, closedAt, who }: Notice): string {
  if (closedAt === null) return WHO[who];
  return closedAt === openedAt ? "done" : "over";
}

function sign({ closedAt, openedAt }: Notice): string {
  if (closedAt === null) return coloured("red", "!");
  return closedAt === openedAt ? coloured("green", "✓") : coloured("dim", "·");
}

function indented(line: string): string {
  return line === "" ? "" : `  ${line}`;
}
