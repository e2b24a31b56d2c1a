import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { isPostmaster, isRunning, isZombie, postmasterIn, waitForEnd } from "./postmaster.ts";

function sleeper() {
  const child = spawn("sleep", ["600"], { cwd: "/", stdio: "ignore" });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return { child, pid: child.pid ?? 0 };
}

test("the first line of postmaster.pid is the server's process", () => {
  expect(postmasterIn("4711\n/srv/data/postgres\n1795501661\n5432\n.\n")).toBe(4711);
  expect(postmasterIn("")).toBeUndefined();
  expect(postmasterIn("-4711\n")).toBeUndefined();
});

test("a process runs until it has ended", async () => {
  const { child, pid } = sleeper();
  expect(await isRunning(pid)).toBe(true);
  expect(await waitForEnd(pid, 0)).toBe(false);

  const exit = once(child, "exit");
  child.kill("SIGKILL");

  expect(await waitForEnd(pid, 10_000)).toBe(true);
  await exit;
  expect(await isRunning(pid)).toBe(false);
});

test("a zombie is told from a process whose name looks like one", () => {
  expect(isZombie("4711 (postgres) Z 1 4711 4711 0 -1")).toBe(true);
  expect(isZombie("4711 (a) Z (b) S 1 4711 4711 0 -1")).toBe(false);
  expect(isZombie("")).toBe(false);
});

test.runIf(process.platform === "linux")("a server is known by the directory it works in", async () => {
  const { pid } = sleeper();
  expect(await isPostmaster(pid, "/")).toBe(true);
  expect(await isPostmaster(pid, "/srv/data/postgres")).toBe(false);
});
