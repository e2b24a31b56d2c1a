/**
 * Looks at what is stored, keeps the notices in agreement with it, and tells those that are due.
 */
import type { Settings } from "../config/settings.ts";
import { SyncError } from "../core/errors.ts";
import type { NoticeDesk } from "../core/notice.ts";
import type { DueNotice } from "../core/notice-tellings.ts";
import { digestMoment, dueNotices, nextAttempt } from "../core/notice-tellings.ts";
import type { NoticePlan } from "../core/notices.ts";
import { planNotices } from "../core/notices.ts";
import type { Log } from "../engine/ports.ts";
import { openMail } from "../notices/mail.ts";
import type { NoticePost } from "../notices/post.ts";
import { PostError } from "../notices/post.ts";
import { openWebhook } from "../notices/webhook.ts";
import type { Database } from "../store/database.ts";
import { readFailureGroups } from "../store/failure-groups.ts";
import { readSeenConnections } from "../store/notice-snapshot.ts";
import {
  applyNoticePlan,
  channelSince,
  inOneLook,
  inTurn,
  listNotices,
  noteChannel,
  readDigestMark,
  readNoticeMemory,
  readNoticesToTell,
  seeNotices,
  setTellings,
} from "../store/notices.ts";
import type { Worker } from "./worker.ts";

export interface NoticeParts {
  readonly database: Database;
  readonly posts: readonly NoticePost[];
  /** Hour of this machine's time zone at which the daily digest is due. */
  readonly digestHour: number;
  /** After how long what lasts is told again; 0 for never. */
  readonly reminderMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly chance: () => number;
  readonly log: Log;
}

