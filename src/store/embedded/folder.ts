import { mkdir, readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { EmbeddedError, errnoOf } from "./error.ts";

/** The major version of PostgreSQL this Tandem carries. */
export const majorVersion = "18";

/** Where things are in the folder of an embedded server. All paths are absolute and free of symbolic links. */
export type Layout = {
  readonly folder: string;
  /** The cluster (PostgreSQL's data directory) with its socket, open only to the user the server runs as. */
  readonly cluster: string;
  /** What the server says; the previous part is next to it with `.1` at the end. */
  readonly log: string;
};

const clusterName = "postgres";
const logName = "postgres.log";
/** Windows only: where the server listens. */
export const addressName = "address.json";
/** Half-made clusters begin with this; a cluster gets its own name only when it is complete. */
export const draftPrefix = "postgres.new-";
/** A copy of PostgreSQL's programs begins with this. */
export const programsPrefix = "postgresql-";

export function layoutOf(folder: string): Layout {
  return {
    folder,
    cluster: join(folder, clusterName),
    log: join(folder, logName),
  };
}

/** What the names in a folder say about it. */
export type FolderState = "empty" | "ours" | "foreign";

const harmless = new Set(["lost+found", ".DS_Store", "desktop.ini", ".gitkeep", ".gitignore"]);

/** Decides from its top-level names whether a folder may hold, or already holds, an embedded server. */
export function judgeFolder(names: readonly string[]): FolderState {
  if (names.includes(clusterName)) return "ours";
  const strange = names.filter((name) => !harmless.has(name) && !isOwnName(name));
  return strange.length === 0 ? "empty" : "foreign";
}

function isOwnName(name: string): boolean {
  return (
    [logName, `${logName}.1`, addressName].includes(name) ||
    name.startsWith(draftPrefix) ||
    name.startsWith(programsPrefix)
  );
}

/**
 * Makes the folder when it is missing and checks that it is Tandem's to use.
 * @throws EmbeddedError `foreign-folder`
 */
export async function settleFolder(folder: string): Promise<Layout> {
  await mkdir(folder, { recursive: true });
  const layout = layoutOf(await realpath(folder));
  if (judgeFolder(await readdir(layout.folder)) !== "foreign") return layout;
  throw new EmbeddedError(
    "foreign-folder",
    `The folder ${layout.folder} holds files that are not Tandem's, and no database of Tandem's.`,
    "Choose an empty folder, or a new one: Tandem makes it.",
  );
}

/**
 * Whether the folder has a cluster this Tandem can work with; false when there is none yet.
 * @throws EmbeddedError `half-made`, `other-version`
 */
export async function checkCluster(layout: Layout): Promise<boolean> {
  const names = await namesIn(layout.cluster);
  if (names.length === 0) return false;
  const version = names.includes("global") ? await readVersion(layout) : undefined;
  if (version === undefined) {
    throw new EmbeddedError(
      "half-made",
      `${layout.cluster} is not a complete PostgreSQL cluster: it has no PG_VERSION or no content. ` +
        "Tandem never leaves one like this; it looks like a copy that was interrupted.",
      "Bring the whole folder back from a copy, or move it away and let Tandem make a new one.",
    );
  }
  if (version !== majorVersion) {
    throw new EmbeddedError(
      "other-version",
      `${layout.cluster} was made by PostgreSQL ${version}; this Tandem carries PostgreSQL ${majorVersion}.`,
      `Move the content with pg_dump and pg_restore, or start the Tandem that carries PostgreSQL ${version}.`,
    );
  }
  return true;
}

async function namesIn(directory: string): Promise<string[]> {
  return missing(readdir(directory), []);
}

async function readVersion(layout: Layout): Promise<string | undefined> {
  const text = await missing(readFile(join(layout.cluster, "PG_VERSION"), "utf8"), undefined);
  return text?.trim();
}

/** What was read, or `instead` when it is not there. */
async function missing<T, U>(reading: Promise<T>, instead: U): Promise<T | U> {
  return reading.catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return instead;
    throw error;
  });
}
