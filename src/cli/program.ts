/**
 * The commands of `tandem`.
 */
import { setTimeout as wait } from "node:timers/promises";
import { Command } from "commander";
import type { CheckLine } from "../core/ports.ts";
import type { Status } from "../core/status.ts";
import { addEntities } from "./entities.ts";
import { addBackfill } from "./backfill.ts";
import { addCampaigns } from "./campaigns.ts";
import { addActions } from "./actions.ts";
import { addErrors, addRetry } from "./errors.ts";
import { addEvents } from "./events.ts";
import { addFields } from "./fields.ts";
import { Milestones } from "./milestones.ts";
import { addApprove } from "./approve.ts";
import { addPause } from "./pause.ts";
import { addNotices } from "./notices.ts";
import { addPeople, previewText } from "./people.ts";
import { addPolicy } from "./policy.ts";
import { Progress } from "./progress.ts";
import { addRules } from "./rules.ts";
import { progressText, statusText } from "./status-text.ts";
import type { Started, Tandem } from "./tandem.ts";
import { addWebhooks } from "./webhooks.ts";
import { coloured, duration, integer } from "./words.ts";

export interface ProgramParts {
  readonly version: string;
  readonly tandem: Tandem;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Settings with their sentence and default, for the help. */
  readonly settingsHelp: string;
  /** Runs a program in the foreground and returns its exit code. */
  readonly run: (command: string, args: readonly string[]) => Promise<number>;
  readonly write: (text: string) => void;
}

interface Json {
  readonly json?: boolean;
}

/** Exit codes: 0 done, 1 not done, 2 wrong use or configuration (set by the caller). */
export function createProgram(parts: ProgramParts): Command {
  const program = new Command("tandem")
    .description("Keeps a Microsoft Dynamics 365 organization and a marketing database in step.")
    .version(parts.version)
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError("(run `tandem --help` for the commands)")
    .addHelpText("after", `\nSettings (environment variables):\n${parts.settingsHelp}\n`);
  addStart(program, parts);
  addConnect(program, parts);
  addCheck(program, parts);
  addSync(program, parts);
  addStatus(program, parts);
  addPause(program, parts);
  addApprove(program, parts);
  addFields(program, parts);
  addEntities(program, { ...parts, now: () => new Date() });
  addBackfill(program, { ...parts, now: () => new Date() });
  addErrors(program, { ...parts, now: () => new Date() });
  addRetry(program, parts);
  addNotices(program, { ...parts, now: () => new Date() });
  addPolicy(program, parts);
  addPeople(program, { ...parts, now: () => new Date() });
  addRules(program, parts);
  addCampaigns(program, parts);
  addEvents(program, {
    ...parts,
    sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
  });
  addWebhooks(program, { ...parts, now: () => new Date() });
  addActions(program, { ...parts, now: () => new Date() });
  addPsql(program, parts);
  return program;
}

function addStart(program: Command, { tandem, signal, write }: ProgramParts): void {
  program
    .command("start")
    .description("dashboard, API and worker; the demo organization when nothing is configured")
    .option("--json", "one JSON object a line")
    .action(async ({ json = false }: Json) => {
      const progress = new Progress(process.stderr, json);
      const milestones = new Milestones();
      await tandem.start(
        {
          onReady: (started) =>
            write(json ? `${JSON.stringify({ event: "ready", ...started })}\n` : readyText(started)),
          onStatus: (status) => {
            if (json) write(`${JSON.stringify({ event: "status", status })}\n`);
            else {
              for (const sentence of milestones.reached(status, performance.now() / 1000))
                progress.say(sentence);
              progress.show(progressText(status));
            }
          },
        },
        signal,
      );
      progress.end();
    });
}

