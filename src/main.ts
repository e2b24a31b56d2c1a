/**
 * The `tandem` command: reads the environment, runs a command, and says plainly what went wrong.
 */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { keepHeapSmall } from "./app/memory.ts";
import { App } from "./app/tandem.ts";
import { createProgram } from "./cli/program.ts";
import { exitCodeOf, failureText } from "./cli/failure.ts";
import { CommanderError } from "commander";
import { SETTINGS, readSettings } from "./config/settings.ts";

keepHeapSmall();

const packageFile = new URL("../package.json", import.meta.url);
const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile(packageFile, "utf8")));

// Whoever reads the output may have seen enough, as `| head` has.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const stopping = new AbortController();
const stop = (): void => {
  // A second Ctrl-C ends at once: the next start goes on from the last committed page.
  if (stopping.signal.aborted) process.exit(130);
  stopping.abort();
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);

const program = createProgram({
  version,
  tandem: new App(version, () => readSettings(process.env)),
  signal: stopping.signal,
  settingsHelp: settingsHelp(),
  run: runInForeground,
  write: (text) => process.stdout.write(text),
});

try {
  await program.parseAsync();
} catch (error) {
  // Commander has said by itself what was wrong with the words, or shown the help that was asked for.
  if (!(error instanceof CommanderError)) process.stderr.write(failureText(error));
  process.exitCode = exitCodeOf(error);
}

function settingsHelp(): string {
  const width = Math.max(...Object.keys(SETTINGS).map((name) => name.length));
  return Object.entries(SETTINGS)
    .map(([name, { about, schema }]) => {
      const standard = schema.safeParse(undefined);
      const shown =
        standard.success && standard.data !== undefined ? ` (default ${String(standard.data)})` : "";
      return `  ${name.padEnd(width)}  ${about}${shown}`;
    })
    .join("\n");
}

function runInForeground(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
