import { expect, onTestFinished, test } from "vitest";
import { noticeOf } from "../../test/support/notice.ts";
import type { NoticeTelling } from "./notice.ts";
import { digestMoment, dueNotices, nextAttempt } from "./notice-tellings.ts";

const DAY = 86_400_000;
const rules = {
  channel: "mail",
  since: "2026-11-20T00:00:00.000Z",
  reminderMs: 7 * DAY,
  at: "2026-11-24T12:00:00.000Z",
} as const;

function told(given: Partial<NoticeTelling>): readonly NoticeTelling[] {
  return [
    { channel: "mail", at: "2026-11-24T11:00:00.000Z", attempts: 0, retryAt: null, error: null, ...given },
  ];
}

const due = (given: Parameters<typeof noticeOf>[0], more: Partial<typeof rules> = {}) =>
  dueNotices([noticeOf(given)], { ...rules, ...more }).map(({ reminder }) =>
    reminder ? "reminder" : "news",
  );

test("a notice is told once on each channel", () => {
  expect(due({})).toEqual(["news"]);
  expect(due({ told: told({}) })).toEqual([]);
  expect(due({ told: told({ channel: "webhook" }) })).toEqual(["news"]);
});

test("it is told again when it has grown", () => {
  expect(due({ told: told({}), grownAt: "2026-11-24T11:30:00.000Z" })).toEqual(["news"]);
});

test("what lasts is told again after the reminder's days, what is over is not", () => {
  const old = told({ at: "2026-11-17T12:00:00.000Z" });
  const opened = "2026-11-17T11:00:00.000Z";
  const notice = { told: old, openedAt: opened, grownAt: opened };
  expect(due(notice)).toEqual(["reminder"]);
  expect(due({ ...notice, closedAt: "2026-11-18T00:00:00.000Z" })).toEqual([]);
  expect(dueNotices([noticeOf(notice)], { ...rules, reminderMs: 0 })).toEqual([]);
});

test("what passed before it could be told is told, but not what was over before the channel was there", () => {
  const over = { openedAt: "2026-11-21T00:00:00.000Z", grownAt: "2026-11-21T00:00:00.000Z" };
  expect(due({ ...over, closedAt: "2026-11-21T01:00:00.000Z" })).toEqual(["news"]);
  const early = { openedAt: "2026-11-19T00:00:00.000Z", grownAt: "2026-11-19T00:00:00.000Z" };
  expect(due({ ...early, closedAt: "2026-11-21T01:00:00.000Z" })).toEqual([]);
  expect(due(early)).toEqual(["news"]);
});

test("after a failed attempt the next one waits for its time, longer each time, an hour at most", () => {
  const failed = { at: null, attempts: 1, error: "The mail server does not answer." };
  expect(due({ told: told({ ...failed, retryAt: "2026-11-24T12:00:01.000Z" }) })).toEqual([]);
  expect(due({ told: told({ ...failed, retryAt: "2026-11-24T12:00:00.000Z" }) })).toEqual(["news"]);
  const waits = [1, 2, 3, 20].map(
    (n) => Date.parse(nextAttempt(n, rules.at, 0.999_999_9)) - Date.parse(rules.at),
  );
  expect(waits.map((ms) => Math.round(ms / 60_000))).toEqual([1, 2, 4, 60]);
});

test("the digest is due at the full hour of the local day", () => {
  const local = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute).getTime();
  expect(digestMoment(local(24, 12), 7)).toBe(local(24, 7));
  expect(digestMoment(local(24, 6, 59), 7)).toBe(local(23, 7));
  expect(digestMoment(local(24, 7), 7)).toBe(local(24, 7));
});

test("an hour that the clock leaves out today is none of yesterday's", () => {
  const zone = process.env["TZ"];
  onTestFinished(() => {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  });
  process.env["TZ"] = "Europe/Berlin";
  // In the night of 2027-03-28 the clock goes from 2 to 3.
  const early = Date.parse("2027-03-28T00:30:00+01:00");
  expect(new Date(digestMoment(early, 2)).toISOString()).toBe("2027-03-27T01:00:00.000Z");
  const late = Date.parse("2027-03-28T12:00:00+02:00");
  expect(new Date(digestMoment(late, 2)).toISOString()).toBe("2027-03-28T01:00:00.000Z");
});
