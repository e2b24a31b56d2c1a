/** Notices a server may list, newest first. Pure: `now` places them in time. */
import { ERROR_CODES } from "../../src/core/errors.ts";
import type { Notice } from "../../src/core/notice.ts";
import { noticeOf } from "../support/notice.ts";

const MINUTE = 60_000;

/** What a troubled week leaves behind. */
export function troubledWeek(now: number): readonly Notice[] {
  const at = (minutes: number): string => new Date(now - minutes * MINUTE).toISOString();
  const told = [{ channel: "mail", at: at(1), attempts: 0, retryAt: null, error: null }] as const;
  const opened = (minutes: number) => ({ openedAt: at(minutes), grownAt: at(minutes) });
  const over = (minutes: number) => ({ ...opened(minutes), closedAt: at(minutes) });
  return [
    noticeOf({
      id: "9",
      ...opened(12),
      title: "Tandem may not read Opportunities and Subscriptions.",
      body: `opportunity: the application user lacks prvReadOpportunity.\nSince ${at(12).slice(0, 16).replace("T", " ")} UTC (permission_missing). Everything else flows; what was copied stays as it is.`,
      remedy: ERROR_CODES.permission_missing.remedy,
      parts: ["opportunity", "new_subscription"],
      told: [
        {
          channel: "mail",
          at: null,
          attempts: 2,
          retryAt: at(-2),
          error: "The mail server does not answer.",
        },
      ],
    }),
    noticeOf({
      id: "8",
      kind: "decisions-wait",
      subject: "1",
      ...opened(300),
      title: "3 people wait for somebody to decide who they are.",
      body: "Each could be a record of Dynamics. Until it is decided nobody is linked and nobody is made twice.",
      remedy: `${ERROR_CODES.several_matches.remedy} \`tandem matches\` lists them.`,
      who: "editor",
      seenAt: at(200),
      told,
    }),
    noticeOf({
      id: "7",
      kind: "failures",
      subject: at(420),
      ...over(420),
      title: "1,212 records wait to be put right, 5 of them new since the last digest.",
      body: [
        "1,200 × duplicate_in_dynamics: lead to Dynamics",
        ERROR_CODES.duplicate_in_dynamics.meaning,
        "Rows of people: 4711, 4712, 4720, 4731, 4740 and 1,195 more",
        `For whoever edits in marketing: ${ERROR_CODES.duplicate_in_dynamics.remedy}`,
        "",
        "12 × value_invalid: contact to Dynamics, field email, 5 new",
        ERROR_CODES.value_invalid.meaning,
        "Rows of people: 17, 23, 99, 104, 180 and 7 more",
        `For whoever edits in marketing: ${ERROR_CODES.value_invalid.remedy}`,
      ].join("\n"),
      remedy: "`tandem errors` lists every record with its reason; `tandem retry` lets them be tried again.",
      who: "editor",
      told,
    }),
    noticeOf({
      id: "5",
      kind: "sync-stopped",
      subject: "1",
      ...opened(2_900),
      closedAt: at(2_860),
      title: "The sync with Dynamics has stopped: unavailable.",
      body: "Dynamics answers 503.\nNothing is lost: it goes on where it stopped, by itself, as soon as it can.",
      remedy: ERROR_CODES.unavailable.remedy,
      who: "nobody",
      seenAt: at(2_000),
      told,
    }),
    noticeOf({
      id: "1",
      kind: "first-sync-finished",
      subject: "1",
      ...over(4_000),
      title: "The first copy is finished: 433,324 records are in marketing.",
      body: "Connection dynamics (https://contoso.crm4.dynamics.com).\nUsers 412, Accounts 18,204, Contacts 240,518, Leads 131,077\nFrom here on changes are followed.",
      remedy: null,
      who: "nobody",
      seenAt: at(3_990),
      told,
    }),
  ];
}
