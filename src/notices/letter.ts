/**
 * Notices as a letter, in plain text and in HTML, and as a line for a chat. One letter for all that is due.
 */
import type { Responsible } from "../core/errors.ts";
import type { Notice, NoticeKind } from "../core/notice.ts";
import type { DueNotice } from "../core/notice-tellings.ts";
import { moment } from "../core/notice-words.ts";

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** @param workspace names the marketing database, for people who have several */
export function letterOf(due: readonly DueNotice[], workspace: string): Letter {
  const sorted = byWeight(due);
  const first = sorted[0] === undefined ? "" : headline(sorted[0]);
  const more = sorted.length - 1;
  return {
    subject: `[Tandem] ${first}${more > 0 ? ` (and ${more} more)` : ""}`,
    text: [...sorted.map(textOf), `-- \n${foot(workspace)}`].join("\n\n"),
    html: page(sorted.map(htmlOf).join("\n"), foot(workspace)),
  };
}

/** A line for each, with what to do: chats show it as it is. */
export function chatText(due: readonly DueNotice[]): string {
  return byWeight(due)
    .map((one) => [headline(one), remedyOf(one.notice)].filter((part) => part !== null).join(" "))
    .join("\n");
}

/** What needs a person comes first, then good news, last what has passed. */
function byWeight(due: readonly DueNotice[]): readonly DueNotice[] {
  return due.toSorted((a, b) => weightOf(a.notice) - weightOf(b.notice));
}

function weightOf(notice: Notice): number {
  return WEIGHTS[notice.kind] + (isOver(notice) ? PASSED : 0);
}

/** More than any of the weights. */
const PASSED = 100;

const WEIGHTS: Readonly<Record<NoticeKind, number>> = {
  "sync-stopped": 0,
  "permission-lost": 1,
  "deletes-held": 2,
  "entity-set-aside": 3,
  "edits-stopped": 4,
  "field-set-aside": 5,
  "decisions-wait": 6,
  failures: 7,
  "backfill-failed": 7,
  "first-sync-finished": 8,
  "entity-copied": 9,
  "backfill-finished": 10,
};

function headline({ notice, reminder }: DueNotice): string {
  if (isOver(notice)) return `Over by now: ${notice.title}`;
  return reminder ? `Still: ${notice.title}` : notice.title;
}

/** It lasted, and had passed before it could be told. */
function isOver({ openedAt, closedAt }: Notice): boolean {
  return closedAt !== null && closedAt !== openedAt;
}

/** There is nothing to do about what has passed. */
function remedyOf(notice: Notice): string | null {
  return isOver(notice) ? null : notice.remedy;
}

const WHO: Readonly<Record<Responsible, string | null>> = {
  nobody: null,
  admin: "For the admin of Tandem",
  "dynamics-admin": "For the Dynamics administrator",
  editor: "For whoever edits in marketing",
};

/** When, and who must act. */
function facts(notice: Notice): string {
  const { openedAt, closedAt, who } = notice;
  const ended = isOver(notice) && closedAt !== null ? ` to ${moment(closedAt)}` : "";
  const when = `${moment(openedAt)}${ended}`;
  return [WHO[who], when].filter((part) => part !== null).join(" · ");
}

function textOf(due: DueNotice): string {
  const { body } = due.notice;
  const remedy = remedyOf(due.notice);
  return [headline(due), facts(due.notice), ...(body === "" ? [] : ["", body]), ...todo(remedy)].join("\n");
}

function todo(remedy: string | null): readonly string[] {
  return remedy === null ? [] : ["", `What to do: ${remedy}`];
}

function htmlOf(due: DueNotice): string {
  const { body } = due.notice;
  const remedy = remedyOf(due.notice);
  const paragraphs = body === "" ? [] : body.split("\n\n").map((text) => `<p>${lines(text)}</p>`);
  return [
    "<section>",
    `<h2 style="font-size:17px;margin:24px 0 4px">${escaped(headline(due))}</h2>`,
    `<p style="margin:0;opacity:.7">${escaped(facts(due.notice))}</p>`,
    ...paragraphs,
    ...(remedy === null ? [] : [`<p><strong>What to do:</strong> ${lines(remedy)}</p>`]),
    "</section>",
  ].join("\n");
}

function page(sections: string, end: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Tandem</title>
</head>
<body style="font:15px/1.5 system-ui,'Segoe UI',sans-serif;max-width:44em;margin:8px auto">
${sections}
<p style="margin-top:32px;font-size:13px;opacity:.7">${lines(end)}</p>
</body>
</html>
`;
}

function foot(workspace: string): string {
  return `From Tandem, workspace ${workspace}. Each matter is told once; the dashboard and \`tandem notices\` show them all.`;
}

function lines(text: string): string {
  return escaped(text)
    .replaceAll(/`([^`\n]+)`/g, "<code>$1</code>")
    .replaceAll("\n", "<br>\n");
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
