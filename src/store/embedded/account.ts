import { lstat, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { EmbeddedError, errnoOf } from "./error.ts";
import type { Layout } from "./folder.ts";

/**
 * The user the server runs as. `switched` tells that it is another one than Tandem's own: PostgreSQL refuses to run
 * as root, so root hands the cluster to an unprivileged user.
 */
export type Account = { readonly uid: number; readonly gid: number; readonly switched: boolean };

/** Who owns a file or folder, and who may enter it. */
export type Ownership = { readonly uid: number; readonly gid: number; readonly mode: number };

/** The accounts root prefers, in this order; most systems have the second. */
const preferredNames = ["postgres", "nobody"];
const nobody: Account = { uid: 65534, gid: 65534, switched: true };

/**
 * Chooses the user for the server of this folder. An ordinary user stays what it is. Root takes the owner of the
 * cluster, or else of the folder, or else the account `postgres` or `nobody`.
 * @throws EmbeddedError `wrong-owner` when the cluster is another user's, `unreachable` when a parent folder is closed
 */
export async function accountFor(layout: Layout, self: { uid: number; gid: number }): Promise<Account> {
  const cluster = await ownershipOf(layout.cluster);
  if (self.uid !== 0) {
    if (cluster && cluster.uid !== self.uid) throw wrongOwner(layout, cluster.uid);
    return { ...self, switched: false };
  }
  if (cluster?.uid === 0) throw rootOwned(layout);
  const account = cluster ? asAccount(cluster) : await unprivileged(layout);
  const closed = await firstClosed(layout.folder, account);
  if (closed !== undefined) throw unreachable(layout, account, closed);
  return account;
}

/** The first of a folder's parents, or the folder itself, that the account may not enter; undefined when all are open. */
export async function firstClosed(folder: string, account: Account): Promise<string | undefined> {
  for (const directory of pathTo(folder)) {
    if (!mayEnter(account, await stat(directory))) return directory;
  }
  return undefined;
}

/** Whether the permission bits let the account pass through a directory. Access lists are not looked at. */
export function mayEnter(account: Account, directory: Ownership): boolean {
  if (directory.uid === account.uid) return (directory.mode & 0o100) !== 0;
  if (directory.gid === account.gid) return (directory.mode & 0o010) !== 0;
  return (directory.mode & 0o001) !== 0;
}

/** The user and group ids of the named accounts, as far as the text of an `/etc/passwd` has them. */
export function accountsIn(passwd: string): Map<string, Account> {
  const accounts = new Map<string, Account>();
  for (const line of passwd.split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name && uid && gid) accounts.set(name, { uid: Number(uid), gid: Number(gid), switched: true });
  }
  return accounts;
}

async function unprivileged(layout: Layout): Promise<Account> {
  const accounts = accountsIn(await readFile("/etc/passwd", "utf8").catch(() => ""));
  const owner = await ownershipOf(layout.folder);
  const known = [...accounts.values()];
  if (owner && owner.uid !== 0 && known.some(({ uid }) => uid === owner.uid)) return asAccount(owner);
  const named = preferredNames
    .map((name) => accounts.get(name))
    .find((account) => account && account.uid !== 0);
  return named ?? nobody;
}

function asAccount({ uid, gid }: Ownership): Account {
  return { uid, gid, switched: true };
}

async function ownershipOf(path: string): Promise<Ownership | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function pathTo(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...pathTo(parent), folder];
}

function wrongOwner(layout: Layout, uid: number): EmbeddedError {
  return new EmbeddedError(
    "wrong-owner",
    `The database in ${layout.folder} belongs to user id ${uid}, and Tandem runs as another user.`,
    "Start Tandem as the user that made the folder (or as root), or choose another folder.",
  );
}

function rootOwned(layout: Layout): EmbeddedError {
  return new EmbeddedError(
    "wrong-owner",
    `${layout.cluster} belongs to root, and PostgreSQL does not run as root.`,
    `Give it to an ordinary user, for example: chown -R nobody '${layout.cluster}'`,
  );
}

function unreachable(layout: Layout, account: Account, closed: string): EmbeddedError {
  return new EmbeddedError(
    "unreachable",
    `PostgreSQL does not run as root, so Tandem starts it as user id ${account.uid}; ` +
      `that user may not enter ${closed}, where the folder ${layout.folder} is.`,
    `Choose a folder outside ${closed} (for example /var/lib/tandem), open it with chmod o+x '${closed}', ` +
      "or start Tandem as an ordinary user.",
  );
}
