/** Holds `docs/parity.md` against the tests it names. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const PROJECT = join(import.meta.dirname, "..");
const FEATURES = 148;

interface Row {
  readonly number: number;
  readonly tandem: string;
  readonly shown: string;
  readonly tests: readonly Evidence[];
}

/** A test file, and those of its titles that are named. */
interface Evidence {
  readonly file: string;
  readonly titles: readonly string[];
}

const ROWS: readonly Row[] = readFileSync(join(PROJECT, "docs/parity.md"), "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, number, , tandem = "", shown = ""] = /^\| (\d+) \| (.+?) \| (.*?) ?\| (.+) \|$/.exec(line) ?? [];
    return number === undefined ? [] : [{ number: Number(number), tandem, shown, tests: evidenceOf(shown) }];
  });

function evidenceOf(shown: string): readonly Evidence[] {
  return [...shown.matchAll(/`([^`]+\.test\.ts)`(?::((?:,? "[^"]+")+))?/g)].map(
    ([, file = "", named = ""]) => ({
      file,
      titles: [...named.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title),
    }),
  );
}

test("every feature of the native sync has its line, once and in order", () => {
  expect(ROWS.map(({ number }) => number)).toEqual(Array.from({ length: FEATURES }, (_, at) => at + 1));
});

test.each(ROWS)("$number says what Tandem does, and names a test or says why otherwise", (row) => {
  expect(row.tandem).not.toBe("");
  if (!/^answered otherwise: .{20,}/.test(row.shown)) expect(row.tests).not.toEqual([]);
  for (const { file, titles } of row.tests) {
    expect(existsSync(join(PROJECT, file)), file).toBe(true);
    const text = readFileSync(join(PROJECT, file), "utf8");
    for (const title of titles) expect(isTitleIn(text, title), `${file}: ${title}`).toBe(true);
  }
});

/** Whether a test or a group of tests has this title. */
function isTitleIn(text: string, title: string): boolean {
  const escaped = title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`\((["'\`])${escaped}\1|^\s*(["'\`])${escaped}\2,$`, "m").test(text);
}
