/**
 * What a person wants to know about a connection, as plain values: the CLI prints it, the API serves it, the
 * dashboard draws it. Times are ISO 8601 in UTC, rates are records per second.
 */
import type { ErrorCode, Responsible } from "./errors.ts";
import type { Backfill } from "./backfill.ts";
import type { Pause } from "./run-port.ts";

/**
 * - `connecting`: reading metadata or signing in for the first time. - `copying`: first snapshot under way.
 * - `following`: a cycle is reading changes. - `resting`: all is read, waiting for the next cycle.
 * - `waiting`: backing off, throttled or unreachable; goes on by itself. - `attention`: a person must act.
 * - `paused`: switched off by a person.
 */
export type ConnectionState =
  | "connecting"
  | "copying"
  | "following"
  | "resting"
  | "waiting"
  | "attention"
  | "paused";

/**
 * - `queued`: nothing read yet. - `copying`: snapshot under way. - `comparing`: history was lost, comparing whole.
 * - `following`: snapshot done, changes flow. - `set-aside`: cannot be read now, with the reason; the rest flows.
 * - `paused`: switched off by a person; the rest flows.
 */
export type EntityState = "queued" | "copying" | "comparing" | "following" | "set-aside" | "paused";

export interface Trouble {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
  readonly who: Responsible;
  readonly since: string;
}

/** Edits made in marketing that Dynamics does not have yet. */
export interface PendingEdits {
  /** Records with an edit that will travel by itself, among the 10,000 that are looked at. */
  readonly waiting: number;
  /** Records with an edit that was refused and waits for another edit or a person, among the same. */
  readonly parked: number;
  /** When the oldest of those that wait was made. */
  readonly oldestAt: string | null;
}

/** What one clock hour moved. */
export interface MovedInHour {
  /** When the hour began. */
  readonly from: string;
  /** Rows that were made, changed, and flagged because Dynamics had. */
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  /** Records that were written in Dynamics. */
  readonly pushed: number;
  /** Records that were made in Dynamics. */
  readonly made: number;
}

export interface EntityStatus {
  /** Logical name in Dynamics: `contact`. */
  readonly entity: string;
  readonly label: string;
  /** Marketing table: `people`. */
  readonly table: string;
  readonly state: EntityState;
  /** Who paused it, and since when; null while nobody did. */
  readonly paused: Pause | null;
  /** Records of this entity that are in the marketing database now (deleted ones included). */
  readonly rows: number;
  /** Records read by the snapshot or compare pass under way or last finished. */
  readonly read: number;
  /** Records the organization says it has; null when unknown. */
  readonly expected: number | null;
  /** Records per second over the last seconds; 0 when nothing flows. */
  readonly rate: number;
  /** Seconds until the snapshot ends at this rate; null when unknown or not copying. */
  readonly secondsLeft: number | null;
  /** Changes read but not yet applied plus records of the snapshot still to come; null when unknown. */
  readonly backlog: number | null;
  readonly lastChangeAt: string | null;
  readonly changeTracking: boolean;
  /** Records refused one by one, waiting for a person. */
  readonly parked: number;
  /** Null where nothing travels to Dynamics. */
  readonly pending: PendingEdits | null;
  /** People who were asked for and shall be made as this entity, in the same terms; null where nobody is made. */
  readonly wanted: PendingEdits | null;
  /** The last full clock hour, in UTC. */
  readonly lastHour: MovedInHour;
  readonly trouble: Trouble | null;
  readonly fields: { readonly on: number; readonly available: number };
}

export interface CycleStatus {
  readonly number: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly outcome: "running" | "done" | "partial" | "failed" | "stopped";
  readonly pages: number;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** Records that were written in Dynamics. */
  readonly pushed: number;
  /** Records with an edit that was refused. */
  readonly refused: number;
  readonly requests: number;
}

export interface ConnectionStatus {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly state: ConnectionState;
  /** Who paused it, and since when; null while nobody did. */
  readonly paused: Pause | null;
  readonly trouble: Trouble | null;
  /** The wait under way, when Dynamics asked for one or did not answer. */
  readonly waiting: { readonly until: string; readonly reason: string; readonly attempt: number } | null;
  readonly entities: readonly EntityStatus[];
  /** Values of fields that are being brought again, or wait for it. */
  readonly backfills: readonly Backfill[];
  readonly cycle: CycleStatus | null;
  readonly lastCycle: CycleStatus | null;
  readonly nextCycleAt: string | null;
  /** Seconds the pause between cycles lasts. */
  readonly pauseSeconds: number;
}

/** The answer of `GET /api/status`, each `status` event of `GET /api/events`, and `tandem status --json`. */
export interface Status {
  readonly version: string;
  readonly at: string;
  readonly workspace: string;
  readonly demo: boolean;
  readonly database: { readonly kind: "embedded" | "server"; readonly server: string; readonly psql: string };
  readonly connections: readonly ConnectionStatus[];
}
