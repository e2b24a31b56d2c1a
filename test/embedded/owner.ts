/*
 * A process that owns the server of a folder: `node owner.ts <folder> [patience in ms]`. It reports each event as a line
 * of JSON, and stops the server when its input says so.
 */
import { createInterface } from "node:readline";
import { EmbeddedError } from "../../src/store/embedded/error.ts";
import type { EmbeddedServer } from "../../src/store/embedded/server.ts";
import { openEmbedded } from "../../src/store/embedded/server.ts";

/** What an owner says; `failed` and `ended` carry an `EmbeddedError`. */
export type OwnerReport =
  | { readonly event: "log"; readonly line: string }
  | ({ readonly event: "opened" } & Pick<EmbeddedServer, "connectionString" | "pid" | "started">)
  | ({ readonly event: "failed" } & Pick<EmbeddedError, "code" | "message" | "remedy">)
  | ({ readonly event: "ended" } & Pick<EmbeddedError, "code" | "message" | "remedy">)
  | { readonly event: "stopped" };

const [folder = "", patience] = process.argv.slice(2);

try {
  const server = await openEmbedded({
    folder,
    log: (line) => report({ event: "log", line }),
    ...(patience === undefined ? {} : { patienceMilliseconds: Number(patience) }),
  });
  const { connectionString, pid, started } = server;
  report({ event: "opened", connectionString, pid, started });
  server.ended.addEventListener("abort", () => report(plain("ended", server.ended.reason)));
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== "stop") continue;
    await server.stop();
    report({ event: "stopped" });
    break;
  }
} catch (error) {
  report(plain("failed", error));
  process.exitCode = 1;
}

function plain(event: "failed" | "ended", error: unknown): OwnerReport {
  if (!(error instanceof EmbeddedError)) throw error;
  return { event, code: error.code, message: error.message, remedy: error.remedy };
}

function report(event: OwnerReport): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
