import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkCluster, judgeFolder, layoutOf, settleFolder } from "./folder.ts";

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tandem-folder-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test.for([
  { names: [], state: "empty" },
  { names: ["lost+found", ".DS_Store"], state: "empty" },
  { names: ["postgres.log", "postgres.new-7-Ab", "postgresql-18.4.0"], state: "empty" },
  { names: ["postgres", "notes.txt"], state: "ours" },
  { names: ["notes.txt"], state: "foreign" },
  { names: ["PG_VERSION", "base"], state: "foreign" },
])("a folder with $names is $state", ({ names, state }) => {
  expect(judgeFolder(names)).toBe(state);
});

test("a folder is known by where it really is", async () => {
  const place = await scratch();
  await mkdir(join(place, "real"));
  await symlink(join(place, "real"), join(place, "link"));

  expect(await settleFolder(join(place, "link"))).toEqual(await settleFolder(join(place, "real")));
});

test("a folder of somebody else is refused before anything is written there", async () => {
  const folder = await scratch();
  await writeFile(join(folder, "thesis.txt"), "years of work");

  await expect(settleFolder(folder)).rejects.toMatchObject({ code: "foreign-folder" });

  expect(await readdir(folder)).toEqual(["thesis.txt"]);
});

test.for([
  { what: "none", files: {}, outcome: false },
  { what: "a complete one", files: { PG_VERSION: "18\n", "global/pg_control": "" }, outcome: true },
])("a folder with $what has a cluster: $outcome", async ({ files, outcome }) => {
  expect(await checkCluster(await withCluster(files))).toBe(outcome);
});

test.for([
  { what: "no version", files: { "global/pg_control": "" }, code: "half-made" },
  { what: "no content", files: { PG_VERSION: "18\n" }, code: "half-made" },
  { what: "another version", files: { PG_VERSION: "9.6\n", "global/pg_control": "" }, code: "other-version" },
])("a cluster with $what is $code", async ({ files, code }) => {
  await expect(checkCluster(await withCluster(files))).rejects.toMatchObject({ code });
});

test("an empty place for a cluster holds nothing, so one may be made there", async () => {
  const layout = layoutOf(await scratch());
  await mkdir(layout.cluster);

  expect(await checkCluster(layout)).toBe(false);
});

async function withCluster(files: Record<string, string>) {
  const layout = layoutOf(await scratch());
  for (const [name, text] of Object.entries(files)) {
    const path = join(layout.cluster, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, text);
  }
  return layout;
}
