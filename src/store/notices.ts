/**
 * Notices where they are stored: what is open and was noted, the changes a look makes, and what people see of them.
 */
import type { Notice, NoticeChannel, NoticeDraft, NoticeList, NoticeTelling } from "../core/notice.ts";
import type { Mark, NoticeMemory, OpenNotice } from "../core/notice-snapshot.ts";
import type { NoticePlan, NoticeUpdate } from "../core/notices.ts";
import type { Database, Queryable } from "./database.ts";
import { connect, syncSchema, transaction } from "./database.ts";

/** Locks of two numbers, whose the workspace is and what for: those of one number are the feed's of events. */
const [LOOKING, TELLING] = [24_001, 24_002];

/** Runs `work` in a transaction of which there is one at a time in the workspace: what it finds, it alone has found. */
export function inOneLook<T>(database: Database, work: (client: Queryable) => Promise<T>): Promise<T> {
  return transaction(database, async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtext($1), ${LOOKING})`, [
      syncSchema(database.workspace),
    ]);
    return work(client);
  });
}

/**
 * Runs `work` unless another process of this workspace is at it: then it returns at once. So no two tell the same notice.
 * When the process dies in between, the next one may begin as soon as the server has noticed.
 */
export async function inTurn(database: Database, work: () => Promise<void>): Promise<void> {
  const client = await connect(database);
  const workspace = syncSchema(database.workspace);
  let held = false;
  let broken: Error | undefined;
  try {
    const { rows } = await client.query<{ held: boolean }>(
      `select pg_try_advisory_lock(hashtext($1), ${TELLING}) as held`,
      [workspace],
    );
    held = rows[0]?.held === true;
    if (held) await work();
  } finally {
    if (held) {
      const unlocked = client.query(`select pg_advisory_unlock(hashtext($1), ${TELLING})`, [workspace]);
      await unlocked.catch((error: Error) => {
        broken = error;
      });
    }
    // A session that could not let go is closed, which lets go.
    client.release(broken);
  }
}

export async function readNoticeMemory(client: Queryable): Promise<NoticeMemory> {
  const open = await client.query<OpenNotice>(
    `select id, kind, subject, title, body, remedy, who, count, parts from notices where closed_at is null order by id`,
  );
  const marks = await client.query<
    Omit<Mark, "since" | "lookedAt"> & Readonly<Record<"since" | "looked", Date>>
  >("select kind, subject, since, looked_at as looked from notice_marks");
  return {
    open: open.rows,
    marks: marks.rows.map(({ since, looked, ...mark }) => ({
      ...mark,
      since: since.toISOString(),
      lookedAt: looked.toISOString(),
    })),
  };
}

/** When the daily digest was due last; null before the first look. ISO 8601. */
export async function readDigestMark(client: Queryable): Promise<string | null> {
  const { rows } = await client.query<{ since: Date }>(
    "select since from notice_marks where kind = 'digest'",
  );
  return rows[0]?.since.toISOString() ?? null;
}

/** Makes what is stored agree with the plan. For the transaction in which the plan was made. */
export async function applyNoticePlan(client: Queryable, plan: NoticePlan, at: string): Promise<void> {
  for (const draft of plan.open) await openNotice(client, draft, at);
  for (const update of plan.update) await updateNotice(client, update, at);
  await client.query("update notices set closed_at = $2 where id = any($1::bigint[])", [plan.close, at]);
  for (const { kind, subject } of plan.unmark) {
    await client.query("delete from notice_marks where kind = $1 and subject = $2", [kind, subject]);
  }
  for (const mark of plan.mark) await setMark(client, mark);
  await client.query("delete from notices where closed_at < $1::timestamptz - interval '1 year'", [at]);
}

async function openNotice(client: Queryable, draft: NoticeDraft, at: string): Promise<void> {
  const { kind, subject, title, body, remedy, who, count, parts, over } = draft;
  await client.query(
    `insert into notices (kind, subject, title, body, remedy, who, count, parts, opened_at, grown_at, closed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)
     on conflict (kind, subject) where closed_at is null do nothing`,
    [kind, subject, title, body, remedy, who, count, parts, at, over ? at : null],
  );
}

async function updateNotice(client: Queryable, { id, text, grown }: NoticeUpdate, at: string): Promise<void> {
  const { title, body, remedy, who, count, parts } = text;
  await client.query(
    `update notices
        set title = $2, body = $3, remedy = $4, who = $5, count = $6, parts = $7,
            grown_at = case when $8 then $9 else grown_at end, seen_at = case when $8 then null else seen_at end
      where id = $1`,
    [id, title, body, remedy, who, count, parts, grown, at],
  );
}

async function setMark(client: Queryable, { kind, subject, since, lookedAt }: Mark): Promise<void> {
  await client.query(
    `insert into notice_marks (kind, subject, since, looked_at) values ($1, $2, $3, $4)
     on conflict (kind, subject) do update set since = excluded.since, looked_at = excluded.looked_at`,
    [kind, subject, since, lookedAt],
  );
}

/** Notes that a channel is there, unless it is noted already. @param at ISO 8601 */
export async function noteChannel(client: Queryable, channel: NoticeChannel, at: string): Promise<void> {
  await client.query(
    `insert into notice_marks (kind, subject, since, looked_at) values ('channel', $1, $2, $2)
     on conflict do nothing`,
    [channel, at],
  );
}

/** Since when a channel is there; null before a look has noted it. ISO 8601. */
export async function channelSince(client: Queryable, channel: NoticeChannel): Promise<string | null> {
  const { rows } = await client.query<{ since: Date }>(
    "select since from notice_marks where kind = 'channel' and subject = $1",
    [channel],
  );
  return rows[0]?.since.toISOString() ?? null;
}

interface NoticeRow extends Omit<Notice, "openedAt" | "grownAt" | "closedAt" | "seenAt"> {
  readonly opened: Date;
  readonly grown: Date;
  readonly closed: Date | null;
  readonly seen: Date | null;
}

const NOTICES = `
  select n.id, n.kind, n.subject, n.title, n.body, n.remedy, n.who, n.count, n.parts, n.opened_at as opened,
         n.grown_at as grown, n.closed_at as closed, n.seen_at as seen,
         coalesce((select json_agg(json_build_object('channel', t.channel, 'at', t.told_at, 'attempts', t.attempts,
                                                     'retryAt', t.retry_at, 'error', t.error) order by t.channel)
                     from notice_tellings t where t.notice_id = n.id), '[]') as told
    from notices n`;

/** More are not listed: whoever wants them reads the table. */
const LISTED = 200;

/** As `NoticeDesk.list` promises. */
export async function listNotices(client: Queryable): Promise<NoticeList> {
  const { rows } = await client.query<NoticeRow>(
    `${NOTICES}
      where n.id = any(array(select id from notices
                              order by closed_at is null desc, seen_at is null desc, grown_at desc, id desc
                              limit ${LISTED}))
      order by n.closed_at is null desc, n.grown_at desc, n.id desc`,
  );
  const unseen = await client.query<{ count: number }>(
    "select count(*)::int as count from notices where seen_at is null",
  );
  return { unseen: unseen.rows[0]?.count ?? 0, notices: rows.map(notice) };
}

/** Notices that a channel may have to tell: what lasts, and what is over since a week ago at most. */
export async function readNoticesToTell(client: Queryable, at: string): Promise<readonly Notice[]> {
  const { rows } = await client.query<NoticeRow>(
    `${NOTICES} where n.closed_at is null or n.closed_at > $1::timestamptz - interval '7 days' order by n.id`,
    [at],
  );
  return rows.map(notice);
}

function notice({ opened, grown, closed, seen, told, ...rest }: NoticeRow): Notice {
  return {
    ...rest,
    openedAt: opened.toISOString(),
    grownAt: grown.toISOString(),
    closedAt: closed?.toISOString() ?? null,
    seenAt: seen?.toISOString() ?? null,
    told: told.map((telling) => ({ ...telling, at: utc(telling.at), retryAt: utc(telling.retryAt) })),
  };
}

/** JSON made by PostgreSQL writes times with an offset. */
function utc(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/** As `NoticeDesk.see` promises. */
export async function seeNotices(client: Queryable, ids: readonly string[]): Promise<number> {
  const { rowCount } = await client.query(
    "update notices set seen_at = coalesce(seen_at, now()) where id = any($1::bigint[])",
    [ids],
  );
  return rowCount ?? 0;
}

/** Notes what became of telling these notices. */
export async function setTellings(
  client: Queryable,
  ids: readonly string[],
  { channel, at, attempts, retryAt, error }: NoticeTelling,
): Promise<void> {
  await client.query(
    `insert into notice_tellings as t (notice_id, channel, told_at, attempts, retry_at, error)
     select id, $2, $3, $4, $5, $6 from notices where id = any($1::bigint[])
     on conflict (notice_id, channel) do update
       set told_at = coalesce(excluded.told_at, t.told_at), attempts = excluded.attempts,
           retry_at = excluded.retry_at, error = excluded.error`,
    [ids, channel, at, attempts, retryAt, error],
  );
}
