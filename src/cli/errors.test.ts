import { stripVTControlCharacters } from "node:util";
import { Command, CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { addErrors, addRetry } from "./errors.ts";
import type { Refused, RetryWish } from "../core/refused.ts";

const REFUSED: Refused = {
  entity: "contact",
  table: "people",
  way: "push",
  row: "12",
  crmId: "00000000-0000-4000-8000-00000000000c",
  code: "value_invalid",
  field: "first_name",
  detail: "First name is longer than 50 characters.",
  since: "2026-11-24T05:58:00.000Z",
};

const PARKED: Refused = {
  ...REFUSED,
  entity: "lead",
  way: "pull",
  row: null,
  code: "value_unstorable",
  field: null,
  detail: "subject: contains a NUL character",
};

interface Said {
  readonly text: string;
  readonly filter: RetryWish | undefined;
}

async function run(lines: readonly Refused[], retried: number, ...words: readonly string[]): Promise<Said> {
  const program = new Command("tandem").exitOverride();
  let text = "";
  let filter: RetryWish | undefined;
  const parts = {
    tandem: {
      errors: async () => lines,
      retry: async (wish: RetryWish) => {
        filter = wish;
        return retried;
      },
    },
    signal: new AbortController().signal,
    write: (more: string) => {
      text += more;
    },
    now: () => new Date("2026-11-24T06:00:00Z"),
  };
  addErrors(program, parts);
  addRetry(program, parts);
  const quiet = { writeOut: () => undefined, writeErr: () => undefined };
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput(quiet);
  await program.parseAsync(["node", "tandem", ...words]);
  return { text: stripVTControlCharacters(text), filter };
}

describe("tandem errors", () => {
  test("lists what was refused on either way, and once what to do about each cause", async () => {
    const { text } = await run([REFUSED, { ...REFUSED, row: "7" }, PARKED], 0, "errors");
    expect(text.split("\n").map((line) => line.replaceAll(/ {2,}/g, "  "))).toEqual([
      "entity  way  row  code  field  since  reason",
      "contact  to Dynamics  12  value_invalid  first_name  2 min ago  First name is longer than 50 characters.",
      "contact  to Dynamics  7  value_invalid  first_name  2 min ago  First name is longer than 50 characters.",
      "lead  to marketing  00000000-0000-4000-8000-00000000000c  value_unstorable  –  2 min ago  subject: contains a NUL character",
      "",
      "value_invalid: Correct the named field in marketing; the record goes on by itself.",
      "value_unstorable: Correct the named field in Dynamics; the record is read again when it changes.",
      "",
    ]);
  });

  test("says so when there is nothing", async () => {
    expect((await run([], 0, "errors")).text).toBe("Nothing was refused.\n");
  });

  test("shows fifty, and all of them as JSON", async () => {
    const many = Array.from({ length: 60 }, () => REFUSED);
    expect((await run(many, 0, "errors")).text).toContain("… and 10 more; --csv and --json have them all");
    expect(JSON.parse((await run(many, 0, "errors", "--json")).text)).toHaveLength(60);
  });

  test("can be narrowed to an entity or a cause", async () => {
    const all = [REFUSED, PARKED];
    const { text: leads } = await run(all, 0, "errors", "--entity", "lead", "--json");
    expect(JSON.parse(leads)).toEqual([PARKED]);
    const { text: invalid } = await run(all, 0, "errors", "--code", "value_invalid", "--json");
    expect(JSON.parse(invalid)).toEqual([REFUSED]);
  });
});

describe("tandem errors, to look through", () => {
  const all = [REFUSED, { ...REFUSED, row: "7", detail: "=HYPERLINK(1), and more" }, PARKED];

  test("--search finds words in any column, without regard to case", async () => {
    const found = async (...words: string[]): Promise<unknown> =>
      JSON.parse((await run(all, 0, "errors", "--json", ...words)).text);
    expect(await found("--search", "LONGER than")).toEqual([REFUSED]);
    expect(await found("--search", "value_unstor")).toEqual([PARKED]);
    expect(await found("--search", "0000000C", "--entity", "lead")).toEqual([PARKED]);
    expect(await found("--search", "nowhere")).toEqual([]);
  });

  test("--csv has all of them, with the remedy, and no cell that a spreadsheet would carry out", async () => {
    const { text } = await run(all, 0, "errors", "--csv");
    const lines = text.split("\r\n");
    expect(lines).toHaveLength(all.length + 2);
    expect(lines[0]).toBe("since,entity,way,table,row,crmId,code,field,detail,remedy");
    expect(lines[2]).toContain(
      `,7,00000000-0000-4000-8000-00000000000c,value_invalid,first_name,"'=HYPERLINK(1), and`,
    );
    expect(lines[3]).toMatch(
      /^2026-11-24T05:58:00.000Z,lead,pull,people,,.*Correct the named field in Dynamics/,
    );
  });
});

describe("tandem retry", () => {
  test("retries all, or what is named, and says how many", async () => {
    const all = await run([], 2, "retry");
    expect(all).toEqual({
      filter: {},
      text: "2 edits are tried again with the next cycle; `tandem sync` runs it now.\n",
    });
    const one = await run([], 1, "retry", "--entity", "lead", "--code", "write_refused", "--id", "12");
    expect(one.filter).toEqual({ entity: "lead", code: "write_refused", row: "12" });
    expect(one.text).toMatch(/^1 edit is/);
    expect((await run([], 2, "retry", "--json")).text).toBe('{"retried":2}\n');
  });

  test("says so when nothing waits, and takes no word for a number", async () => {
    expect((await run([], 0, "retry")).text).toMatch(/^Nothing of that kind is waiting/);
    await expect(run([], 0, "retry", "--id", "all")).rejects.toBeInstanceOf(CommanderError);
  });
});
