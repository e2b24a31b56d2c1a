/**
 * What a channel has to tell now: each notice once, again when it has grown, again when it lasts and a reminder is due.
 */
import { delayMs } from "./backoff.ts";
import type { Notice, NoticeChannel } from "./notice.ts";

export interface TellingRules {
  readonly channel: NoticeChannel;
  /** Since when the channel is there: what was over by then is no news to it. ISO 8601, UTC. */
  readonly since: string;
  /** After how long what still lasts is told again; 0 for never. */
  readonly reminderMs: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** A notice to tell. */
export interface DueNotice {
  readonly notice: Notice;
  /** It was told before and lasts. */
  readonly reminder: boolean;
}

/**
 * Those to tell, oldest first. A notice whose telling was not noted, since the process died in between, is told again:
 * twice at most, never not at all.
 */
export function dueNotices(notices: readonly Notice[], rules: TellingRules): readonly DueNotice[] {
  return notices
    .toSorted((a, b) => Number(a.id) - Number(b.id))
    .flatMap((notice): readonly DueNotice[] => {
      const telling = notice.told.find(({ channel }) => channel === rules.channel);
      if ((telling?.retryAt ?? "") > rules.at) return [];
      const toldAt = telling?.at ?? null;
      if (isNews(notice, toldAt, rules)) return [{ notice, reminder: false }];
      return isRemindable(notice, toldAt, rules) ? [{ notice, reminder: true }] : [];
    });
}

function isNews({ closedAt, grownAt }: Notice, toldAt: string | null, { since }: TellingRules): boolean {
  if (toldAt === null) return closedAt === null || grownAt >= since;
  return toldAt < grownAt;
}

function isRemindable(
  { closedAt }: Notice,
  toldAt: string | null,
  { at, reminderMs }: TellingRules,
): boolean {
  if (toldAt === null || closedAt !== null || reminderMs === 0) return false;
  return Date.parse(at) - Date.parse(toldAt) >= reminderMs;
}

/** When the next attempt is due, after so many in a row that failed. @param chance a number in [0, 1) */
export function nextAttempt(attempts: number, at: string, chance: number): string {
  return new Date(Date.parse(at) + delayMs(attempts, RETRIES, chance)).toISOString();
}

const RETRIES = { baseMs: 60_000, maxMs: 3_600_000, attempts: Infinity };

/**
 * The newest moment not after `at` when the clock of this machine's time zone shows the full hour: a digest that is older
 * is due.
 * @param at milliseconds since 1970
 */
export function digestMoment(at: number, hour: number): number {
  const today = new Date(at).setHours(hour, 0, 0, 0);
  if (today <= at) return today;
  // From the day and not from the moment: an hour that the clock leaves out today would be another one yesterday.
  const yesterday = new Date(at);
  yesterday.setDate(yesterday.getDate() - 1);
  return yesterday.setHours(hour, 0, 0, 0);
}
