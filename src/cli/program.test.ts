import { CommanderError } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AT, connectionStatus, statusOf } from "../../test/cli/status.ts";
import { ScriptedNotices } from "../../test/support/notice-desk.ts";
import { ScriptedDesk } from "../../test/support/person-desk.ts";
import { ScriptedEntityDesk } from "../../test/support/entity-desk.ts";
import { ScriptedSyncDesk } from "../../test/support/sync-desk.ts";
import type { NoticeDesk } from "../core/notice.ts";
import { ScriptedFeed } from "../../test/support/event-feed.ts";
import { ScriptedWebhooks } from "../../test/support/webhook-desk.ts";
import type { EventFeed } from "../core/event-port.ts";
import type { AdminDesk, MatchPreview } from "../core/person-desk.ts";
import type { CheckLine } from "../core/ports.ts";
import type { EntityDesk } from "../core/entity-desk.ts";
import { ScriptedCampaignDesk } from "../../test/support/campaign-desk.ts";
import type { CampaignDesk } from "../core/campaign-desk.ts";
import type { SyncDesk } from "../core/sync-desk.ts";
import type { Status } from "../core/status.ts";
import type { WebhookDesk } from "../core/webhook-port.ts";
import { createProgram } from "./program.ts";
import type { FieldsOptions, PolicyLine, PolicyOptions, SyncOptions, SyncResult, Tandem } from "./tandem.ts";

const STATUS = statusOf(connectionStatus());

/** An application that answers from a script and notes what it was asked. */
class ScriptedTandem implements Tandem {
  lines: readonly CheckLine[] = [{ id: "address", title: "Address", verdict: "green", found: "answers" }];
  result: Omit<SyncResult, "status"> = { cycles: 2, seconds: 3, complete: true };
  connected = 0;
  closed = 0;
  switches: FieldsOptions | undefined;
  policy: PolicyOptions | undefined;
  approved: boolean | undefined;
  readonly desk = new ScriptedDesk();
  readonly syncDesk = new ScriptedSyncDesk();
  readonly entityDesk = new ScriptedEntityDesk();
  readonly noticeDesk = new ScriptedNotices();
  preview: MatchPreview = { matchBy: ["email"], people: 0, certain: 0, undecided: 0, alone: 0 };

  async start(options: Parameters<Tandem["start"]>[0]): Promise<void> {
    options.onReady({ url: "http://127.0.0.1:4600", psql: 'psql "x"', demo: true });
    options.onStatus(STATUS);
  }

  async sync(options: SyncOptions): Promise<SyncResult> {
    this.approved = options.approveDeletes;
    return { ...this.result, status: STATUS };
  }

  async connect(): Promise<Status> {
    this.connected += 1;
    return STATUS;
  }

  async *check(): AsyncGenerator<CheckLine> {
    yield* this.lines;
  }

  async status(): Promise<Status> {
    return STATUS;
  }

  async fields(options: FieldsOptions): Promise<[]> {
    this.switches = options;
    return [];
  }

  async policies(options: PolicyOptions): Promise<readonly PolicyLine[]> {
    this.policy = options;
    const line = { entity: "contact", table: "people", direction: "both", winner: "dynamics" } as const;
    return ["jobtitle", "fax"].map((name) => ({
      ...line,
      attribute: name,
      column: name,
      own: false,
      rule: null,
      deletes: options.change?.deletes ?? "keep",
    }));
  }

  async errors(): Promise<[]> {
    return [];
  }

  async retry(): Promise<number> {
    return 0;
  }

  people<T>(work: (desk: AdminDesk) => Promise<T>): Promise<T> {
    return work(this.desk);
  }

  entities<T>(work: (desk: EntityDesk) => Promise<T>): Promise<T> {
    return work(this.entityDesk);
  }

  campaigns<T>(work: (desk: CampaignDesk) => Promise<T>): Promise<T> {
    return work(new ScriptedCampaignDesk());
  }

  runs<T>(work: (desk: SyncDesk) => Promise<T>): Promise<T> {
    return work(this.syncDesk);
  }

  notices<T>(work: (desk: NoticeDesk) => Promise<T>): Promise<T> {
    return work(this.noticeDesk);
  }

  events<T>(work: (feed: EventFeed) => Promise<T>): Promise<T> {
    return work(new ScriptedFeed());
  }

