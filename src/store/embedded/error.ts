/**
 * What went wrong with the embedded server, for programs. Each code has one entry in `docs/operations.md`.
 *
 * - `held`: another Tandem works with this folder.
 * - `foreign-folder`: the folder holds files that are not Tandem's.
 * - `half-made`: the cluster in the folder is incomplete.
 * - `other-version`: the cluster was made by another major version of PostgreSQL.
 * - `read-only`: the folder cannot be written.
 * - `disk-full`: no space left where the folder lives.
 * - `wrong-owner`: the folder belongs to a user this process may not act as.
 * - `unreachable`: Tandem runs as root, and the server's unprivileged user cannot get at the folder or the programs.
 * - `no-account`: the user the server would run as has no account on this machine.
 * - `no-binaries`: PostgreSQL's programs are not there, or cannot be run on this machine.
 * - `orphans`: processes of a server that was killed still use the folder.
 * - `start-failed`: the server ended before it answered.
 * - `not-answering`: the server did not answer within the bound.
 * - `stop-failed`: the server did not end within the bound.
 * - `not-running`: there is no live server to attach to.
 * - `ended`: the server went away, or the ownership was lost, while Tandem worked with it.
 */
export type EmbeddedErrorCode =
  | "held"
  | "foreign-folder"
  | "half-made"
  | "other-version"
  | "read-only"
  | "disk-full"
  | "wrong-owner"
  | "unreachable"
  | "no-account"
  | "no-binaries"
  | "orphans"
  | "start-failed"
  | "not-answering"
  | "stop-failed"
  | "not-running"
  | "ended";

/** A failure of the embedded server that a person can act on: `message` says what is, `remedy` what to do. */
export class EmbeddedError extends Error {
  readonly code: EmbeddedErrorCode;
  readonly remedy: string;

  constructor(code: EmbeddedErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "EmbeddedError";
    this.code = code;
    this.remedy = remedy;
  }
}

const plainByCode: Partial<Record<string, [EmbeddedErrorCode, string, string]>> = {
  ENOSPC: [
    "disk-full",
    "has no space left",
    "Free some space there, then start Tandem again; nothing is lost.",
  ],
  // SQLSTATE disk_full
  "53100": [
    "disk-full",
    "has no space left",
    "Free some space there, then start Tandem again; nothing is lost.",
  ],
  EDQUOT: [
    "disk-full",
    "is over its quota",
    "Free some space there, then start Tandem again; nothing is lost.",
  ],
  EROFS: ["read-only", "is read-only", "Choose a folder that can be written, or mount this one writable."],
  EACCES: ["read-only", "cannot be written", "Let this user write to the folder, or choose another one."],
  EPERM: ["read-only", "cannot be written", "Let this user write to the folder, or choose another one."],
};

/** The plain form of a file system or database error met in `folder`; an error with no plain form comes back as it is. */
export function plainFileError(error: unknown, folder: string): unknown {
  const plain = plainByCode[errnoOf(error) ?? ""];
  return plain ? new EmbeddedError(plain[0], `The folder ${folder} ${plain[1]}.`, plain[2], error) : error;
}

/** The `errno` name of a system error (`ENOENT`), or the SQLSTATE of a database error; undefined for others. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
