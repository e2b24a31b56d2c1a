import { stripVTControlCharacters } from "node:util";
import { Command, CommanderError } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ScriptedFeed } from "../../test/support/event-feed.ts";
import { ScriptedWebhooks } from "../../test/support/webhook-desk.ts";
import { addEvents } from "./events.ts";
import { addWebhooks } from "./webhooks.ts";

let feed: ScriptedFeed;
let desk: ScriptedWebhooks;
let written: string;
let stopping: AbortController;
/** What happens while a command waits. */
let meanwhile: () => void;

beforeEach(() => {
  feed = new ScriptedFeed();
  desk = new ScriptedWebhooks();
  written = "";
  stopping = new AbortController();
  meanwhile = () => stopping.abort();
});

afterEach(() => {
  process.exitCode = undefined;
});

/** Runs a command line and returns the exit code it leaves. */
async function run(...words: readonly string[]): Promise<number> {
  const program = new Command("tandem");
  const parts = {
    tandem: {
      events: <T>(work: (given: ScriptedFeed) => Promise<T>): Promise<T> => work(feed),
      webhooks: <T>(work: (given: ScriptedWebhooks) => Promise<T>): Promise<T> => work(desk),
    },
    signal: stopping.signal,
    write: (text: string) => {
      written += stripVTControlCharacters(text);
    },
    sleep: async () => meanwhile(),
    now: () => new Date("2026-11-24T08:00:00Z"),
  };
  addEvents(program, parts);
  addWebhooks(program, parts);
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  await program.parseAsync(["node", "tandem", ...words]);
  return Number(process.exitCode ?? 0);
}

describe("tandem events", () => {
  test("shows the newest, one a line", async () => {
    for (let told = 0; told < 40; told += 1) feed.tell("person.changed");
    await run("events");
    const lines = written.trimEnd().split("\n");
    expect(lines).toHaveLength(30);
    expect(lines[0]).toBe("2026-11-24 06:00:00  person.changed       people 17  last_name: Lee → Li");
  });

  test("goes on from a cursor that --json gave, with what is wanted", async () => {
    feed.tell("person.created", "person.changed", "person.merged");
    await run(
      "events",
      "--from",
      "begin",
      "--json",
      "--types",
      "person.changed,person.merged",
      "--tables",
      "people",
    );
    const lines = written
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { cursor: string; type: string });
    expect(lines.map(({ cursor, type }) => `${cursor} ${type}`)).toEqual([
      "2-1 person.changed",
      "3-1 person.merged",
    ]);
    written = "";
    await run("events", "--from", "2-1", "--json");
    expect(written).toContain('"cursor":"3-1"');
    expect(written).not.toContain('"cursor":"2-1"');
  });

  test("follows what comes until it is stopped", async () => {
    feed.tell("person.created");
    let waits = 0;
    meanwhile = () => {
      waits += 1;
      if (waits < 3) feed.tell("person.merged");
      else stopping.abort();
    };
    await run("events", "--follow", "--from", "now", "--json");
    expect(written.match(/"type":"\w+\.\w+"/g)).toEqual(['"type":"person.merged"', '"type":"person.merged"']);
  });

  test.each([[["--types", "person.changd"]], [["--from", "yesterday"]]])("refuses %j", async (words) => {
    await expect(run("events", ...words)).rejects.toBeInstanceOf(CommanderError);
  });
});

describe("tandem webhook", () => {
  test("add shows the secret once, and says how it is kept", async () => {
    await run(
      "webhook",
      "add",
      "https://hooks.example/x",
      "--types",
      "person.changed,owner.changed",
      "--name",
      "crm",
    );
    expect(desk.wishes).toEqual([
      {
        url: "https://hooks.example/x",
        name: "crm",
        types: ["person.changed", "owner.changed"],
        tables: null,
        after: null,
      },
    ]);
    expect(written).toContain("whsec_c2VjcmV0");
    expect(written).toContain("kept encrypted");
    desk.encrypted = false;
    await run("webhook", "add", "https://hooks.example/x", "--from", "17-3");
    expect(written).toContain("set TANDEM_SECRET_KEY");
    expect(desk.wishes[1]).toMatchObject({ name: null, types: null, after: { activity: "17", place: 3 } });
  });

  test("list tells what is failing and until when", async () => {
    await run("webhook", "list");
    expect(written).toContain("There is no webhook");
    written = "";
    desk.listed = [
      {
        name: "crm",
        url: "https://hooks.example/x",
        types: ["person.changed"],
        tables: null,
        state: "failing",
        position: "17-2",
        attempts: 3,
        retryAt: "2026-11-24T08:02:00.000Z",
        failure: "It answered 500.",
        delivered: 12_345,
        deliveredAt: "2026-11-24T07:59:00.000Z",
        dead: 0,
        encrypted: true,
      },
    ];
    await run("webhook", "list");
    expect(written).toMatch(
      /crm +https:\/\/hooks\.example\/x +person\.changed +failing +12,345 +1 min ago +0/,
    );
    expect(written).toContain("crm: It answered 500. Tried 3 times; again in 2 min.");
  });

  test("remove, pause and resume act on the one that is named", async () => {
    for (const act of ["remove", "pause", "resume"]) {
      expect(await run("webhook", act, "crm")).toBe(0);
      await expect(run("webhook", act, "nobody")).rejects.toBeInstanceOf(CommanderError);
    }
    expect(desk.asked.filter((one) => one.endsWith("crm"))).toEqual([
      "remove crm",
      "pause crm",
      "resume crm",
    ]);
  });

  test("test says what was answered, and fails when it was not received", async () => {
    expect(await run("webhook", "test", "crm")).toBe(0);
    expect(written).toBe("It was received: 204.\n");
    desk.answer = { kind: "failed", status: 401, detail: "It answered 401." };
    expect(await run("webhook", "test", "crm")).toBe(1);
    expect(written).toContain("It answered 401.");
  });

  test("dead and retry: all, or one by its number", async () => {
    desk.letters = [
      {
        id: "4",
        webhook: "crm",
        event: "17-person-changed",
        type: "person.changed",
        attempts: 16,
        failure: "It answered 422.",
        diedAt: "2026-11-24T06:00:00.000Z",
        again: false,
      },
    ];
    await run("webhook", "dead");
    expect(written).toMatch(/4 +crm +person\.changed +17-person-changed +16 +2 h ago +It answered 422\./);
    written = "";
    await run("webhook", "retry");
    await run("webhook", "retry", "4");
    await run("webhook", "retry", "5");
    expect(written).toBe(
      "1 event is sent again as soon as a Tandem is running.\n".repeat(2) +
        "There is no such dead letter. `tandem webhook dead` lists them.\n",
    );
    await expect(run("webhook", "retry", "x")).rejects.toBeInstanceOf(CommanderError);
  });
});
