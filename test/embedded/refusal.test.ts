import { execFile } from "node:child_process";
import { chmod, chown, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { attachEmbedded, openEmbedded } from "../../src/store/embedded/server.ts";
import {
  clearTemplate,
  containing,
  closedToOthers,
  isRoot,
  nobody,
  notes,
  scratch,
  startOwner,
  usedFolder,
} from "./scene.ts";

afterAll(clearTemplate);

const run = promisify(execFile);

test("a folder that another Tandem holds: its process is named", async () => {
  const folder = await usedFolder();
  const owner = startOwner(folder);
  await owner.until("opened");

  await expect(openEmbedded({ folder })).rejects.toMatchObject({
    code: "held",
    message: `Another Tandem (process ${owner.pid}) works with the folder ${folder}.`,
    remedy: containing("Stop that one first"),
  });

  await owner.stop();
  const server = await openEmbedded({ folder });
  await server.stop();
});

test("a folder with other files is not touched", async () => {
  const folder = await scratch();
  await writeFile(join(folder, "thesis.txt"), "years of work");

  await expect(openEmbedded({ folder })).rejects.toMatchObject({ code: "foreign-folder" });

  expect(await readdir(folder)).toEqual(["thesis.txt"]);
});

test("a cluster that Tandem did not make is left alone", async () => {
  const folder = await usedFolder();
  const server = await openEmbedded({ folder });
  await run("psql", [server.connectionString, "-c", "create role other superuser login"]);
  await run("psql", [
    "-h",
    server.socketDirectory,
    "-U",
    "other",
    "postgres",
    "-c",
    "alter role tandem rename to x",
  ]);
  await server.stop();

  await expect(openEmbedded({ folder })).rejects.toMatchObject({ code: "foreign-folder" });
  await expect(attachEmbedded(folder)).rejects.toMatchObject({ code: "not-running" });
});

test("a cluster of another major version is named with both versions", async () => {
  const folder = await usedFolder();
  await writeFile(join(folder, "postgres", "PG_VERSION"), "17\n");

  await expect(openEmbedded({ folder })).rejects.toMatchObject({
    code: "other-version",
    message: containing("made by PostgreSQL 17; this Tandem carries PostgreSQL 18"),
  });
});

test("an incomplete cluster is not started, and not thrown away either", async () => {
  const folder = await usedFolder();
  await rm(join(folder, "postgres", "PG_VERSION"));

  await expect(openEmbedded({ folder })).rejects.toMatchObject({ code: "half-made" });

  expect(await readdir(join(folder, "postgres"))).toContain("base");
});

test("a server that cannot start says why", async () => {
  const folder = await usedFolder();
  await writeFile(join(folder, "postgres", "postgresql.auto.conf"), "max_connections = 'many'\n");

  await expect(openEmbedded({ folder })).rejects.toMatchObject({
    code: "start-failed",
    message: containing('invalid value for parameter "max_connections"'),
  });
});

test("a folder that cannot be written", async ({ skip }) => {
  // Root may write anywhere, so another user tries it.
  const parent = await scratch();
  await chmod(parent, 0o555);
  if (isRoot) await needOthers(skip);

  const owner = startOwner(join(parent, "server"), isRoot ? { user: nobody.uid } : {});

  expect(await owner.until("failed")).toMatchObject({
    code: "read-only",
    remedy: containing("write"),
  });
});

describe.skipIf(!isRoot)("as root (mounts and other users need it)", () => {
  test("a file system that is read-only", async ({ skip }) => {
    const folder = await usedFolder();
    await mount(skip, ["--bind", folder, folder]);
    await run("mount", ["-o", "remount,bind,ro", folder]);

    await expect(openEmbedded({ folder })).rejects.toMatchObject({ code: "read-only" });
  });

  test("a disk too small for a first start is left empty", async ({ skip }) => {
    const folder = await smallDisk(skip, "20m");

    await expect(openEmbedded({ folder })).rejects.toMatchObject({ code: "disk-full" });

    expect(await readdir(folder)).toEqual([]);
  });

  test("a disk that became full: plain words, and all is there once there is space", async ({ skip }) => {
    const folder = await smallDisk(skip, "80m");
    await run("cp", ["-a", join(await usedFolder(), "postgres"), folder]);
    await run("sh", ["-c", `dd if=/dev/zero of='${join(folder, "lost+found")}' bs=64k 2>/dev/null || true`]);

    await expect(openEmbedded({ folder })).rejects.toMatchObject({ code: "disk-full" });

    await rm(join(folder, "lost+found"));
    const server = await openEmbedded({ folder });
    expect(await notes(server.connectionString)).toEqual(["kept"]);
    await server.stop();
  });

  test("a database of another user", async ({ skip }) => {
    await needOthers(skip);
    const folder = await usedFolder();

    const owner = startOwner(folder, { user: nobody.uid });

    expect(await owner.until("failed")).toMatchObject({ code: "wrong-owner" });
  });

  test("a database that belongs to root", async () => {
    const folder = await usedFolder();
    await run("chown", ["-R", "0:0", folder]);

    await expect(openEmbedded({ folder })).rejects.toMatchObject({
      code: "wrong-owner",
      remedy: containing("chown -R nobody"),
    });
  });

  test("a user without an account", async ({ skip }) => {
    await needOthers(skip);
    const folder = await scratch();
    await chown(folder, 54_321, 54_321);

    const owner = startOwner(folder, { user: 54_321 });

    expect(await owner.until("failed")).toMatchObject({
      code: "no-account",
      message: containing("54321"),
    });
  });
});

type Skip = (reason: string) => void;

async function needOthers(skip: Skip): Promise<void> {
  const reason = await closedToOthers();
  if (reason !== undefined) skip(reason);
}

/** A file system of its own of this size; skips the test where root may not mount. */
async function smallDisk(skip: Skip, size: string): Promise<string> {
  const folder = await scratch();
  await mount(skip, ["-t", "tmpfs", "-o", `size=${size},mode=755`, "tmpfs", folder]);
  return folder;
}

async function mount(skip: Skip, words: string[]): Promise<void> {
  await run("mount", words).catch((error: unknown) =>
    skip(`mounting is not permitted here: ${String(error)}`),
  );
  const place = words.at(-1) ?? "";
  onTestFinished(async () => {
    await run("umount", ["--lazy", place]);
  });
}