  webhooks<T>(work: (desk: WebhookDesk) => Promise<T>): Promise<T> {
    return work(new ScriptedWebhooks());
  }

  async previewMatches(): Promise<MatchPreview> {
    return this.preview;
  }

  async database() {
    return {
      connectionString: "postgres://x@/y",
      psql: 'psql "postgres://x@/y"',
      close: async () => {
        this.closed += 1;
      },
    };
  }
}

let tandem: ScriptedTandem;
let written: string;
let said: string;
let ran: readonly unknown[];

beforeEach(() => {
  tandem = new ScriptedTandem();
  written = "";
  said = "";
  ran = [];
});

afterEach(() => {
  process.exitCode = undefined;
});

/** Runs a command line and returns the exit code it leaves. */
async function run(...words: readonly string[]): Promise<number> {
  const program = createProgram({
    version: "0.1.0",
    tandem,
    signal: new AbortController().signal,
    settingsHelp: "  TANDEM_PORT  Port",
    run: async (command, args) => {
      ran = [command, ...args];
      return 3;
    },
    write: (text) => {
      written += text;
    },
  });
  const quiet = {
    writeOut: () => undefined,
    writeErr: (text: string) => {
      said += text;
    },
  };
  for (const command of [program, ...program.commands]) command.configureOutput(quiet);
  await program.parseAsync(["node", "tandem", ...words]);
  return Number(process.exitCode ?? 0);
}

const RED: CheckLine = { id: "x", title: "Role", verdict: "red", found: "no role", remedy: "Give it one." };

describe("tandem check", () => {
  test("prints each line with its remedy and fails when one is red", async () => {
    expect(await run("check")).toBe(0);
    expect(written).toMatch(/✓.* Address: answers\n$/);
    tandem.lines = [...tandem.lines, RED];
    expect(await run("check")).toBe(1);
    expect(written).toMatch(/✗.* Role: no role\n {4}Give it one\.\n$/);
  });

  test("--json prints an object a line", async () => {
    tandem.lines = [...tandem.lines, RED];
    expect(await run("check", "--json")).toBe(1);
    expect(
      written
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(tandem.lines);
  });

  test("a yellow line is no failure", async () => {
    tandem.lines = [{ ...RED, verdict: "yellow" }];
    expect(await run("check")).toBe(0);
  });
});

describe("tandem connect", () => {
  test("stores the connection when nothing is red", async () => {
    expect(await run("connect")).toBe(0);
    expect(tandem.connected).toBe(1);
    expect(written).toContain("https://org.example");
  });

  test("stores nothing and fails when something is red", async () => {
    tandem.lines = [RED];
    expect(await run("connect")).toBe(1);
    expect(tandem.connected).toBe(0);
    expect(written).toContain("Not connected");
  });

  test("says whom matching would link, before anything is written", async () => {
    tandem.preview = { ...tandem.preview, people: 12, certain: 10, undecided: 2 };
    await run("connect");
    expect(written).toContain("12 people are of marketing alone. By the same email:\n  10 will be linked");
  });

  test("--json prints one object and nothing else", async () => {
    await run("connect", "--json");
    expect(JSON.parse(written)).toEqual({ ...STATUS, matches: tandem.preview });
    written = "";
    tandem.lines = [RED];
    expect(await run("connect", "--json")).toBe(1);
    expect(JSON.parse(written)).toEqual({ connected: false, red: 1 });
  });
});

describe("tandem sync", () => {
  test("says when everything is in step", async () => {
    expect(await run("sync", "--once")).toBe(0);
    expect(written).toMatch(/Everything is in step after 2 cycles and 3 s\.\n$/);
    expect(tandem.approved).toBe(false);
  });

  test("fails when something could not be read", async () => {
    tandem.result = { cycles: 1, seconds: 61, complete: false };
    expect(await run("sync")).toBe(1);
    expect(written).toMatch(/Not everything could be read after 1 cycle and 1 min 1 s\.\n$/);
  });

  test("hands an approval on, for this run", async () => {
    await run("sync", "--approve-deletes");
    expect(tandem.approved).toBe(true);
  });

  test("--json prints the result and nothing else", async () => {
    await run("sync", "--json");
    expect(JSON.parse(written)).toEqual({ ...tandem.result, status: STATUS });
  });
});

test("tandem status prints what is stored, as text or JSON", async () => {
  await run("status");
  expect(written).toContain("contact");
  written = "";
  await run("status", "--json");
  expect(JSON.parse(written)).toMatchObject({ at: AT });
});

test("tandem start says where to look, or tells every event as JSON", async () => {
  await run("start");
  expect(written).toMatch(/running with a demo organization[\s\S]*http:\/\/127\.0\.0\.1:4600[\s\S]*psql "x"/);
  written = "";
  await run("start", "--json");
  const events = written
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { event: string }).event);
  expect(events).toEqual(["ready", "status"]);
});

