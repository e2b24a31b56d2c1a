import { lstat, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EmbeddedError, errnoOf } from "./error.ts";
import type { Layout } from "./folder.ts";

/** The user the server runs as. */
export type Account = {
  readonly uid: number;
  readonly gid: number;
  /** It is not Tandem's own user: PostgreSQL refuses root, so root hands the cluster to an unprivileged one. */
  readonly switched: boolean;
  /** It may not enter a parent of the folder (often `/root`), so the server is put into the cluster by Tandem. */
  readonly confined: boolean;
};

/** A user by number, and the group that goes with it. */
export type User = { readonly uid: number; readonly gid: number };

/** The owner of a file or directory, and its permission bits. */
export type Permission = User & { readonly mode: number };

/** Linux's link that leads every process into its own working directory, past the permissions of the parents. */
export const ownWorkingDirectory = "/proc/self/cwd";

/** The accounts root prefers, in this order; most systems have the second. */
const preferredNames = ["postgres", "nobody"];
const nobody: User = { uid: 65534, gid: 65534 };

/** The user this process acts as. Windows has no such numbers; there nothing depends on them. */
export function currentUser(): User {
  return { uid: process.geteuid?.() ?? nobody.uid, gid: process.getegid?.() ?? nobody.gid };
}

/**
 * Chooses the user for the server of this folder. An ordinary user stays what it is. Root takes the owner of the
 * cluster, or else of the folder, or else the account `postgres` or `nobody`.
 * @throws EmbeddedError `wrong-owner` when the cluster cannot be run by that user, `unreachable` when that user may not
 * enter a parent of the folder and the system has no way around it
 */
export async function accountFor(layout: Layout, self: User): Promise<Account> {
  await checkOwner(layout, self);
  if (self.uid !== 0) return { ...self, switched: false, confined: false };
  const { uid, gid } =
    (await permissionOf(join(layout.cluster, "PG_VERSION"))) ?? (await unprivileged(layout));
  if (uid === 0) throw rootOwned(layout);
  const closed = await firstClosed(layout.folder, { uid, gid });
  if (closed !== undefined && !(await permissionOf(ownWorkingDirectory)))
    throw unreachable(layout, uid, closed);
  return { uid, gid, switched: true, confined: closed !== undefined };
}

/**
 * Checks that this user may use the folder's cluster, when there is one.
 * @throws EmbeddedError `wrong-owner`
 */
export async function checkOwner(layout: Layout, self: User): Promise<void> {
  if (self.uid === 0 || process.platform === "win32") return;
  const cluster = await permissionOf(layout.cluster);
  if (!cluster || cluster.uid === self.uid) return;
  throw new EmbeddedError(
    "wrong-owner",
    `The database in ${layout.folder} belongs to user id ${cluster.uid}, and Tandem runs as user id ${self.uid}.`,
    "Start Tandem as the user that made the folder (or as root), or choose another folder.",
  );
}

/** The first of a path's parents, or the path itself, that the user may not pass through; undefined when all are open. */
export async function firstClosed(path: string, user: User): Promise<string | undefined> {
  for (const part of pathTo(path)) {
    if (!mayPass(user, await stat(part))) return part;
  }
  return undefined;
}

/** Whether the permission bits let the user enter a directory or run a file. Access lists are not looked at. */
export function mayPass(user: User, { uid, gid, mode }: Permission): boolean {
  if (uid === user.uid) return (mode & 0o100) !== 0;
  if (gid === user.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/** The unprivileged users by name in the text of an `/etc/passwd`. */
export function usersIn(passwd: string): Map<string, User> {
  const users = new Map<string, User>();
  for (const line of passwd.split("\n")) {
    const [name = "", , uid, gid] = line.split(":");
    if (Number(uid) > 0) users.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  return users;
}

async function unprivileged(layout: Layout): Promise<User> {
  const users = usersIn(await readFile("/etc/passwd", "utf8").catch(() => ""));
  const owner = await stat(layout.folder);
  const ownerHasAccount = [...users.values()].some(({ uid }) => uid === owner.uid);
  if (ownerHasAccount) return owner;
  return preferredNames.map((name) => users.get(name)).find((user) => user !== undefined) ?? nobody;
}

async function permissionOf(path: string): Promise<Permission | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function pathTo(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...pathTo(parent), path];
}

function rootOwned(layout: Layout): EmbeddedError {
  return new EmbeddedError(
    "wrong-owner",
    `${layout.cluster} belongs to root, and PostgreSQL does not run as root.`,
    `Give it to an ordinary user, for example: chown -R nobody '${layout.cluster}'`,
  );
}

function unreachable(layout: Layout, uid: number, closed: string): EmbeddedError {
  return new EmbeddedError(
    "unreachable",
    `PostgreSQL does not run as root, so Tandem starts it as user id ${uid}; ` +
      `that user may not enter ${closed}, where the folder ${layout.folder} is.`,
    `Choose a folder elsewhere, open this one with chmod o+x '${closed}', or start Tandem as an ordinary user.`,
  );
}
