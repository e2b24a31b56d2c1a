import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { firstClosed, mayPass, usersIn } from "./account.ts";

const ann = { uid: 1000, gid: 100 };

test.for([
  { what: "its owner, who may", uid: 1000, gid: 1, mode: 0o700, may: true },
  { what: "its owner, who may not although everybody else may", uid: 1000, gid: 1, mode: 0o677, may: false },
  { what: "its group, which may", uid: 1, gid: 100, mode: 0o710, may: true },
  { what: "its group, which may not although others may", uid: 1, gid: 100, mode: 0o707, may: false },
  { what: "others, who may", uid: 1, gid: 1, mode: 0o701, may: true },
  { what: "others, who may read but not enter", uid: 1, gid: 1, mode: 0o774, may: false },
])("a directory decides by the first class that fits: $what", ({ uid, gid, mode, may }) => {
  expect(mayPass(ann, { uid, gid, mode })).toBe(may);
});

test("the first closed part of a path is named", async () => {
  const root = await mkdtemp(join(tmpdir(), "tandem-account-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await chmod(root, 0o755);
  const closed = join(root, "closed");
  await mkdir(join(closed, "below"), { recursive: true });
  await chmod(closed, 0o700);
  const stranger = { uid: 54_321, gid: 54_321 };

  expect(await firstClosed(join(closed, "below"), stranger)).toBe(closed);
  expect(await firstClosed(root, stranger)).toBeUndefined();
});

test("users are read from the accounts of the system; root is none of them", () => {
  const users = usersIn(
    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533:nobody:/:/bin/false\n\n# a comment\n+::::",
  );

  expect([...users]).toEqual([["nobody", { uid: 65_534, gid: 65_533 }]]);
});
