import { Command, CommanderError } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { guid } from "../../test/support/entity.ts";
import { ScriptedDesk } from "../../test/support/person-desk.ts";
import type { FilingAnswer, MatchPreview } from "../core/person-desk.ts";
import { addPeople, previewText } from "./people.ts";
import { conditionOf } from "./condition.ts";
import { addRules } from "./rules.ts";

let desk: ScriptedDesk;
let written: string;

const PREVIEW: MatchPreview = {
  matchBy: ["email"],
  people: 1_234,
  certain: 1_000,
  undecided: 34,
  alone: 200,
};

beforeEach(() => {
  desk = new ScriptedDesk();
  written = "";
});

afterEach(() => {
  process.exitCode = undefined;
});

/** Runs a command line and returns the exit code it leaves. */
async function run(...words: readonly string[]): Promise<number> {
  const program = new Command("tandem").exitOverride().configureOutput({ writeErr: () => undefined });
  const parts = {
    tandem: {
      people: <T>(work: (given: ScriptedDesk) => Promise<T>): Promise<T> => work(desk),
      previewMatches: async () => PREVIEW,
    },
    signal: new AbortController().signal,
    write: (text: string) => {
      written += text;
    },
    now: () => new Date("2026-11-24T08:00:00Z"),
  };
  addPeople(program, parts);
  addRules(program, parts);
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ]) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  await program.parseAsync(["node", "tandem", ...words]);
  return Number(process.exitCode ?? 0);
}

test("tandem person sync takes many, or all who meet conditions", async () => {
  expect(await run("person", "sync", "17", "18", "--as", "contact", "--now")).toBe(0);
  expect(await run("person", "sync", "--when", "score at-least 50", "--dry-run")).toBe(0);
  const wish = { kind: "sync", owner: null };
  expect(desk.asked).toMatchObject([
    { wish: { ...wish, as: "contact" }, concerned: { people: ["17", "18"] }, now: true },
    { wish: { ...wish, as: "lead" }, concerned: { when: [{ column: "score" }] }, dry: true },
  ]);
  expect(desk.filed).toEqual([]);
});

describe("tandem person merge", () => {
  test("merges the others into the first, in the given order, and says what becomes of each record", async () => {
    expect(await run("person", "merge", "17", "19", "18")).toBe(0);
    expect(desk.merged).toEqual([{ winner: "17", losers: ["19", "18"] }]);
    expect(written).toBe(
      "Person 19 is person 17 now; the record: left as it is.\n" +
        "Person 18 is person 17 now; the record: left as it is.\n",
    );
    written = "";
    await run("person", "merge", "17", "18", "--json");
    expect(JSON.parse(written)).toEqual({
      winner: "17",
      merged: [{ person: "18", inDynamics: "left as it is" }],
    });
  });

  test.each([[["17"]], [["17", "ada@example.com"]], [["17", "18", "-1"]]])("refuses %j", async (rows) => {
    await expect(run("person", "merge", ...rows)).rejects.toBeInstanceOf(CommanderError);
    expect(desk.merged).toEqual([]);
  });
});

describe("tandem person sync", () => {
  test("files a request, as a lead unless told otherwise", async () => {
    expect(await run("person", "sync", "17")).toBe(0);
    expect(await run("person", "sync", "18", "--as", "contact", "--owner", guid(3))).toBe(0);
    expect(desk.filed).toEqual([
      { person: "17", as: "lead", owner: null },
      { person: "18", as: "contact", owner: guid(3) },
    ]);
    expect(written).toContain("Person 17 will be a lead in Dynamics");
  });

  test.each<[FilingAnswer | null, string, number]>([
    ["already queued", "queued already", 0],
    ["already linked", "there is nothing to do", 0],
    ["waiting", "tandem matches", 0],
    [null, "There is no person 17.", 2],
  ])("says when the answer is %s", async (answer, words, code) => {
    desk.filing = answer;
    expect(await run("person", "sync", "17")).toBe(code);
    expect(written).toContain(words);
    written = "";
    expect(await run("person", "sync", "17", "--json")).toBe(code);
    expect(JSON.parse(written)).toEqual({ person: "17", answer });
  });

  test.each([["ann"], ["17", "--as", "account"], ["17", "--owner", "bob"]])(
    "refuses %s %s %s",
    async (...words) => {
      await expect(run("person", "sync", ...words)).rejects.toBeInstanceOf(CommanderError);
      expect(desk.filed).toEqual([]);
    },
  );
});