export interface NoticeRounds {
  /** Looks, and tells what is due. A failure is logged and stops nothing; the next round makes up for it. */
  round(signal: AbortSignal): Promise<void>;
  /** Looks before and after the work, so that channels are known before anything happens. Throws as the work does. */
  around<T>(work: () => Promise<T>): Promise<T>;
  /** A round every minute, and one after each piece of work, until the signal is aborted. */
  watch(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** As long as no work makes it look sooner. */
const ROUND_MS = 60_000;

export function openNoticeRounds(parts: NoticeParts): NoticeRounds {
  const { database, posts, log } = parts;
  let wake = (): void => undefined;
  const attempt = async (step: () => Promise<void>): Promise<void> => {
    try {
      await step();
    } catch (error) {
      log("warn", "notices.failed", { err: error });
    }
  };
  const round = async (signal: AbortSignal): Promise<void> => {
    await attempt(() => look(parts));
    for (const post of posts) {
      await attempt(() => inTurn(database, () => tell(parts, post, signal)));
    }
  };
  return {
    round,
    async around(work) {
      await attempt(() => look(parts));
      try {
        return await work();
      } finally {
        await attempt(() => look(parts));
        wake();
      }
    },
    async watch(signal) {
      signal.addEventListener("abort", () => wake(), { once: true });
      while (!signal.aborted) {
        const { promise: woken, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await round(signal);
        const timer = setTimeout(resolve, ROUND_MS);
        if (signal.aborted) resolve();
        await woken;
        clearTimeout(timer);
      }
    },
    async close() {
      await Promise.all(posts.map((post) => post.close()));
    },
  };
}

/** Keeps what is stored in agreement with the state. */
async function look({ database, posts, digestHour, now }: NoticeParts): Promise<void> {
  const time = now();
  const at = new Date(time).toISOString();
  const isDue = (digest: string | null): boolean =>
    digest !== null && Date.parse(digest) < digestMoment(time, digestHour);
  const before = await readDigestMark(database.pool);
  const failures = isDue(before)
    ? await readFailureGroups(database.pool, database.workspace, before ?? at)
    : null;
  await inOneLook(database, async (client) => {
    // Before anything is opened: what happened before a channel was there is no news to it.
    for (const { channel } of posts) await noteChannel(client, channel, at);
    const memory = await readNoticeMemory(client);
    const digest = await readDigestMark(client);
    const connections = await readSeenConnections(client, at);
    const plan = planNotices({ connections, failures: isDue(digest) ? failures : null }, memory, at);
    await applyNoticePlan(client, digest === null ? beginningDigests(plan, at) : plan, at);
  });
}

/** The first digest comes at the next hour that was set, not when Tandem happens to be started. */
function beginningDigests(plan: NoticePlan, at: string): NoticePlan {
  return {
    ...plan,
    mark: [...plan.mark, { kind: "digest", subject: "", since: at, lookedAt: at }],
  };
}

/** Sent first and noted after: a crash in between tells it twice, and none keeps it from being told. */
async function tell(parts: NoticeParts, post: NoticePost, signal: AbortSignal): Promise<void> {
  const { database, reminderMs, now, log } = parts;
  const { channel } = post;
  const at = new Date(now()).toISOString();
  const since = (await channelSince(database.pool, channel)) ?? at;
  const due = dueNotices(await readNoticesToTell(database.pool, at), { channel, since, reminderMs, at });
  if (due.length === 0 || signal.aborted) return;
  const ids = due.map(({ notice }) => notice.id);
  try {
    await post.send(due, at, signal);
  } catch (error) {
    if (!(error instanceof PostError)) throw error;
    const attempts = 1 + attemptsOf(due, channel);
    const retryAt = nextAttempt(attempts, at, parts.chance());
    await setTellings(database.pool, ids, { channel, at: null, attempts, retryAt, error: error.message });
    log("warn", "notices.not_told", { channel, notices: ids.length, message: error.message });
    return;
  }
  await setTellings(database.pool, ids, { channel, at, attempts: 0, retryAt: null, error: null });
  log("info", "notices.told", { channel, notices: ids.length });
}

function attemptsOf(due: readonly DueNotice[], channel: NoticePost["channel"]): number {
  return Math.max(
    ...due.map(({ notice }) => notice.told.find((one) => one.channel === channel)?.attempts ?? 0),
  );
}

/**
 * The posts that the settings ask for.
 * @throws SyncError `configuration_invalid` when a part is missing or cannot be read, `insecure_address`
 */
export function noticePosts(settings: Settings): readonly NoticePost[] {
  const {
    TANDEM_SMTP_URL: smtp,
    TANDEM_NOTICE_FROM: from,
    TANDEM_NOTICE_TO: to,
    TANDEM_NOTICE_WEBHOOK: hook,
    TANDEM_NOTICE_WEBHOOK_SECRET: secret,
  } = settings;
  const workspace = settings.TANDEM_WORKSPACE;
  const posts: NoticePost[] = [];
  if (smtp !== undefined) {
    if (from === undefined || to === undefined || to.length === 0) {
      throw new SyncError(
        "configuration_invalid",
        "TANDEM_SMTP_URL is set, so set TANDEM_NOTICE_FROM and TANDEM_NOTICE_TO too: who sends, and to whom.",
        { field: from === undefined ? "TANDEM_NOTICE_FROM" : "TANDEM_NOTICE_TO" },
      );
    }
    posts.push(openMail({ url: smtp.reveal(), from, to, workspace }));
  }
  if (hook !== undefined)
    posts.push(openWebhook({ url: hook.reveal(), secret: secret?.reveal() ?? null, workspace }));
  return posts;
}

/** What the settings say of notices. @throws SyncError as `noticePosts` */
export function noticeParts(settings: Settings, database: Database, log: Log): NoticeParts {
  return {
    database,
    posts: noticePosts(settings),
    digestHour: settings.TANDEM_NOTICE_HOUR,
    reminderMs: settings.TANDEM_NOTICE_REMINDER_DAYS * 86_400_000,
    now: Date.now,
    chance: Math.random,
    log,
  };
}

export interface StartedNotices {
  /** The same worker, whose cycles are looked at before and after. */
  watching(worker: Worker): Worker;
  stop(): Promise<void>;
}

/** Rounds in this process until they are stopped. @throws SyncError as `noticePosts` */
export function startNotices(settings: Settings, database: Database, log: Log): StartedNotices {
  const rounds = openNoticeRounds(noticeParts(settings, database, log));
  const stopping = new AbortController();
  const watch = rounds.watch(stopping.signal);
  return {
    watching: (worker) => ({
      ...worker,
      cycleThenPause: (signal) => rounds.around(() => worker.cycleThenPause(signal)),
    }),
    async stop() {
      stopping.abort();
      await watch;
      await rounds.close();
    },
  };
}

/** Where people look at notices, on the store of a workspace. */
export function openNoticeDesk({ pool }: Pick<Database, "pool">): NoticeDesk {
  return { list: () => listNotices(pool), see: (ids) => seeNotices(pool, ids) };
}
