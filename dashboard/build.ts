/**
 * Builds the dashboard into `dashboard/dist`: `node dashboard/build.ts [--if-stale]`.
 * With `--if-stale` only when a source, the configuration or the lock file is newer than the build.
 */
import { readFile, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const dashboard = import.meta.dirname;
const target = path.join(dashboard, "dist");

/** Everything the build is made from. Folders count too: a deleted file changes nothing but its folder. */
const sources = ["src", "index.html", "vite.config.ts", "tsconfig.json", "build.ts", "../package-lock.json"];

if (import.meta.main) {
  if (process.argv.includes("--if-stale") && !(await isStale())) console.log("dashboard: up to date");
  else console.log(await build());
}

/** Whether `dashboard/dist` is missing or older than what it is made from. */
async function isStale(): Promise<boolean> {
  const builtAt = await changedAt(path.join(target, "index.html"));
  const newest = await Promise.all(sources.map((source) => newestIn(path.join(dashboard, source))));
  return builtAt === null || Math.max(...newest) > builtAt;
}

/** Builds beside the old build and then takes its place, so that a running server never serves half of one. */
async function build(): Promise<string> {
  const startedAt = performance.now();
  const { build: bundle } = await import("vite");
  const fresh = `${target}-${process.pid}`;
  try {
    await bundle({
      configFile: path.join(dashboard, "vite.config.ts"),
      logLevel: "warn",
      build: { outDir: fresh, emptyOutDir: true },
    });
    const size = await sizeOf(fresh);
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    return `dashboard: built in ${seconds} s, ${kilobytes(size.raw)}, ${kilobytes(size.gzipped)} gzipped`;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function newestIn(place: string): Promise<number> {
  const found = await stat(place);
  if (!found.isDirectory()) return found.mtimeMs;
  const inside = await readdir(place, { recursive: true, withFileTypes: true });
  const times = inside.map((entry) => changedAt(path.join(entry.parentPath, entry.name)));
  return Math.max(found.mtimeMs, ...(await Promise.all(times)).map((time) => time ?? 0));
}

async function changedAt(file: string): Promise<number | null> {
  const found = await stat(file).catch(() => null);
  return found === null ? null : found.mtimeMs;
}

async function sizeOf(folder: string): Promise<{ readonly raw: number; readonly gzipped: number }> {
  const inside = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = inside.filter((entry) => entry.isFile());
  const contents = await Promise.all(files.map((file) => readFile(path.join(file.parentPath, file.name))));
  const packed = await Promise.all(contents.map((content) => promisify(gzip)(content)));
  const total = (parts: readonly Buffer[]) => parts.reduce((sum, part) => sum + part.length, 0);
  return { raw: total(contents), gzipped: total(packed) };
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1_000)} kB`;
}
