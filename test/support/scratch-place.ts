import { readFile, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";

const memory = "/dev/shm";

/** Less than this (bytes) is what containers give by default: too little for databases. */
const plenty = 2 * 1024 ** 3;

/**
 * The folder for databases of tests. They need not outlive the machine, so this is a file system in memory when the
 * system offers plenty of one and lets programs run there (disks make these tests three times slower); otherwise, or
 * when `TMPDIR` is set, the folder for temporary files.
 */
export async function scratchPlace(): Promise<string> {
  return process.env["TMPDIR"] || !(await isUsable(memory)) ? tmpdir() : memory;
}

async function isUsable(place: string): Promise<boolean> {
  const mounts = await readFile("/proc/mounts", "utf8").catch(() => "");
  const options = mounts
    .split("\n")
    .findLast((line) => line.split(" ")[1] === place)
    ?.split(" ")[3];
  if (options === undefined || options.split(",").includes("noexec")) return false;
  const { bavail, bsize } = await statfs(place);
  return bavail * bsize > plenty;
}
