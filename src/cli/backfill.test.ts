import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { ScriptedSyncDesk } from "../../test/support/sync-desk.ts";
import { addBackfill } from "./backfill.ts";

afterEach(() => {
  process.exitCode = undefined;
});

async function run(...words: readonly string[]) {
  const desk = new ScriptedSyncDesk();
  let written = "";
  const program = new Command("tandem").exitOverride().configureOutput({ writeErr: () => undefined });
  addBackfill(program, {
    tandem: { runs: (work) => work(desk) },
    signal: new AbortController().signal,
    write: (text) => {
      written += text;
    },
    now: () => new Date("2026-11-24T06:00:00Z"),
  });
  await program.parseAsync(["node", "tandem", ...words]);
  return { desk, written };
}

test("without arguments it lists what goes on, with rate and time left", async () => {
  const { written } = await run("backfill");
  expect(written).toMatch(
    /3\s+contact\s+jobtitle, fax\s+created from 2026-01-01T00:00:00\.000Z\s+running\s+1,500\s+4,500\s+100\/s\s+30 s/,
  );
});

test("days are days of the calendar in UTC, the last one included", async () => {
  const { desk } = await run(
    ..."backfill contact jobtitle fax --created-from 2026-01-01 --created-to 2026-01-31".split(" "),
    ..."--changed-from 2026-02-01T10:00:00Z --where".split(" "),
    "city is blank",
  );
  expect(desk.wishes).toEqual([
    {
      entity: "contact",
      attributes: ["jobtitle", "fax"],
      conditions: {
        created: { from: "2026-01-01T00:00:00.000Z", before: "2026-02-01T00:00:00.000Z" },
        changed: { from: "2026-02-01T10:00:00.000Z" },
        where: "city is blank",
      },
      records: null,
    },
  ]);
});

test("records are named by rows and ids, in the command or in a file; who is nobody is told", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tandem-list-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const list = join(folder, "rows.txt");
  await writeFile(list, "17\n18\n\n00000000-0000-4000-8000-000000000001\n");
  const { desk, written } = await run("backfill", "contact", "fax", "--rows", "3, 4", "--list", list);
  expect(desk.wishes[0]?.records).toEqual(["3", "4", "17", "18", "00000000-0000-4000-8000-000000000001"]);
  expect(written).toContain("1 of them are no records here: 17");
});

test("one is taken back by its number", async () => {
  expect((await run("backfill", "--cancel", "3")).written).toBe(
    "Backfill 3 is cancelled; what it brought stays.\n",
  );
  expect((await run("backfill", "--cancel", "4")).written).toBe("There is no backfill 4.\n");
  expect(process.exitCode).toBe(2);
});

test.each([
  ["backfill contact", "name the fields"],
  ["backfill contact fax --created-from yesterday", '"yesterday" is no day'],
  ["backfill contact fax --rows ann", '"ann" is neither'],
  ["backfill --cancel all", "--cancel takes the number"],
])("%s is refused plainly", async (words, message) => {
  await expect(run(...words.split(" "))).rejects.toThrow(message);
});

test("a list that cannot be read is named, as wrong use", async () => {
  await expect(run("backfill", "contact", "jobtitle", "--list", "/nope")).rejects.toMatchObject({
    code: "commander.error",
    message: "error: the file /nope of --list cannot be read (ENOENT)",
  });
});
