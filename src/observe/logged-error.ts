/**
 * An error as it may stand in the log. What others say in an error may quote a value of a record ("Key (email)=(…)
 * already exists"), so only Tandem's own words are repeated; of everything else the kind, the code and the place are kept.
 */
import { SyncError } from "../core/errors.ts";

export interface LoggedError {
  readonly type: string;
  readonly code?: string;
  readonly message?: string;
  /** Table, column and constraint, where PostgreSQL names them. */
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  /** Where it was thrown: the frames of the stack, without the line that repeats the message. */
  readonly at: readonly string[];
  readonly cause?: LoggedError;
}

/** @param depth causes within causes that are told */
export function loggedError(error: unknown, depth = 3): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, at: [] };
  const cause = error.cause === undefined || depth === 0 ? undefined : loggedError(error.cause, depth - 1);
  return {
    type: error.name,
    ...textsOf(error),
    ...(error instanceof SyncError ? { message: error.message } : {}),
    at: framesOf(error),
    ...(cause === undefined ? {} : { cause }),
  };
}

const TEXTS = ["code", "table", "column", "constraint"] as const;

function textsOf(error: Error): Partial<Record<(typeof TEXTS)[number], string>> {
  const texts: Partial<Record<(typeof TEXTS)[number], string>> = {};
  for (const name of TEXTS) {
    const text: unknown = Reflect.get(error, name);
    if (typeof text === "string") texts[name] = text;
  }
  return texts;
}

/** A line of the message can look like a frame only by its indentation and a place in the code. */
function framesOf({ stack = "", message }: Error): readonly string[] {
  const frames = stack.replace(message, "").split("\n");
  return frames.filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line)).map((line) => line.trim());
}
