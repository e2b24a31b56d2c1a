import { chmod, lchown, lstat, mkdir, mkdtemp, readlink, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Account } from "./account.ts";
import { errnoOf } from "./error.ts";
import type { Layout } from "./folder.ts";

/** The port in the name of the Unix socket; nothing listens on TCP. */
export const socketPort = 5432;

/** `sun_path` without its closing zero: 107 bytes on Linux, 103 on macOS and the BSDs. */
const longestSocketPath = process.platform === "linux" ? 107 : 103;

/**
 * Whether a directory can hold the server's socket: the path must be short enough, and have no comma, which both the
 * server and libpq read as the end of the first of several places.
 */
export function holdsSocket(directory: string): boolean {
  return (
    Buffer.byteLength(join(directory, `.s.PGSQL.${socketPort}`)) <= longestSocketPath &&
    !directory.includes(",")
  );
}

/** The directory of the folder's socket, also when it was put elsewhere because the path is too long. */
export async function socketDirectoryOf(layout: Layout): Promise<string> {
  if (holdsSocket(layout.socket)) return layout.socket;
  return readlink(layout.socket).catch(() => layout.socket);
}

/**
 * Makes the directory of the socket, which only the server's account may enter. When the folder's path is too long, it
 * is a new directory below `/tmp`, and a symbolic link in the folder records it.
 */
export async function makeSocketDirectory(layout: Layout, account: Account): Promise<string> {
  if (holdsSocket(layout.socket)) return makePrivate(layout.socket, account);
  const recorded = await socketDirectoryOf(layout);
  if (await isPrivate(recorded, account)) return recorded;
  const directory = await makePrivate(await mkdtemp("/tmp/tandem-"), account);
  await record(layout.socket, directory);
  return directory;
}

async function makePrivate(directory: string, account: Account): Promise<string> {
  const made = await mkdir(directory, { mode: 0o700 }).then(
    () => true,
    (error: unknown) => {
      if (errnoOf(error) === "EEXIST") return false;
      throw error;
    },
  );
  if (made) await chmod(directory, 0o700);
  if (account.switched) await lchown(directory, account.uid, account.gid);
  return directory;
}

/** A directory of this account that nobody else may enter: `/tmp` is everybody's, so a name there proves nothing. */
async function isPrivate(directory: string, account: Account): Promise<boolean> {
  const found = await lstat(directory).catch(() => undefined);
  return (
    found !== undefined && found.isDirectory() && found.uid === account.uid && (found.mode & 0o077) === 0
  );
}

async function record(path: string, directory: string): Promise<void> {
  const draft = `${path}.new-${process.pid}`;
  await symlink(directory, draft);
  await rename(draft, path);
}
