import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { guid } from "../../test/support/entity.ts";
import { ScriptedDesk } from "../../test/support/person-desk.ts";
import { addActions, addPersonActions } from "./actions.ts";
import { addRules, ruleActionOf } from "./rules.ts";

let desk: ScriptedDesk;
let written: string;

beforeEach(() => {
  desk = new ScriptedDesk();
  written = "";
});

afterEach(() => {
  process.exitCode = undefined;
});

/** Runs a command line and returns the exit code it leaves. */
async function run(...words: readonly string[]): Promise<number> {
  const program = new Command("tandem");
  const parts = {
    tandem: { people: <T>(work: (given: ScriptedDesk) => Promise<T>): Promise<T> => work(desk) },
    signal: new AbortController().signal,
    write: (text: string) => {
      written += text;
    },
    now: () => new Date("2026-11-24T08:00:00Z"),
  };
  const person = program.command("person");
  addPersonActions(person, parts);
  addActions(program, parts);
  addRules(program, parts);
  const [, , rule] = program.commands;
  for (const command of [program, ...program.commands, ...person.commands, ...(rule?.commands ?? [])])
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  await program.parseAsync(["node", "tandem", ...words]);
  return Number(process.exitCode ?? 0);
}

const TASK = {
  kind: "task",
  as: "lead",
  subject: "Call {{first_name|them}}",
  description: null,
  due: 5,
  owner: null,
  priority: null,
  status: null,
  campaign: null,
};

describe("tandem person owner, task and delete", () => {
  test("ask for those who are named", async () => {
    expect(await run("person", "owner", "17", "18", "--to", guid(3).toUpperCase(), "--as", "contact")).toBe(
      0,
    );
    expect(await run("person", "task", "17", "--subject", TASK.subject, "--now")).toBe(0);
    expect(await run("person", "delete", "17")).toBe(0);
    const common = { dry: false, most: 100, now: false };
    expect(desk.asked).toEqual([
      {
        wish: { kind: "owner", as: "contact", owner: guid(3) },
        concerned: { people: ["17", "18"] },
        ...common,
      },
      { wish: TASK, concerned: { people: ["17"] }, ...common, now: true },
      { wish: { kind: "delete" }, concerned: { people: ["17"] }, ...common },
    ]);
    expect(written).toContain("Asked for 1 person; it goes at once, where a Tandem runs.");
  });

  test("ask for all who meet conditions, and count them first where that is wanted", async () => {
    desk.asking = { kind: "counted", people: 1_412 };
    const when = ["--when", "score at-least 50", "--when", "email filled"];
    expect(await run("person", "delete", ...when, "--dry-run")).toBe(0);
    expect(written).toBe("It would concern 1,412 people.\n");
    expect(desk.asked).toMatchObject([
      {
        concerned: {
          when: [
            { column: "score", operator: "at-least", value: "50" },
            { column: "email", operator: "filled", value: null },
          ],
        },
        dry: true,
      },
    ]);
  });

  test("say how many they are when they are more than are meant, and take a number or a yes for it", async () => {
    desk.asking = { kind: "too-many", people: 1_412 };
    expect(await run("person", "delete", "--when", "email filled")).toBe(1);
    expect(written).toBe(
      "It would concern 1,412 people, more than 100: nothing was asked for. If so many are meant, say --confirm 1412.\n",
    );
    await run("person", "delete", "--when", "email filled", "--confirm", "1412");
    await run("person", "delete", "--when", "email filled", "--yes");
    expect(desk.asked.map(({ most }) => most)).toEqual([100, 1412, Number.MAX_SAFE_INTEGER]);
  });

  test("say why it cannot be asked for", async () => {
    desk.asking = { kind: "refused", detail: "There is no person 17.", missing: true };
    expect(await run("person", "delete", "17")).toBe(2);
    expect(written).toBe("There is no person 17.\n");
  });

  test("take a day or a number of days, and everything else that a task has", async () => {
    const more = ["--due", "2027-01-31", "--owner", guid(4), "--priority", "High", "--status", "3"];
    const words = ["--description", "d", "--campaign", "Spring"];
    await run("person", "task", "17", "--subject", "s", ...more, ...words);
    await run("person", "task", "17", "--subject", "s", "--due", "10");
    expect(desk.asked.map(({ wish }) => wish)).toEqual([
      {
        ...TASK,
        subject: "s",
        description: "d",
        due: "2027-01-31",
        owner: guid(4),
        priority: "High",
        status: "3",
        campaign: "Spring",
      },
      { ...TASK, subject: "s", due: 10 },
    ]);
  });

  test.each([
    ["nobody", ["delete"]],
    ["both", ["delete", "17", "--when", "email filled"]],
    ["a name", ["delete", "ann"]],
    ["an owner that is no id", ["owner", "17", "--to", "bob"]],
    ["a task without a subject", ["task", "17"]],
    ["a day that is none", ["task", "17", "--subject", "s", "--due", "soon"]],
    ["a condition that is none", ["delete", "--when", "email"]],
    ["a count that is none", ["delete", "17", "--confirm", "all"]],
  ])("refuse %s", async (_, words) => {
    await expect(run("person", ...words)).rejects.toThrow(/error/);
    expect(desk.asked).toEqual([]);
  });
});

test("tandem actions lists what was asked for", async () => {
  desk.acts = [
    {
      id: "task-1",
      person: "17",
      kind: "task",
      origin: "rule",
      rule: "hot",
      state: "parked",
      outcome: null,
      code: "value_invalid",
      detail: "Status Reason has no such choice.",
      recordId: null,
      requestedAt: "2026-11-24T07:00:00.000Z",
      finishedAt: null,
    },
  ];
  await run("actions", "--state", "open", "--kind", "task", "--person", "17", "--limit", "5");
  expect(desk.looked).toEqual([{ state: "open", kind: "task", person: "17", limit: 5 }]);
  expect(written).toMatch(
    /task-1 +17 +parked +hot +1 h ago +value_invalid: Status Reason has no such choice\./,
  );
});

describe("tandem rule --then", () => {
  test.each([
    [`owner:${guid(3).toUpperCase()}`, { kind: "owner", owner: guid(3) }],
    ["task: Call {{first_name|them}}: now", { kind: "task", subject: "Call {{first_name|them}}: now" }],
    ["campaign:3", { kind: "campaign", campaign: "3" }],
    ["owner:bob", null],
    ["task:", null],
    ["campaign:spring", null],
    ["marry:bob", null],
  ])("reads %s", (text, action) => {
    expect(ruleActionOf(text)).toEqual(action);
  });

  test("adds a rule with actions, for those to come or for those who are there too", async () => {
    const words = [
      "rule",
      "add",
      "hot",
      "--when",
      "score at-least 50",
      "--then",
      "task:Call",
      "--then",
      "campaign:3",
    ];
    await run(...words);
    expect(written).toContain("3 people meet it now. It is for those who will, and not for them.");
    await run(...words, "--include-present");
    expect(desk.added).toMatchObject([
      { actions: [{ kind: "task" }, { kind: "campaign" }], includePresent: false },
      { includePresent: true },
    ]);
    await expect(
      run("rule", "add", "hot", "--when", "email filled", "--then", "marry:bob"),
    ).rejects.toThrow();
  });
});
