import { execFile } from "node:child_process";
import { chmod, lchown, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { roleName } from "./address.ts";
import { errnoOf } from "./error.ts";
import { failedInitialization } from "./failure.ts";
import type { Layout } from "./folder.ts";
import { draftPrefix } from "./folder.ts";
import type { Home } from "./home.ts";
import { isRunning } from "./postmaster.ts";
import type { Programs } from "./programs.ts";
import { runAs } from "./run-as.ts";
import { clusterSettings } from "./settings.ts";

const clusterArguments = [
  `--username=${roleName}`,
  "--encoding=UTF8",
  // The server brings this locale itself: text sorts the same on every machine and after every system update.
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--locale=C",
  ...clusterSettings.map(({ name, value }) => `--set=${name}=${value}`),
];

/**
 * Makes the folder's cluster under another name and gives it its own only when it is complete and on disk. So an
 * interrupted start leaves nothing half-made, and of two at once one wins and the other uses what the winner made.
 * `password` is for a server on TCP.
 * @throws EmbeddedError `disk-full`, `no-account`, `no-binaries`, `start-failed`
 */
export async function makeCluster(home: Home, programs: Programs, password?: string): Promise<void> {
  const { layout, account } = home;
  await removeDrafts(layout);
  const draft = await mkdtemp(join(layout.folder, `${draftPrefix}${process.pid}-`));
  try {
    await chmod(draft, 0o700);
    if (account.switched) await lchown(draft, account.uid, account.gid);
    await initialize(home, programs, { draft, password });
    await rename(draft, layout.cluster);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(passwordFile(draft), { force: true });
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

async function initialize(
  { layout, account }: Home,
  programs: Programs,
  { draft, password }: { draft: string; password: string | undefined },
): Promise<void> {
  const { directory, options } = runAs(account, draft);
  const words = [...clusterArguments, ...(await authentication(draft, password)), "-D", directory];
  await promisify(execFile)(programs.initdb, words, options).catch((error: unknown) => {
    throw failedInitialization(error, layout.folder, account.uid);
  });
}

/** Only the cluster's user reaches the socket, so reaching it is the permission. Anybody reaches a TCP port. */
async function authentication(draft: string, password: string | undefined): Promise<string[]> {
  if (password === undefined) return ["--auth-local=trust", "--auth-host=reject"];
  await writeFile(passwordFile(draft), password, { mode: 0o600 });
  return ["--auth=scram-sha-256", `--pwfile=${passwordFile(draft)}`];
}

function passwordFile(draft: string): string {
  return `${draft}.password`;
}
