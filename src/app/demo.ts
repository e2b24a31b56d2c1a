/**
 * The demo organization: an emulated Dynamics in a process of its own, which ends with this one.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { DataverseOptions } from "../connectors/dataverse/source.ts";
import type { Settings } from "../config/settings.ts";
import { SyncError } from "../core/errors.ts";
import * as z from "zod";

/** Name of the demo's connection; its address changes from start to start. */
export const DEMO_NAME = "demo";

/** Custom entities the demo organization brings: what people asked about, and the events they registered for. */
export const DEMO_ENTITIES = [
  "new_productinterest",
  "new_eventregistration",
  "new_event",
  "new_venue",
  "campaign",
  "list",
];

/** Edits, creates and deletes a minute: enough to see something move at every look. */
const SELLERS_PER_MINUTE = "120";

export interface Demo {
  readonly options: DataverseOptions;
  stop(): Promise<void>;
}

const ready = z.object({
  url: z.string(),
  authority: z.string(),
  tenantId: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
});

const EMULATOR = fileURLToPath(new URL("../../emulators/dataverse/main.ts", import.meta.url));

/** Starts the emulator and waits until it answers. */
export async function startDemo(settings: Settings): Promise<Demo> {
  const sellers = settings.TANDEM_DEMO_SELLERS ? ["--sellers", SELLERS_PER_MINUTE] : [];
  const records = String(settings.TANDEM_DEMO_RECORDS);
  const child = spawn(
    process.execPath,
    [EMULATOR, "--demo", "--records", records, "--seed", "7", "--port", "0", "--with-parent", ...sellers],
    { stdio: ["pipe", "pipe", "inherit"], detached: true },
  );
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const line = await Promise.race([firstLine(child.stdout), ended.then(() => undefined)]);
  if (line === undefined) {
    throw new SyncError(
      "configuration_invalid",
      "The demo organization could not be started; see the lines above.",
    );
  }
  const { url, authority, tenantId, clientId, clientSecret } = ready.parse(JSON.parse(line));
  return {
    options: { url, signIn: { kind: "client-secret", authority, tenant: tenantId, clientId, clientSecret } },
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string | undefined> {
  for await (const line of createInterface({ input: stream })) return line;
  return undefined;
}
