/**
 * A notice: one matter people should know of, however many records it concerns. Times are ISO 8601 in UTC.
 */
import type { Responsible } from "./errors.ts";

/**
 * What happened, and is over as soon as it is told:
 * - `first-sync-finished`: the first copy of a connection is complete. - `entity-copied`: that of an entity that came
 * later. - `backfill-finished`: fields have the values of earlier records. - `backfill-failed`: a backfill ended before
 * that. - `failures`: the daily digest of what was refused, by cause.
 *
 * What lasts, and is open until it has passed:
 * - `sync-stopped`: nothing of a connection flows. - `permission-lost`: entities may not be read or written any more.
 * - `entity-set-aside`: entities cannot be read for another reason. - `edits-stopped`: edits of entities do not reach
 * Dynamics. - `field-set-aside`: fields that cannot be copied while the rest of their entity flows. - `deletes-held`: the
 * mass-change guard holds deletes. - `decisions-wait`: people who could be several records wait for somebody to decide.
 */
export type NoticeKind =
  | "first-sync-finished"
  | "entity-copied"
  | "backfill-finished"
  | "backfill-failed"
  | "failures"
  | "sync-stopped"
  | "permission-lost"
  | "entity-set-aside"
  | "edits-stopped"
  | "field-set-aside"
  | "deletes-held"
  | "decisions-wait";

/** Where notices are told, beside the dashboard and the terminal, which show what is stored. */
export type NoticeChannel = "mail" | "webhook";

/** What a notice says. No personal data: entities, fields, numbers of rows. */
export interface NoticeText {
  /** What is the matter, in one sentence. */
  readonly title: string;
  /** The facts, in lines; may be empty. */
  readonly body: string;
  /** What to do; null where there is nothing to do. */
  readonly remedy: string | null;
  readonly who: Responsible;
  /** How many: records, fields, people. */
  readonly count: number;
  /** Entities or fields it is about; a further one is told anew. */
  readonly parts: readonly string[];
}

/** What names a matter: of each kind and subject one notice is open at a time. */
export interface NoticeKey {
  readonly kind: NoticeKind;
  /** What it is about: connection, then cause or entity: `1/permission_missing`, `1/contact`. */
  readonly subject: string;
}

export interface NoticeDraft extends NoticeKey, NoticeText {
  /** It merely happened: it is closed as soon as it is opened. */
  readonly over: boolean;
}

/** What became of a notice on a channel. */
export interface NoticeTelling {
  readonly channel: NoticeChannel;
  /** When it was last told; null while it could not be. */
  readonly at: string | null;
  /** Attempts since then that failed. */
  readonly attempts: number;
  /** When the next attempt may be made, after one that failed. */
  readonly retryAt: string | null;
  /** Why the last attempt failed, in words. */
  readonly error: string | null;
}

/** A notice as it is stored. */
export interface Notice extends NoticeKey, NoticeText {
  readonly id: string;
  readonly openedAt: string;
  /** When it last came to be about something more; at first when it was opened. */
  readonly grownAt: string;
  /** When it had passed; null while it lasts. */
  readonly closedAt: string | null;
  /** When a person marked it as seen. */
  readonly seenAt: string | null;
  readonly told: readonly NoticeTelling[];
}

/** Notices as people list them. */
export interface NoticeList {
  /** How many nobody has seen yet, listed or not. */
  readonly unseen: number;
  /** What lasts first, each newest first. */
  readonly notices: readonly Notice[];
}

/** Where people look at notices. */
export interface NoticeDesk {
  /** What lasts, and the newest of what is over, what nobody has seen before the rest: 200 in all at most. */
  list(): Promise<NoticeList>;
  /** Marks those with these ids as seen, and returns how many of them there are. */
  see(ids: readonly string[]): Promise<number>;
}
