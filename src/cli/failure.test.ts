import { stripVTControlCharacters } from "node:util";
import { CommanderError } from "commander";
import { expect, test } from "vitest";
import type { ErrorCode } from "../core/errors.ts";
import { ERROR_CODES, SyncError } from "../core/errors.ts";
import { exitCodeOf, failureText } from "./failure.ts";

const text = (error: unknown): string => stripVTControlCharacters(failureText(error));

test("a foreseen failure is its code, what happened, and what to do by whom", () => {
  expect(text(new SyncError("configuration_invalid", "TANDEM_PORT: too big"))).toBe(
    `configuration_invalid: TANDEM_PORT: too big\n  What to do: ${ERROR_CODES.configuration_invalid.remedy}\n`,
  );
  expect(text(new SyncError("permission_missing", "no read"))).toContain(
    "What the Dynamics admin does: Give",
  );
  expect(text(new SyncError("unavailable", "503"))).toContain("What happens next: Nothing to do");
});

test("being stopped is no failure to explain", () => {
  expect(text(new SyncError("stopped", "aborted"))).toMatch(/^Stopped; the next start goes on/);
});

test("an error with a remedy of its own is told with it", () => {
  const held = Object.assign(new Error("Another Tandem works here."), { code: "held", remedy: "Stop it." });
  expect(text(held)).toBe("held: Another Tandem works here.\n  What to do: Stop it.\n");
});

test("a missing psql is told with what to do instead", () => {
  const missing = Object.assign(new Error("spawn psql ENOENT"), { code: "ENOENT", syscall: "spawn psql" });
  expect(text(missing)).toMatch(/psql is not installed.*\n.*tandem psql --print/);
});

test("what nobody foresaw is told with its stack, to be reported", () => {
  const bug = new TypeError("x is not a function");
  expect(text(bug)).toMatch(/did not foresee.*\nTypeError: x is not a function\n {4}at /);
  expect(text("thrown text")).toContain("thrown text");
});

test.each(Object.keys(ERROR_CODES) as ErrorCode[])("%s has a text that ends its line", (code) => {
  expect(text(new SyncError(code, "x"))).toMatch(/[^\n]\n$/);
});

test("exit codes tell a script what kind of failure it was", () => {
  const exit = (code: ErrorCode): number => exitCodeOf(new SyncError(code, "x"));
  expect(
    (["configuration_invalid", "insecure_address", "database_newer", "database_unsupported"] as const).map(
      exit,
    ),
  ).toEqual([2, 2, 2, 2]);
  expect(exit("stopped")).toBe(130);
  expect((["unavailable", "sign_in_failed", "fenced", "mass_change"] as const).map(exit)).toEqual([
    1, 1, 1, 1,
  ]);
  expect(exitCodeOf(new Error("bug"))).toBe(1);
  expect(exitCodeOf(new CommanderError(1, "commander.unknownCommand", "x"))).toBe(2);
  expect(exitCodeOf(new CommanderError(0, "commander.helpDisplayed", "x"))).toBe(0);
});
