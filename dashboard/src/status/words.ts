import type { Responsible } from "../../../src/core/errors.ts";
import type {
  ConnectionState,
  ConnectionStatus,
  CycleStatus,
  EntityState,
} from "../../../src/core/status.ts";
import { formatCount, formatCountdown, formatDuration, formatMany } from "../format.ts";
import { totalsOf } from "./totals.ts";

/** The five colours of a state; `theme.ts` says what each means. */
export type Tone = "busy" | "well" | "waiting" | "attention" | "off";

interface Word {
  readonly word: string;
  readonly tone: Tone;
}

export const CONNECTION_WORDS: Readonly<Record<ConnectionState, Word>> = {
  connecting: { word: "Connecting", tone: "busy" },
  copying: { word: "Copying", tone: "busy" },
  following: { word: "Following", tone: "well" },
  resting: { word: "Resting", tone: "well" },
  waiting: { word: "Waiting", tone: "waiting" },
  attention: { word: "Attention", tone: "attention" },
  paused: { word: "Paused", tone: "off" },
};

export const ENTITY_WORDS: Readonly<Record<EntityState, Word>> = {
  queued: { word: "Queued", tone: "off" },
  copying: { word: "Copying", tone: "busy" },
  comparing: { word: "Comparing", tone: "busy" },
  following: { word: "Following", tone: "well" },
  "set-aside": { word: "Set aside", tone: "attention" },
  paused: { word: "Paused", tone: "off" },
};

export const CYCLE_WORDS: Readonly<Record<CycleStatus["outcome"], Word>> = {
  running: { word: "Running", tone: "busy" },
  done: { word: "Done", tone: "well" },
  partial: { word: "Done in part", tone: "waiting" },
  failed: { word: "Failed", tone: "attention" },
  stopped: { word: "Stopped", tone: "off" },
};

export const RESPONSIBLE_WORDS: Readonly<Record<Responsible, string>> = {
  nobody: "Passes by itself",
  admin: "For you, the admin of Tandem",
  "dynamics-admin": "For the Dynamics administrator",
  editor: "For whoever edits in marketing",
};

/** One plain sentence about the state of a connection. */
export function sentenceOf(connection: ConnectionStatus, now: number): string {
  switch (connection.state) {
    case "connecting":
      return "Signing in to Dynamics and reading what it holds.";
    case "copying":
      return copyingSentence(connection);
    case "following":
      return "A cycle is reading what has changed in Dynamics.";
    case "resting":
      return restingSentence(connection, now);
    case "waiting":
      return waitingSentence(connection, now);
    case "attention":
      return connection.trouble === null
        ? "Something needs a person, as told below. The rest flows."
        : "Nothing flows until a person acts, as told below.";
    case "paused":
      return "Switched off by a person. Nothing travels until it is switched on again; what waits is kept.";
  }
}

/** Seconds until the next cycle; null when none is planned. */
export function secondsToNextCycle({ nextCycleAt }: ConnectionStatus, now: number): number | null {
  return nextCycleAt === null ? null : Math.max(0, (Date.parse(nextCycleAt) - now) / 1_000);
}

function copyingSentence(connection: ConnectionStatus): string {
  const { progress, secondsLeft } = totalsOf(connection);
  if (progress === null) return "Reading everything for the first time.";
  const read =
    progress.expected === null
      ? `${formatMany(progress.read, "record")} so far`
      : `${formatCount(progress.read)} of ${formatMany(progress.expected, "record")}`;
  const left = secondsLeft === null ? "" : `, about ${formatDuration(secondsLeft)} left`;
  return `Reading everything for the first time: ${read}${left}.`;
}

function restingSentence(connection: ConnectionStatus, now: number): string {
  const seconds = secondsToNextCycle(connection, now);
  if (seconds === null) return "Everything is read.";
  if (seconds === 0) return "Everything is read. The next cycle begins now.";
  return `Everything is read. The next cycle begins in ${formatCountdown(seconds)}.`;
}

function waitingSentence({ waiting, trouble }: ConnectionStatus, now: number): string {
  if (waiting === null) return trouble?.message ?? "Waiting for Dynamics. Goes on by itself.";
  const seconds = Math.max(0, (Date.parse(waiting.until) - now) / 1_000);
  const attempt = waiting.attempt > 1 ? ` (attempt ${waiting.attempt})` : "";
  return `${withFullStop(waiting.reason)} Goes on by itself in ${formatCountdown(seconds)}${attempt}.`;
}

function withFullStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