describe("tandem matches", () => {
  test("shows each person with all the records that could be theirs", async () => {
    const candidate = { entity: "contact", name: "A. Lee", key: "ann@example.com" } as const;
    desk.listed = [
      {
        id: "3",
        person: "17",
        name: "Ann Lee",
        email: "ann@example.com",
        as: "lead",
        candidates: [
          { ...candidate, id: guid(1), rowId: "5" },
          { ...candidate, id: guid(2), name: null, rowId: null },
        ],
        since: "2026-11-24T06:00:00.000Z",
      },
      {
        id: "4",
        person: "18",
        name: null,
        email: null,
        as: null,
        candidates: [],
        since: "2026-11-24T07:59:00.000Z",
      },
    ];
    await run("matches");
    expect(written.split("\n")).toEqual([
      "3  person 17 (Ann Lee, ann@example.com) shall be a lead; 2 h ago",
      `  ${guid(1)}  contact  A. Lee  ann@example.com  person 5`,
      `  ${guid(2)}  contact          ann@example.com`,
      "",
      "4  person 18 could be in Dynamics already; 1 min ago",
      "",
      "Decide with `tandem match <number> --with <id>`, or --new when it is somebody else.",
      "",
    ]);
    written = "";
    await run("matches", "--json");
    expect(JSON.parse(written)).toEqual(desk.listed);
  });

  test("says when nobody waits", async () => {
    await run("matches");
    expect(written).toBe("Nobody waits for a decision.\n");
  });

  test("counts beforehand what matching would do", async () => {
    await run("matches", "--preview");
    expect(written.split("\n")).toEqual([
      "1,234 people are of marketing alone. By the same email:",
      "  1,000 will be linked to the record that is theirs",
      "  34 could be several, and will wait for somebody to decide",
      "  200 are nobody in Dynamics, and stay as they are",
      "",
    ]);
    expect(previewText({ ...PREVIEW, matchBy: [] })).toContain("Matching is off");
    expect(previewText({ ...PREVIEW, people: 0 })).toContain("nobody to match");
  });
});

describe("tandem match", () => {
  test("decides for a record, or for nobody", async () => {
    await run("match", "3", "--with", guid(0xab).toUpperCase());
    await run("match", "4", "--new");
    expect(desk.decided).toEqual([
      { id: "3", record: guid(0xab) },
      { id: "4", record: null },
    ]);
  });

  test.each([
    ["merged", "are one row now", 0],
    ["kept apart", "stay two rows", 0],
    ["no candidate", "none of the candidates", 2],
    [null, "There is no match 3", 2],
  ] as const)("says when the answer is %s", async (answer, words, code) => {
    desk.decision = answer;
    expect(await run("match", "3", "--new")).toBe(code);
    expect(written).toContain(words);
  });

  test.each([["3"], ["3", "--new", "--with", guid(1)], ["three", "--new"]])(
    "refuses %s %s %s",
    async (...words) => {
      await expect(run("match", ...words)).rejects.toBeInstanceOf(CommanderError);
      expect(desk.decided).toEqual([]);
    },
  );
});

describe("tandem rule", () => {
  test.each([
    ["score at-least 50", { column: "score", operator: "at-least", value: "50" }],
    [
      "  job_title contains vice president ",
      { column: "job_title", operator: "contains", value: "vice president" },
    ],
    ["email filled", { column: "email", operator: "filled", value: null }],
    ["email filled yes", null],
    ["email is", null],
    ["email like x", null],
    ["", null],
  ])("reads the condition %j", (text, condition) => {
    expect(conditionOf(text)).toEqual(condition);
  });

  test("adds one with all its conditions", async () => {
    await run(
      "rule",
      "add",
      "hot",
      "--as",
      "contact",
      "--when",
      "score at-least 50",
      "--when",
      "email filled",
    );
    expect(desk.added).toEqual([
      {
        name: "hot",
        as: "contact",
        conditions: [
          { column: "score", operator: "at-least", value: "50" },
          { column: "email", operator: "filled", value: null },
        ],
      },
    ]);
    expect(written).toBe("The rule hot holds from the next cycle on; 3 people meet it now.\n");
  });

  test("lists and removes", async () => {
    await run("rule", "list");
    expect(written).toContain("There is no rule");
    written = "";
    desk.known = [
      {
        name: "hot",
        as: "lead",
        conditions: [{ column: "email", operator: "filled", value: null }],
        meets: 12,
        trouble: null,
      },
    ];
    await run("rule", "list");
    expect(written).toMatch(/hot +lead +email filled +12/);
    await run("rule", "remove", "hot");
    expect(desk.removed).toEqual(["hot"]);
  });

  test.each([["add", "hot"], ["add", "hot", "--when", "email"], ["remove"]])(
    "refuses %s %s %s",
    async (...words) => {
      await expect(run("rule", ...words)).rejects.toBeInstanceOf(CommanderError);
      expect(desk.added).toEqual([]);
    },
  );
});
