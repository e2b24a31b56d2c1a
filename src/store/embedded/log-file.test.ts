import { lstat, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { boundLog, openLog, tailOf } from "./log-file.ts";

async function logPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tandem-log-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "postgres.log");
}

test("a long log is moved aside, and who has it open goes on at the beginning", async () => {
  const path = await logPath();
  const log = await openLog(path);
  await log.write("old\n");
  await truncate(path, 9 * 1024 * 1024);

  await boundLog(path);
  await log.write("new\n");
  await log.close();

  expect(await readFile(path, "utf8")).toBe("new\n");
  expect((await lstat(`${path}.1`)).size).toBe(9 * 1024 * 1024);
});

test("a short log stays, and a missing one is no error", async () => {
  const path = await logPath();
  await boundLog(path);
  await writeFile(path, "short\n");

  await boundLog(path);

  expect(await readFile(path, "utf8")).toBe("short\n");
});

test("the last lines are those after the given place, twenty at most", async () => {
  const path = await logPath();
  const before = "before\n";
  await writeFile(path, before + Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join(""));

  const tail = await tailOf(path, before.length);

  expect(tail).toHaveLength(20);
  expect(tail.at(0)).toBe("line 10");
  expect(tail.at(-1)).toBe("line 29");
  expect(await tailOf(path, 1e6)).toEqual([]);
});

test("a link in the log's place is not followed: root writes here", async () => {
  const path = await logPath();
  await symlink("/etc/passwd", path);

  await expect(openLog(path)).rejects.toMatchObject({ code: "ELOOP" });
});
