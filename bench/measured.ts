/**
 * A process, and what it took: seconds of processor time and the largest memory it was ever resident in, as Linux
 * counts them (`/proc`, see proc(5)).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, readdir } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

export interface Measured {
  readonly output: string;
  /** From its start to its end. */
  readonly seconds: number;
  /** Processor time of the process alone. */
  readonly cpuSeconds: number;
  /** Peak resident set (`VmHWM`), in bytes. */
  readonly peakBytes: number;
}

/** How often a process is looked at. What it does in its last moments may be missed. */
const LOOK_MS = 20;

/** Runs a Node script to its end. @throws Error when it fails */
export async function measured(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Measured> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("TANDEM_")));
  const began = performance.now();
  const child = spawn(process.execPath, words, {
    env: { ...own, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = text(child.stdout);
  const ended = once(child, "exit");
  let [cpuSeconds, peakBytes] = [0, 0];
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    cpuSeconds = Math.max(cpuSeconds, (await cpuOf(child.pid)).own);
    peakBytes = Math.max(peakBytes, await peakOf(child.pid));
    await Promise.race([sleep(LOOK_MS), ended]);
  }
  const seconds = (performance.now() - began) / 1000;
  if (child.exitCode !== 0)
    throw new Error(`${words.join(" ")} ended with ${child.exitCode}: ${await output}`);
  return { output: await output, seconds, cpuSeconds, peakBytes };
}

/** Ticks a second, in which `/proc` counts processor time on Linux. */
const TICKS = 100;

/** Seconds of processor time of a process, and of children it has seen the end of. Zero when it is gone. */
export async function cpuOf(pid: number): Promise<{ readonly own: number; readonly children: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name in brackets may hold blanks; the fields behind it are the third and following.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = (place: number): number => Number(fields[place - 3] ?? 0);
  return { own: (ticks(14) + ticks(15)) / TICKS, children: (ticks(16) + ticks(17)) / TICKS };
}

/** Seconds of processor time of a server and its sessions, those that have ended included. */
export async function cpuOfFamily(pid: number): Promise<number> {
  const server = await cpuOf(pid);
  const children = await childrenOf(pid);
  const live = await Promise.all(children.map(async (child) => (await cpuOf(child)).own));
  return live.reduce((sum, seconds) => sum + seconds, server.own + server.children);
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, "utf8").catch(() => "")),
  );
  return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
}

async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
