/**
 * Tandem and the emulated organization as processes of their own, started as a person would start them.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

const project = join(import.meta.dirname, "../..");

/** Settings of Tandem, by their environment variables. */
export type Environment = Readonly<Record<string, string>>;

/** An emulated organization that is running. */
export interface RunningOrganization {
  /** Address, as `TANDEM_DYNAMICS_URL` takes it. */
  readonly url: string;
  /** Address of its control API. */
  readonly control: string;
  /** How Tandem reaches it. */
  readonly environment: Environment;
  stop(): Promise<void>;
}

export interface OrganizationWish {
  /** Records of the demo organization. */
  readonly records: number;
  readonly seed: number;
}

/** Starts an organization of so many records; it ends with `stop`, or with this process. */
export async function startOrganization({ records, seed }: OrganizationWish): Promise<RunningOrganization> {
  const size = ["--demo", "--records", String(records), "--seed", String(seed)];
  const main = join(project, "emulators/dataverse/main.ts");
  const child = spawn(process.execPath, [main, ...size, "--with-parent"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ready = await firstLine(child);
  const { url, control, authority, tenantId, clientId, clientSecret } = JSON.parse(ready) as Record<
    "url" | "control" | "authority" | "tenantId" | "clientId" | "clientSecret",
    string
  >;
  return {
    url,
    control,
    environment: {
      TANDEM_DYNAMICS_URL: url,
      TANDEM_DYNAMICS_AUTHORITY: authority,
      TANDEM_DYNAMICS_TENANT_ID: tenantId,
      TANDEM_DYNAMICS_CLIENT_ID: clientId,
      TANDEM_DYNAMICS_CLIENT_SECRET: clientSecret,
      // The demo's custom entity, with a column of every type.
      TANDEM_ENTITIES: "new_productinterest",
    },
    stop: () => end(child, "SIGTERM"),
  };
}

/** What a command left behind. */
export interface Finished {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs `tandem` with these arguments to its end, with these settings and no others. */
export async function tandem(words: readonly string[], environment: Environment): Promise<Finished> {
  const child = spawnTandem(words, environment);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), over(child)]);
  return { code: child.exitCode, output, errors };
}

/** Starts `tandem` with these arguments and leaves it running. */
export function spawnTandem(
  words: readonly string[],
  environment: Environment,
): ReturnType<typeof spawn> & {
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
} {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("TANDEM_")));
  const main = join(project, "src/main.ts");
  return spawn(process.execPath, [main, ...words], {
    env: { ...own, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Sends a signal and waits until the process is gone. */
export async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  child.kill(signal);
  await over(child);
}

/** Waits until a process is gone. */
export async function over(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** The first line a process prints. @throws Error when it ends without one */
export async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("Its output is not piped.");
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    // Whatever follows is let through, so that the process never waits for a reader.
    child.stdout.resume();
    return line;
  }
  throw new Error("The process ended without a word.");
}