function addConnect(program: Command, { tandem, signal, write }: ProgramParts): void {
  program
    .command("connect")
    .description("check the organization, store the connection and make the tables, without reading a record")
    .option("--json", "machine-readable output")
    .action(async ({ json = false }: Json) => {
      const red = await printCheck(tandem.check(signal), json ? () => undefined : write);
      if (red > 0) {
        write(
          json
            ? `${JSON.stringify({ connected: false, red })}\n`
            : "\nNot connected: mend the red lines first.\n",
        );
        process.exitCode = 1;
        return;
      }
      const status = await tandem.connect(signal);
      const matches = await tandem.previewMatches(signal);
      const met = matches.people === 0 ? "" : `${previewText(matches)}\n\n`;
      write(
        json
          ? `${JSON.stringify({ ...status, matches })}\n`
          : `\n${statusText(status)}\n\n${met}Run \`tandem start\` to begin copying.\n`,
      );
    });
}

function addCheck(program: Command, { tandem, signal, write }: ProgramParts): void {
  program
    .command("check")
    .description("the set-up validator: address, sign-in, user, privileges, change tracking, clock, limits")
    .option("--json", "one JSON object a line")
    .action(async ({ json = false }: Json) => {
      const red = await printCheck(tandem.check(signal), write, json);
      if (red > 0) process.exitCode = 1;
    });
}

function addSync(program: Command, { tandem, signal, write }: ProgramParts): void {
  program
    .command("sync")
    .description("run cycles in this process until nothing is left to do")
    .option("--once", "stop when nothing is left (the default; kept for scripts)")
    .option("--approve-deletes", "let deletes through that the mass-change guard would stop")
    .option("--json", "machine-readable output")
    .action(async (options: Json & { approveDeletes?: boolean }) => {
      const { json = false, approveDeletes = false } = options;
      const progress = new Progress(process.stderr, json);
      const result = await tandem.sync(
        { approveDeletes, onStatus: (status: Status) => progress.show(progressText(status)) },
        signal,
      );
      progress.end();
      if (json) write(`${JSON.stringify(result)}\n`);
      else
        write(
          `${statusText(result.status)}\n\n${syncText(result.cycles, result.seconds, result.complete)}\n`,
        );
      if (!result.complete) process.exitCode = 1;
    });
}

function addStatus(program: Command, { tandem, signal, write }: ProgramParts): void {
  program
    .command("status")
    .description("what has been read, what is left, what needs a person")
    .option("--json", "machine-readable output")
    .action(async ({ json = false }: Json) => {
      const status = await tandem.status(signal);
      write(json ? `${JSON.stringify(status)}\n` : `${statusText(status)}\n`);
    });
}

function addPsql(program: Command, { tandem, signal, run, write }: ProgramParts): void {
  program
    .command("psql")
    .description("open psql on the marketing database, or print its connection string for any other tool")
    .option("--print", "only print the connection string")
    .argument("[arguments...]", "passed on to psql, after --")
    .action(async (args: readonly string[], { print = false }: { print?: boolean }) => {
      const database = await tandem.database(signal);
      try {
        if (print) write(`${database.connectionString}\n`);
        else process.exitCode = await run("psql", [database.connectionString, ...args]);
      } finally {
        await database.close();
      }
    });
}

/** Prints the lines as they come and returns how many are red. */
async function printCheck(
  lines: AsyncIterable<CheckLine>,
  write: (text: string) => void,
  json = false,
): Promise<number> {
  let red = 0;
  for await (const line of lines) {
    if (line.verdict === "red") red += 1;
    write(json ? `${JSON.stringify(line)}\n` : checkText(line));
  }
  return red;
}

function checkText({ verdict, title, found, remedy }: CheckLine): string {
  const sign = { green: "✓", yellow: "!", red: "✗" }[verdict];
  const line = `${coloured(verdict, sign)} ${title}: ${found}\n`;
  return remedy === undefined ? line : `${line}    ${remedy}\n`;
}

function readyText({ url, psql, demo }: Started): string {
  const lines = [
    `${coloured("bold", "Tandem")} is running${demo ? " with a demo organization" : ""}.`,
    `  Dashboard  ${url}`,
    `  Look in    ${psql}`,
    "  Stop       Ctrl-C",
  ];
  return `${lines.join("\n")}\n`;
}

function syncText(cycles: number, seconds: number, complete: boolean): string {
  const done = complete ? "Everything is in step" : "Not everything could be read";
  return `${done} after ${integer(cycles)} ${cycles === 1 ? "cycle" : "cycles"} and ${duration(seconds)}.`;
}
