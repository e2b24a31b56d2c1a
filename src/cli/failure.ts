/**
 * What went wrong, as a person meets it: the thing, what to do, who must do it.
 */
import { CommanderError } from "commander";
import { ERROR_CODES, SyncError } from "../core/errors.ts";
import { coloured } from "./words.ts";

/** 2: wrong use or configuration. 130: stopped by the user. 1: anything else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof SyncError)) return 1;
  if (error.code === "stopped") return 130;
  return ["configuration_invalid", "insecure_address", "database_newer", "database_unsupported"].includes(
    error.code,
  )
    ? 2
    : 1;
}

/** Several lines ending with a line feed. An error nobody foresaw shows its stack, since a person must report it. */
export function failureText(error: unknown): string {
  if (error instanceof SyncError) {
    if (error.code === "stopped") return "Stopped; the next start goes on from the last committed page.\n";
    const who = {
      nobody: "What happens next",
      admin: "What to do",
      "dynamics-admin": "What the Dynamics admin does",
      editor: "What whoever edits in marketing does",
    };
    return plain(error.code, error.message, `${who[ERROR_CODES[error.code].who]}: ${error.remedy}`);
  }
  if (isPlain(error)) return plain(error.code, error.message, `What to do: ${error.remedy}`);
  if (isMissingProgram(error)) {
    const hint =
      "Install the PostgreSQL client, or use the connection string of `tandem psql --print` with any tool.";
    return plain("psql-missing", "The program psql is not installed.", `What to do: ${hint}`);
  }
  const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${coloured("red", "Tandem met something it did not foresee.")} Please report it with these lines:\n${shown}\n`;
}

function plain(code: string, message: string, next: string): string {
  return `${coloured("red", code)}: ${message}\n  ${next}\n`;
}

interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** Errors of other areas that carry a code and a remedy of their own. */
function isPlain(error: unknown): error is PlainError {
  return error instanceof Error && "remedy" in error && "code" in error;
}

function isMissingProgram(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "spawn psql";
}