describe("tandem psql", () => {
  test("runs psql with what follows, leaves its exit code, and closes the database", async () => {
    expect(await run("psql", "--", "-c", "select 1")).toBe(3);
    expect(ran).toEqual(["psql", "postgres://x@/y", "-c", "select 1"]);
    expect(tandem.closed).toBe(1);
  });

  test("--print only prints the connection string", async () => {
    expect(await run("psql", "--print")).toBe(0);
    expect(written).toBe("postgres://x@/y\n");
    expect(ran).toEqual([]);
    expect(tandem.closed).toBe(1);
  });
});

describe("tandem policy", () => {
  test("sets what is given and leaves the rest", async () => {
    await run("policy", "contact", "--field", "jobtitle", "--winner", "marketing", "--rule", "none");
    expect(tandem.policy).toEqual({
      entity: "contact",
      change: { field: "jobtitle", winner: "marketing", rule: null },
    });
    expect(written).toContain("people.jobtitle");
    expect(written).not.toContain("people.fax");
  });

  test("takes back the winner of a whole entity", async () => {
    await run("policy", "lead", "--winner", "default", "--json");
    expect(tandem.policy).toEqual({ entity: "lead", change: { winner: null } });
    expect(JSON.parse(written)).toHaveLength(2);
  });

  test("lets deletes of an entity travel, and says where they do", async () => {
    await run("policy", "contact", "--deletes", "delete");
    expect(tandem.policy).toEqual({ entity: "contact", change: { deletes: "delete" } });
    expect(written).toContain("A row of contact that is deleted in marketing is deleted in Dynamics too.");
    written = "";
    await run("policy", "contact", "--deletes", "keep");
    expect(written).not.toContain("deleted in Dynamics");
  });

  test("lists and sets nothing when nothing is to be set", async () => {
    await run("policy", "contact", "--field", "jobtitle");
    expect(tandem.policy).toEqual({ entity: "contact", change: null });
  });

  test.each([
    ["policy", "--winner", "dynamics"],
    ["policy", "contact", "--winner", "me"],
    ["policy", "contact", "--field", "fax", "--rule", "sometimes"],
    ["policy", "contact", "--deletes", "perhaps"],
  ])("refuses %s %s %s", async (...words) => {
    await expect(run(...words)).rejects.toBeInstanceOf(CommanderError);
    expect(tandem.policy).toBeUndefined();
  });
});

describe("tandem fields", () => {
  test("hands switches on, by logical name", async () => {
    await run("fields", "contact", "--on", "nickname,fax", "--off", "city");
    expect(tandem.switches).toEqual({ entity: "contact", on: ["nickname", "fax"], off: ["city"] });
  });

  test("cannot switch without an entity", async () => {
    await expect(run("fields", "--on", "nickname")).rejects.toBeInstanceOf(CommanderError);
    expect(said).toMatch(/^error: name the entity/);
    expect(tandem.switches).toBeUndefined();
  });
});

describe("words nobody knows", () => {
  test.each([["syncc"], ["sync", "--onec"], ["fields", "a", "b"], ["status", "extra"]])(
    "%s %s",
    async (...words) => {
      const wrong = run(...words.filter((word) => word !== undefined));
      await expect(wrong).rejects.toBeInstanceOf(CommanderError);
      await expect(wrong).rejects.not.toMatchObject({ exitCode: 0 });
      expect(said).toMatch(/^error: /);
    },
  );

  test("help and version are no failure", async () => {
    await expect(run("--help")).rejects.toMatchObject({ exitCode: 0 });
    await expect(run("--version")).rejects.toMatchObject({ exitCode: 0 });
  });
});
