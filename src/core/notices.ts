/**
 * Which notices there are: the state as it is stored, against what was noted of it and told before. Looking again at the
 * same state changes nothing, however often it is done.
 */
import { ERROR_CODES } from "./errors.ts";
import type { NoticeDraft, NoticeKey, NoticeText } from "./notice.ts";
import { backfillText, copiedText, digestText, firstSyncText } from "./notice-events.ts";
import type { Mark, MarkKind, NoticeMemory, NoticeSnapshot, SeenConnection } from "./notice-snapshot.ts";
import type { Lasts } from "./notice-standing.ts";
import { standingNotices } from "./notice-standing.ts";

/** What makes the stored notices and marks agree with the state. */
export interface NoticePlan {
  readonly open: readonly NoticeDraft[];
  readonly update: readonly NoticeUpdate[];
  /** Ids of notices that have passed. */
  readonly close: readonly string[];
  readonly mark: readonly Mark[];
  readonly unmark: readonly Pick<Mark, "kind" | "subject">[];
}

export interface NoticeUpdate {
  readonly id: string;
  readonly text: NoticeText;
  /** It is about something more than before: it is unseen again, and told again. */
  readonly grown: boolean;
}

/** @param at the time of the look, ISO 8601 in UTC */
export function planNotices(snapshot: NoticeSnapshot, memory: NoticeMemory, at: string): NoticePlan {
  const brewing = new Brewing(memory, at);
  const standing = snapshot.connections.flatMap((connection) =>
    standingNotices(connection, memory.open, brewing.lasts),
  );
  const happened = [
    ...snapshot.connections.map((connection) => eventsOf(connection, memory, at)),
    digest(snapshot, at),
  ];
  const differing = compare(standing, memory.open);
  return {
    ...differing,
    open: [...differing.open, ...happened.flatMap(({ open }) => open)],
    mark: [...brewing.marks, ...happened.flatMap(({ mark }) => mark)],
    unmark: [...brewing.cooled(), ...happened.flatMap(({ unmark }) => unmark)],
  };
}

function compare(
  drafts: readonly NoticeDraft[],
  open: NoticeMemory["open"],
): Pick<NoticePlan, "open" | "update" | "close"> {
  const known = new Map(open.map((notice) => [keyOf(notice), notice]));
  const wanted = new Set(drafts.map(keyOf));
  return {
    open: drafts.filter((draft) => !known.has(keyOf(draft))),
    update: drafts.flatMap((draft) => {
      const before = known.get(keyOf(draft));
      if (before === undefined || isSame(before, draft)) return [];
      const { title, body, remedy, who, count, parts } = draft;
      const grown = parts.some((part) => !before.parts.includes(part));
      return [{ id: before.id, text: { title, body, remedy, who, count, parts }, grown }];
    }),
    close: open.filter((notice) => !wanted.has(keyOf(notice))).map(({ id }) => id),
  };
}

function keyOf({ kind, subject }: NoticeKey): string {
  return `${kind} ${subject}`;
}

function isSame(one: NoticeText, other: NoticeText): boolean {
  return (
    one.title === other.title &&
    one.body === other.body &&
    one.remedy === other.remedy &&
    one.who === other.who &&
    one.count === other.count &&
    one.parts.join() === other.parts.join()
  );
}

/** Troubles that may pass by themselves: they are noted from their beginning, and told when they have lasted. */
class Brewing {
  readonly marks: Mark[] = [];
  readonly #before: ReadonlyMap<string, Mark>;
  readonly #at: string;

  constructor({ marks }: NoticeMemory, at: string) {
    const own = marks.filter(({ kind }) => BREWING.has(kind));
    this.#before = new Map(own.map((mark) => [markKey(mark), mark]));
    this.#at = at;
  }

  /** Where nobody has looked for longer than the grace, Tandem was not running, and the trouble may be over by now. */
  readonly lasts: Lasts = (kind, subject, graceMs) => {
    const before = this.#before.get(markKey({ kind, subject }));
    const looked = before !== undefined && between(before.lookedAt, this.#at) <= graceMs;
    const since = looked ? before.since : this.#at;
    this.marks.push({ kind, subject, since, lookedAt: this.#at });
    return between(since, this.#at) >= graceMs;
  };

  /** What was noted and has passed. */
  cooled(): readonly Mark[] {
    const noted = new Set(this.marks.map(markKey));
    return [...this.#before].flatMap(([key, mark]) => (noted.has(key) ? [] : [mark]));
  }
}

const BREWING: ReadonlySet<MarkKind> = new Set(["stopped", "stuck"]);

function markKey({ kind, subject }: Pick<Mark, "kind" | "subject">): string {
  return `${kind} ${subject}`;
}

function between(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}

type Happened = Pick<NoticePlan, "open" | "mark" | "unmark">;

/** What was finished since it was last looked at. */
function eventsOf(connection: SeenConnection, { marks }: NoticeMemory, at: string): Happened {
  const open: NoticeDraft[] = [];
  const mark: Mark[] = [];
  const isNoted = (kind: MarkKind, subject: number): boolean =>
    marks.some((one) => one.kind === kind && one.subject === String(subject));
  const note = (kind: MarkKind, subject: number | string): void => {
    mark.push({ kind, subject: String(subject), since: at, lookedAt: at });
  };
  const { entities } = connection;
  const first = !isNoted("first-sync", connection.id);
  const fresh = entities.filter(({ id, complete }) => complete && !isNoted("copied", id));
  if (!first || isSettled(connection)) {
    for (const { id } of fresh) note("copied", id);
    if (first) {
      note("first-sync", connection.id);
      open.push(event("first-sync-finished", connection, firstSyncText(connection)));
    } else if (fresh.length > 0) open.push(event("entity-copied", connection, copiedText(fresh)));
  }
  for (const backfill of connection.backfills) {
    note("backfill", backfill.id);
    const kind = backfill.failure === null ? "backfill-finished" : "backfill-failed";
    open.push(event(kind, connection, backfillText(backfill)));
  }
  return { open, mark, unmark: marks.filter((one) => isOld(one, at)) };
}

/** A backfill that ended so long ago is not looked at any more. */
export const BACKFILL_DAYS = 7;

function isOld({ kind, since }: Mark, at: string): boolean {
  return kind === "backfill" && between(since, at) > (BACKFILL_DAYS + 1) * 86_400_000;
}

/** Every entity is copied, or waits for a person; at least one is copied. */
function isSettled({ entities }: SeenConnection): boolean {
  const settled = entities.every(
    ({ complete, paused, trouble }) =>
      complete || paused || (trouble !== null && ERROR_CODES[trouble.code].who !== "nobody"),
  );
  return settled && entities.some(({ complete }) => complete);
}

function digest({ failures }: NoticeSnapshot, at: string): Happened {
  if (failures === null) return { open: [], mark: [], unmark: [] };
  const open =
    failures.length === 0
      ? []
      : [{ kind: "failures" as const, subject: at, over: true, ...digestText(failures) }];
  return {
    open,
    mark: [{ kind: "digest", subject: "", since: at, lookedAt: at }],
    unmark: [],
  };
}

function event(kind: NoticeDraft["kind"], { id }: SeenConnection, text: NoticeText): NoticeDraft {
  return { kind, subject: String(id), over: true, ...text };
}
