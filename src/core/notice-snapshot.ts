/**
 * What notices are made from: the state as it is stored, and what was noted of it before.
 */
import type { ErrorCode } from "./errors.ts";
import type { NoticeKey, NoticeText } from "./notice.ts";

/** The state at one moment. */
export interface NoticeSnapshot {
  readonly connections: readonly SeenConnection[];
  /** What waits to be put right, by cause, where the daily digest is due; null where it is not. */
  readonly failures: readonly FailureGroup[] | null;
}

export interface SeenTrouble {
  readonly code: ErrorCode;
  readonly message: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

export interface SeenConnection {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly paused: boolean;
  readonly trouble: SeenTrouble | null;
  /** When its first cycle began; null before. */
  readonly startedAt: string | null;
  /** People who wait for somebody to decide who they are. */
  readonly undecided: number;
  readonly entities: readonly SeenEntity[];
  /** Backfills that ended in the last days and were not noted yet. */
  readonly backfills: readonly SeenBackfill[];
}

export interface SeenBackfill {
  readonly id: string;
  /** Label of its entity. */
  readonly label: string;
  readonly table: string;
  /** Fields, by logical name. */
  readonly attributes: readonly string[];
  /** Records that it read. */
  readonly read: number;
  /** Seconds from its beginning to its end. */
  readonly seconds: number;
  /** Why it did not come to its end; null when it did. */
  readonly failure: string | null;
}

export interface SeenEntity {
  readonly id: number;
  readonly name: string;
  readonly label: string;
  readonly table: string;
  /** Its first copy is complete. */
  readonly complete: boolean;
  /** Switched off by a person: what it waits for is that. */
  readonly paused: boolean;
  readonly rows: number;
  /** When the last page was stored. */
  readonly pageAt: string | null;
  readonly trouble: SeenTrouble | null;
  /** Why edits do not travel. */
  readonly pushTrouble: SeenTrouble | null;
  /** Fields that are on and cannot be copied. */
  readonly setAside: readonly { readonly attribute: string; readonly reason: string }[];
}

/** Records that wait for the same reason. */
export interface FailureGroup {
  readonly entity: string;
  readonly table: string;
  readonly way: "push" | "pull";
  readonly code: ErrorCode;
  /** Column or attribute, where one is to blame. */
  readonly field: string | null;
  readonly count: number;
  /** How many of them came since the digest before. */
  readonly fresh: number;
  /** The first rows of the table, by number; empty where none of the records has one. */
  readonly examples: readonly string[];
}

/**
 * What was noted when the state was looked at before. `stopped`: trouble of a connection that may pass yet. `stuck`:
 * trouble of an entity that may. `copied`, `first-sync`: told already, or old. `backfill`: told already. `digest`: when the
 * last was due. `channel`: since when a channel is there.
 */
export type MarkKind = "stopped" | "stuck" | "copied" | "first-sync" | "backfill" | "digest" | "channel";

export interface Mark {
  readonly kind: MarkKind;
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly lookedAt: string;
}

/** An open notice, as far as a comparison needs it. */
export interface OpenNotice extends NoticeKey, NoticeText {
  readonly id: string;
}

export interface NoticeMemory {
  readonly open: readonly OpenNotice[];
  readonly marks: readonly Mark[];
}
