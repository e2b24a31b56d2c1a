/** Holds `docs/traps.md` against the tests it names. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const PROJECT = join(import.meta.dirname, "..");
const TRAPS = 42;

interface Row {
  readonly trap: string;
  readonly files: readonly string[];
  readonly reason: string;
}

const ROWS: readonly Row[] = readFileSync(join(PROJECT, "docs/traps.md"), "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, trap, , here = ""] = /^\| (P\d+) \| (.+?) \| (.+) \|$/.exec(line) ?? [];
    if (trap === undefined) return [];
    const files = [...here.matchAll(/`([^`]+\.test\.ts)`/g)].flatMap(([, file]) => file ?? []);
    return [{ trap, files, reason: here }];
  });

test("every trap has its line, in order", () => {
  expect(ROWS.map(({ trap }) => trap)).toEqual(Array.from({ length: TRAPS }, (_, at) => `P${at + 1}`));
});

test.each(ROWS)("$trap names tests that name it, or says why it cannot happen", ({ trap, files, reason }) => {
  if (files.length === 0) expect(reason).toMatch(/^Cannot happen: .{20,}/);
  for (const file of files) {
    expect(existsSync(join(PROJECT, file)), file).toBe(true);
    const named = new RegExp(`["\`][^"\`\\n]*\\b${trap}\\b`);
    expect(readFileSync(join(PROJECT, file), "utf8"), file).toMatch(named);
  }
});
