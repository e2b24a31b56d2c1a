import { Command, CommanderError } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ScriptedCampaignDesk } from "../../test/support/campaign-desk.ts";
import { guid } from "../../test/support/entity.ts";
import type { ListedMember } from "../core/campaign-desk.ts";
import { addCampaigns } from "./campaigns.ts";

let desk: ScriptedCampaignDesk;
let written: string;

beforeEach(() => {
  desk = new ScriptedCampaignDesk();
  written = "";
});

afterEach(() => {
  process.exitCode = undefined;
});

/** Runs a command line and returns the exit code it leaves. */
async function run(...words: readonly string[]): Promise<number> {
  const program = new Command("tandem");
  addCampaigns(program, {
    tandem: { campaigns: (work) => work(desk) },
    signal: new AbortController().signal,
    write: (text: string) => {
      written += text;
    },
  });
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

const MEMBER: ListedMember = {
  person: "17",
  name: "Ada New",
  email: "ada@new.example",
  state: "added",
  wasThere: false,
  request: null,
  code: null,
  detail: null,
  askedFrom: "cli",
  askedBy: "tandem",
  askedAt: "2026-11-24T08:00:00.000Z",
};

describe("tandem campaign add and remove", () => {
  test("ask for people by their rows, and say how many were answered with what", async () => {
    desk.answers = { queued: 2, waiting: 1 };
    expect(await run("campaign", "add", "3", "17", "18", "19")).toBe(0);
    expect(desk.asked).toEqual([{ campaign: "3", wish: "add", who: { people: ["17", "18", "19"] } }]);
    expect(written).toBe(
      "2 people: will be added to campaign 3; a Tandem that runs does it at once.\n" +
        "1 person: may be in Dynamics already: look at `tandem matches` and decide.\n",
    );
  });

  test("ask for everybody who meets the conditions", async () => {
    desk.answers = { "not added from here": 4, "was there before": 1 };
    await run("campaigns", "remove", "3", "--when", "country is Norway", "--when", "email filled");
    expect(desk.asked[0]?.who).toEqual({
      conditions: [
        { column: "country", operator: "is", value: "Norway" },
        { column: "email", operator: "filled", value: null },
      ],
    });
    expect(written).toBe(
      "4 people: not added from here, so there is nothing to take out.\n" +
        "1 person: in the campaign before anybody asked, and stay in it.\n",
    );
  });

  test("say when there is no such campaign", async () => {
    desk.answers = null;
    expect(await run("campaign", "add", "9", "17")).toBe(2);
    expect(written).toContain("There is no campaign 9.");
  });

  test.each([
    ["nobody", ["add", "3"]],
    ["people and conditions at once", ["add", "3", "17", "--when", "email filled"]],
    ["a person that is no number", ["add", "3", "ann"]],
    ["a condition that is none", ["remove", "3", "--when", "country"]],
  ])("refuse %s", async (_, words) => {
    await expect(run("campaign", ...words)).rejects.toBeInstanceOf(CommanderError);
    expect(desk.asked).toEqual([]);
  });
});

describe("tandem campaign on and off", () => {
  test("switch campaigns, and name the lists that are yet to be made", async () => {
    await run("campaign", "on", "--prefix", "Marketing ab-");
    await run("campaigns", "off");
    expect(desk.switched).toEqual([
      { on: true, prefix: "Marketing ab-" },
      { on: false, prefix: null },
    ]);
    await expect(run("campaign", "on", "--prefix", "x ")).rejects.toBeInstanceOf(CommanderError);
  });
});

describe("tandem campaign list and members", () => {
  test("show campaigns with how many people are in them", async () => {
    desk.known = [
      {
        id: "3",
        crmId: guid(3),
        name: "Spring",
        status: "Active",
        lists: 2,
        added: 1_200,
        waiting: 0,
        refused: 1,
      },
    ];
    await run("campaign", "list");
    expect(written).toMatch(/campaign\s+name\s+status\s+lists\s+added\s+waiting\s+refused/);
    expect(written).toMatch(/3\s+Spring\s+Active\s+2\s+1,200\s+0\s+1/);
  });

  test("show members with what they wait for, and what was refused", async () => {
    desk.listed = [
      MEMBER,
      { ...MEMBER, person: "18", state: "asked-to-add", request: "waiting" },
      { ...MEMBER, person: "19", state: "refused", code: "write_refused", detail: "No." },
    ];
    await run("campaign", "members", "3", "--after", "16");
    expect(desk.queries).toEqual([{ campaign: "3", after: "16", limit: 1_000 }]);
    expect(written).toMatch(/17\s+Ada New\s+ada@new.example\s+added/);
    expect(written).toMatch(/18 .*asked-to-add\s+it must be decided who they are: `tandem matches`/);
    expect(written).toMatch(/19 .*refused\s+No\./);
  });

  test("speak JSON", async () => {
    await run("campaign", "list", "--json");
    expect(JSON.parse(written)).toEqual([]);
  });
});
