import { execFile } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Address } from "./address.ts";
import type { Layout } from "./folder.ts";
import { addressName } from "./folder.ts";
import type { Programs } from "./programs.ts";

/*
 * PostgreSQL on Windows: TCP on loopback with a password, started and stopped by pg_ctl, which also gives up an
 * administrator's rights. Nobody has run this on Windows yet.
 */

const loopback = "127.0.0.1";
/** Below 49152, where Windows begins to hand out ports of its own accord. */
const lowestPort = 20_000;
const highestPort = 40_000;

/** Where the server of a folder listens, as `address.json` in the folder has it; undefined before the first start. */
export async function loopbackAddress(layout: Layout): Promise<Address | undefined> {
  const text = await readFile(addressFile(layout), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Address);
}

/** Keeps the recorded address when its port is free, and records one with a free port otherwise. */
export async function chooseLoopbackAddress(layout: Layout): Promise<Address> {
  const recorded = await loopbackAddress(layout);
  if (recorded && (await isFree(recorded.port))) return recorded;
  const password = recorded?.password ?? randomBytes(24).toString("base64url");
  const address: Address = { host: loopback, port: await freePort(), password };
  await writeFile(addressFile(layout), JSON.stringify(address), { mode: 0o600 });
  return address;
}

/** Starts the server; resolves when it was started, not when it answers. */
export async function startOnWindows(programs: Programs, layout: Layout, port: number): Promise<void> {
  const settings = `-c listen_addresses=${loopback} -c port=${port} -c unix_socket_directories=`;
  await control(programs, ["start", "-W", "-D", layout.cluster, "-l", layout.log, "-o", settings]);
}

/** A fast shutdown, and waits for it up to `milliseconds`. */
export async function stopOnWindows(programs: Programs, layout: Layout, milliseconds: number): Promise<void> {
  const seconds = String(Math.ceil(milliseconds / 1000));
  await control(programs, ["stop", "-w", "-m", "fast", "-t", seconds, "-D", layout.cluster]);
}

async function control(programs: Programs, words: string[]): Promise<void> {
  await promisify(execFile)(programs.control, words, { windowsHide: true });
}

function addressFile(layout: Layout): string {
  return join(layout.folder, addressName);
}

async function freePort(): Promise<number> {
  const port = randomInt(lowestPort, highestPort);
  return (await isFree(port)) ? port : freePort();
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, loopback, () => server.close(() => resolve(true)));
  });
}
