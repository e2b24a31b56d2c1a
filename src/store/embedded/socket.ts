import { lstat, readlink, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Address } from "./address.ts";
import type { Layout } from "./folder.ts";
import { errnoOf } from "./error.ts";

/** The port in the name of the Unix socket; nothing listens on TCP. */
const socketPort = 5432;

/** `sun_path` without its closing zero: 107 bytes on Linux, 103 on macOS and the BSDs. */
const longestSocketPath = process.platform === "linux" ? 107 : 103;

/**
 * Where the socket of a folder's server is reached: in the cluster, which nobody but its user may enter. Whoever
 * listens there is the server of this folder and of no other, wherever the folder was copied or mounted. When the
 * path cannot be used for a socket, a symbolic link below `/tmp` stands for it, made here when it is missing.
 * The cluster must exist.
 */
export async function socketAddress(layout: Layout, uid: number): Promise<Address> {
  const host = fitsSocket(layout.cluster) ? layout.cluster : await aliasOf(layout.cluster, uid);
  return { host, port: socketPort };
}

/**
 * Whether clients can be told this directory: its socket's path must be short enough, and have no comma, which libpq
 * reads as the end of the first of several hosts.
 */
export function fitsSocket(directory: string): boolean {
  const path = join(directory, `.s.PGSQL.${socketPort}`);
  return Buffer.byteLength(path) <= longestSocketPath && !directory.includes(",");
}

/** Removes what `socketAddress` made outside the folder; for a server that has ended. */
export async function forgetSocket({ host }: Address): Promise<void> {
  if (host.startsWith(aliasPrefix)) await rm(host, { force: true });
}

const aliasPrefix = "/tmp/tandem-";

/** Named by what the directory is, not how it is called, so every process of this user finds the same one. */
async function aliasOf(directory: string, uid: number): Promise<string> {
  const { dev, ino } = await stat(directory);
  const alias = `${aliasPrefix}${uid}-${dev.toString(36)}-${ino.toString(36)}`;
  if (await isAlias(alias, directory, uid)) return alias;
  await rm(alias, { force: true });
  await symlink(directory, alias).catch((error: unknown) => {
    if (errnoOf(error) !== "EEXIST") throw error;
  });
  return alias;
}

/** `/tmp` is everybody's: only a link of this user's own is believed. Nobody else can change that one. */
async function isAlias(alias: string, directory: string, uid: number): Promise<boolean> {
  const found = await lstat(alias).catch(() => undefined);
  return (
    found !== undefined &&
    found.isSymbolicLink() &&
    found.uid === uid &&
    (await readlink(alias)) === directory
  );
}
