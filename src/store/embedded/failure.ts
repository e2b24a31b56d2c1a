import { EmbeddedError } from "./error.ts";

/** Why a server ended before it answered, read from what it wrote. */
export type StartFailure = "taken" | "orphans" | "disk-full" | "unknown";

const signs: readonly [StartFailure, RegExp][] = [
  ["taken", /lock file ".*" already exists/],
  ["orphans", /pre-existing shared memory block .* is still in use/],
  ["disk-full", /No space left on device|Disk quota exceeded/],
];

/**
 * Reads the lines a server wrote before it ended. `taken`: another start was faster; `orphans`: processes of a killed
 * server have not ended yet. Both pass with time. Source: messages of PostgreSQL 18, `miscinit.c`.
 */
export function startFailure(lines: readonly string[]): StartFailure {
  return signs.find(([, sign]) => lines.some((line) => sign.test(line)))?.[0] ?? "unknown";
}

/** The error for a start that cannot go on. */
export function failedStart(failure: StartFailure, folder: string, lines: readonly string[]): EmbeddedError {
  if (failure === "disk-full") {
    return new EmbeddedError(
      "disk-full",
      `The embedded PostgreSQL server could not start: the disk of ${folder} is full.`,
      "Free some space there, then start Tandem again; nothing acknowledged is lost.",
    );
  }
  if (failure === "orphans") {
    return new EmbeddedError(
      "orphans",
      `Processes of a PostgreSQL server that was killed still use ${folder}.`,
      "They end with the query they run. Wait and start Tandem again, or end the postgres processes of this folder.",
    );
  }
  return new EmbeddedError(
    "start-failed",
    `The embedded PostgreSQL server of ${folder} ended before it answered.${quoted(lines)}`,
    "The lines say why. Start Tandem again once the cause is gone; the log in the folder has more.",
  );
}

/** The error for a server that runs and does not answer. */
export function silentServer(pid: number, folder: string, lines: readonly string[]): EmbeddedError {
  return new EmbeddedError(
    "not-answering",
    `The embedded PostgreSQL server of ${folder} (process ${pid}) runs but did not answer in time.${quoted(lines)}`,
    "After a crash it may still be recovering: wait and start Tandem again. It goes on meanwhile.",
  );
}

function quoted(lines: readonly string[]): string {
  return lines.length === 0 ? "" : ` Its last lines:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
