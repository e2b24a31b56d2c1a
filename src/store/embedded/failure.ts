import { EmbeddedError, errnoOf } from "./error.ts";

/** Why a server ended before it answered, read from what it wrote. */
export type StartFailure = "taken" | "orphans" | "disk-full" | "unknown";

const noSpace = /No space left on device|Disk quota exceeded/;

const signs: readonly [StartFailure, RegExp][] = [
  ["taken", /lock file ".*" already exists/],
  ["orphans", /pre-existing shared memory block .* is still in use/],
  ["disk-full", noSpace],
];

/** A segment of PostgreSQL's write-ahead log: with less free space (bytes) than this, a server cannot go on. */
const leastSpace = 16 * 1024 * 1024;

/**
 * Reads the lines a server wrote before it ended. `taken`: another start was faster; `orphans`: processes of a killed
 * server have not ended yet; both pass with time. On a full disk the lines may be missing, so `freeBytes` counts too.
 * Source: the messages of PostgreSQL 18, `miscinit.c`.
 */
export function startFailure(lines: readonly string[], freeBytes: number): StartFailure {
  const seen = signs.find(([, sign]) => lines.some((line) => sign.test(line)));
  return seen?.[0] ?? (freeBytes < leastSpace ? "disk-full" : "unknown");
}

/** The error for a server that ended before it answered. */
export function failedStart(failure: StartFailure, folder: string, lines: readonly string[]): EmbeddedError {
  if (failure === "disk-full") {
    return new EmbeddedError(
      "disk-full",
      `The embedded PostgreSQL server could not start: the disk of ${folder} is full.`,
      "Free some space there, then start Tandem again; nothing that was saved is lost.",
    );
  }
  if (failure === "orphans") {
    return new EmbeddedError(
      "orphans",
      `Processes of a PostgreSQL server that was killed still use ${folder}.`,
      "They end with the query they run: wait and start Tandem again, or end the postgres processes of this folder.",
    );
  }
  return new EmbeddedError(
    "start-failed",
    `The embedded PostgreSQL server of ${folder} ended before it answered.${quoted(lines)}`,
    "Its lines say why (more are in postgres.log in the folder). Start Tandem again once the cause is gone.",
  );
}

/** The error for a server that runs and does not answer. */
export function silentServer(pid: number, folder: string, lines: readonly string[]): EmbeddedError {
  return new EmbeddedError(
    "not-answering",
    `The embedded PostgreSQL server of ${folder} (process ${pid}) runs but did not answer in time.${quoted(lines)}`,
    "After a crash it may still be recovering, and goes on with that: wait, then start Tandem again.",
  );
}

/** The error for an `initdb` that failed; `error` is what `execFile` rejected with. */
export function failedInitialization(error: unknown, folder: string, uid: number): unknown {
  if (!(error instanceof Error)) return error;
  const said = "stderr" in error ? String(error.stderr).trim() : "";
  if (noSpace.test(said)) {
    return new EmbeddedError(
      "disk-full",
      `There is not enough space to make a database in ${folder}.`,
      "Free some space there (a new database takes 60 MB), then start Tandem again.",
      error,
    );
  }
  if (said.includes("could not look up effective user ID")) {
    return new EmbeddedError(
      "no-account",
      `PostgreSQL needs an account for the user it runs as, and user id ${uid} has none on this machine.`,
      "Add one (a line in /etc/passwd), run Tandem as a user that has one, or set TANDEM_DATABASE_URL to a " +
        "PostgreSQL you have (15 or newer).",
      error,
    );
  }
  return errnoOf(error) === undefined ? unmadeDatabase(said, folder, error) : unusablePrograms(error);
}

function unmadeDatabase(said: string, folder: string, cause: Error): EmbeddedError {
  return new EmbeddedError(
    "start-failed",
    `PostgreSQL could not make a database in ${folder}: ${said || cause.message}`,
    "Remove the cause it names, then start Tandem again; nothing was saved there yet.",
    cause,
  );
}

function unusablePrograms(cause: Error): EmbeddedError {
  return new EmbeddedError(
    "no-binaries",
    `The embedded PostgreSQL cannot be run on this machine (${cause.message}).`,
    "It needs a system with the GNU C library (not Alpine) and a disk that may hold programs. Otherwise set " +
      "TANDEM_DATABASE_URL to a PostgreSQL you have (15 or newer).",
    cause,
  );
}

function quoted(lines: readonly string[]): string {
  return lines.length === 0 ? "" : ` Its last lines:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
