/**
 * The three verdicts of the set-up check, and the one for what cannot be judged yet.
 */
import { SyncError } from "../../core/errors.ts";
import type { CheckLine } from "../../core/ports.ts";

/** What a line is about. */
export type Subject = Pick<CheckLine, "id" | "title">;

export function green(subject: Subject, found: string): CheckLine {
  return { ...subject, verdict: "green", found };
}

export function yellow(subject: Subject, found: string, remedy: string): CheckLine {
  return { ...subject, verdict: "yellow", found, remedy };
}

export function red(subject: Subject, found: string, remedy: string): CheckLine {
  return { ...subject, verdict: "red", found, remedy };
}

/** For lines after one that was red: nothing was found, good or bad. */
export function unjudged(subject: Subject, first: string): CheckLine {
  return yellow(subject, "This cannot be judged yet.", `Put right "${first}" first, then check again.`);
}

/** A failure as a red line with its own remedy. @throws SyncError `stopped`: that is no finding */
export function redFault(subject: Subject, error: unknown): CheckLine {
  if (!(error instanceof SyncError))
    return red(subject, `The check itself failed: ${String(error)}`, "Report this.");
  if (error.code === "stopped") throw error;
  return red(subject, error.message, error.remedy);
}
