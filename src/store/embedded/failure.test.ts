import { expect, test } from "vitest";
import { EmbeddedError, errnoOf, plainFileError } from "./error.ts";
import { failedInitialization, failedStart, startFailure } from "./failure.ts";

const roomy = 1e9;

test.for([
  {
    line: '2026-11-24 06:25:41 UTC [7] FATAL:  lock file "postmaster.pid" already exists',
    failure: "taken",
  },
  {
    line: "2026-11-24 06:25:41 UTC [7] FATAL:  pre-existing shared memory block (key 16039948, ID 11) is still in use",
    failure: "orphans",
  },
  {
    line: '2026-11-24 06:25:41 UTC [7] PANIC:  could not write to file "pg_wal/xlogtemp.7": No space left on device',
    failure: "disk-full",
  },
  { line: "2026-11-24 06:25:41 UTC [7] FATAL:  something else", failure: "unknown" },
])("what a server said before it ended: $failure", ({ line, failure }) => {
  expect(startFailure(["2026-11-24 06:25:41 UTC [7] LOG:  starting PostgreSQL", line], roomy)).toBe(failure);
});

test("a server that could not even write its log ran out of space, when there is none", () => {
  expect(startFailure([], 4096)).toBe("disk-full");
  expect(startFailure([], roomy)).toBe("unknown");
});

test("an unknown failure is told with the server's own lines", () => {
  expect(failedStart("unknown", "/srv/data", ["FATAL:  first", "HINT:  second"]).message).toMatch(
    /of \/srv\/data ended before it answered\. Its last lines:\n {2}FATAL: {2}first\n {2}HINT: {2}second$/,
  );
});

test.for([
  { stderr: "initdb: error: could not write file: No space left on device", code: "disk-full" },
  {
    stderr: "initdb: error: could not look up effective user ID 54321: user does not exist",
    code: "no-account",
  },
  { stderr: "initdb: error: cannot be run as root", code: "start-failed" },
])("initdb that ended with '$stderr' is $code", ({ stderr, code }) => {
  const error = Object.assign(new Error("Command failed"), { code: 1, stderr });
  expect(failedInitialization(error, "/srv/data", 54_321)).toMatchObject({ code });
});

test("programs the machine cannot run at all are named as that", () => {
  const error = Object.assign(new Error("spawn initdb ENOENT"), { code: "ENOENT", stderr: "" });
  expect(failedInitialization(error, "/srv/data", 1)).toMatchObject({ code: "no-binaries" });
});

test.for([
  { from: "ENOSPC", to: "disk-full" },
  { from: "EDQUOT", to: "disk-full" },
  { from: "53100", to: "disk-full" },
  { from: "EROFS", to: "read-only" },
  { from: "EACCES", to: "read-only" },
])("a file error $from is $to in plain words, with its cause", ({ from, to }) => {
  const error = Object.assign(new Error("mkdir failed"), { code: from });
  const plain = plainFileError(error, "/srv/data");

  expect(plain).toBeInstanceOf(EmbeddedError);
  expect(plain).toMatchObject({ code: to, cause: error });
});

test("an error without a plain form stays what it is", () => {
  const strange = new TypeError("strange");
  const plain = new EmbeddedError("held", "Held.", "Wait.");

  expect(plainFileError(strange, "/srv/data")).toBe(strange);
  expect(plainFileError(plain, "/srv/data")).toBe(plain);
  expect(errnoOf("not an error")).toBeUndefined();
});
