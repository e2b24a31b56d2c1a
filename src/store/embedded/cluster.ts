import { execFile } from "node:child_process";
import { chmod, lchown, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Account } from "./account.ts";
import { EmbeddedError, errnoOf } from "./error.ts";
import type { Layout } from "./folder.ts";
import { draftPrefix } from "./folder.ts";
import { isRunning } from "./postmaster.ts";
import { plainEnvironment, runAs } from "./launch.ts";
import type { Programs } from "./programs.ts";
import { roleName } from "./session.ts";
import { clusterSettings } from "./settings.ts";

/** Connections come through a socket that only the server's account can reach, so the socket is the permission. */
const initdbArguments = [
  `--username=${roleName}`,
  "--auth-local=trust",
  "--auth-host=reject",
  "--encoding=UTF8",
  // The server brings this locale itself: sorting is the same on every machine and never changes with the system's.
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--locale=C",
  ...clusterSettings.map(({ name, value }) => `--set=${name}=${value}`),
];

/**
 * Makes the folder's cluster under another name and gives it its own only when it is complete and on disk. So an
 * interrupted start leaves nothing half-made, and of two at once one wins and the other uses what the winner made.
 * @throws EmbeddedError `disk-full`, `no-account`, `start-failed`
 */
export async function makeCluster(layout: Layout, programs: Programs, account: Account): Promise<void> {
  await removeDrafts(layout);
  const draft = await mkdtemp(join(layout.folder, `${draftPrefix}${process.pid}-`));
  try {
    await chmod(draft, 0o700);
    if (account.switched) await lchown(draft, account.uid, account.gid);
    await initialize(draft, programs, account);
    await rename(draft, layout.cluster);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!isTaken(error)) throw error;
  }
}

/** Removes what killed starts left. A draft of a process that lives is another start at this very moment. */
async function removeDrafts(layout: Layout): Promise<void> {
  for (const name of await readdir(layout.folder)) {
    if (!name.startsWith(draftPrefix)) continue;
    const maker = Number.parseInt(name.slice(draftPrefix.length), 10);
    const abandoned = maker === process.pid || !(await isRunning(maker));
    if (abandoned) await rm(join(layout.folder, name), { recursive: true, force: true });
  }
}

function isTaken(error: unknown): boolean {
  return ["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "");
}

async function initialize(draft: string, programs: Programs, account: Account): Promise<void> {
  const options = { ...runAs(account), cwd: "/", env: plainEnvironment() };
  try {
    await promisify(execFile)(programs.initdb, [...initdbArguments, "-D", draft], options);
  } catch (error) {
    throw explainInitdb(error, draft, account);
  }
}

function explainInitdb(error: unknown, draft: string, account: Account): unknown {
  if (!(error instanceof Error) || !("stderr" in error)) return error;
  const said = String(error.stderr).trim();
  if (/No space left on device|Disk quota exceeded/.test(said)) {
    return new EmbeddedError(
      "disk-full",
      `There is not enough space to make the database in ${draft}.`,
      "Free some space there (a new database takes 60 MB), then start Tandem again.",
      error,
    );
  }
  if (/could not look up effective user ID/.test(said)) {
    return new EmbeddedError(
      "no-account",
      `PostgreSQL needs an account for the user it runs as, and user id ${account.uid} has none on this machine.`,
      `Add an account with this id (a line in /etc/passwd), run Tandem as a user that has one, or set ` +
        "TANDEM_DATABASE_URL to a PostgreSQL you have.",
      error,
    );
  }
  return new EmbeddedError(
    "start-failed",
    `PostgreSQL could not make the database in ${draft}: ${said}`,
    "See what it says; then start Tandem again. No data was there yet.",
    error,
  );
}
