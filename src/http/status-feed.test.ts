import { once } from "node:events";
import type { Readable } from "node:stream";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SyncError } from "../core/errors.ts";
import type { Status } from "../core/status.ts";
import { StatusFeed } from "./status-feed.ts";

const times = { every: 1_000, heartbeat: 15_000, retry: 3_000 };

let reads = 0;
let failure: Error | null = null;
let listeners = new Set<() => void>();
let feed: StatusFeed;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  reads = 0;
  failure = null;
  listeners = new Set();
  feed = new StatusFeed({ status: readStatus, subscribe, log: pino({ level: "silent" }) }, times);
});

afterEach(() => {
  feed.close();
  vi.useRealTimers();
});

async function readStatus(): Promise<Status> {
  reads += 1;
  if (failure !== null) throw failure;
  return {
    version: `${reads}`,
    at: "2026-11-24T06:00:00.000Z",
    workspace: "marketing",
    demo: false,
    database: { kind: "embedded", server: "socket", psql: "psql" },
    connections: [],
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(): void {
  for (const listener of listeners) listener();
}

function collect(stream: Readable): string[] {
  const told: string[] = [];
  stream.setEncoding("utf8").on("data", (chunk: string) => told.push(chunk));
  return told;
}

/** The versions of the status events among what was told: the fixture counts its reads there. */
function versions(told: readonly string[]): string[] {
  return told.flatMap((chunk) => /"version":"(\d+)"/.exec(chunk)?.[1] ?? []);
}

test("a watcher is told the retry time and the status at once", async () => {
  const told = collect(feed.watch());
  await vi.advanceTimersByTimeAsync(0);
  expect(told[0]).toBe("retry: 1000\n\n");
  expect(told[1]).toMatch(/^event: status\ndata: \{"version":"1".*\}\n\n$/);
});

test("many changes in a second become one event, and the last one is never lost", async () => {
  const told = collect(feed.watch());
  await vi.advanceTimersByTimeAsync(0);
  for (let count = 0; count < 50; count += 1) change();
  await vi.advanceTimersByTimeAsync(999);
  expect(versions(told)).toEqual(["1"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(versions(told)).toEqual(["1", "2"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(versions(told)).toEqual(["1", "2"]);
});

test("a change while the status is being read is told after it", async () => {
  const told = collect(feed.watch());
  await vi.advanceTimersByTimeAsync(0);
  change();
  vi.advanceTimersByTime(1_000);
  change();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(versions(told)).toEqual(["1", "2", "3"]);
});

test("the status is read once for all watchers, and not at all without one", async () => {
  const first = feed.watch();
  const told = [collect(first), collect(feed.watch())];
  await vi.advanceTimersByTimeAsync(0);
  expect(told.map(versions)).toEqual([["1"], ["1"]]);
  expect(reads).toBe(1);
  expect(listeners.size).toBe(1);
  feed.close();
  expect(listeners.size).toBe(0);
});

test("a watcher that comes within the second gets the newest event at once", async () => {
  collect(feed.watch());
  await vi.advanceTimersByTimeAsync(10);
  const told = collect(feed.watch());
  await vi.advanceTimersByTimeAsync(0);
  expect(versions(told)).toEqual(["1"]);
});

test("a watcher who leaves is forgotten, and the last one ends the subscription", async () => {
  const watcher = feed.watch();
  collect(watcher);
  await vi.advanceTimersByTimeAsync(0);
  watcher.destroy();
  await once(watcher, "close");
  expect(listeners.size).toBe(0);
});

test("a watcher who does not read gets the newest event later, not all of them", async () => {
  const watcher = feed.watch();
  for (let count = 0; count < 1_000; count += 1) {
    change();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(watcher.readableLength).toBeLessThan(2 * watcher.readableHighWaterMark);
  const told = collect(watcher);
  await vi.advanceTimersByTimeAsync(0);
  expect(versions(told.flatMap((chunk) => chunk.split("\n\n"))).at(-1)).toBe(`${reads}`);
});

test("what cannot be told is told as a problem, and tried again without a change", async () => {
  failure = new SyncError("database_unreachable", "The marketing database does not answer.");
  const told = collect(feed.watch());
  await vi.advanceTimersByTimeAsync(0);
  expect(told[1]).toMatch(/^event: problem\ndata: .*"code":"database_unreachable".*\n\n$/);
  failure = null;
  await vi.advanceTimersByTimeAsync(times.retry);
  expect(versions(told)).toEqual(["2"]);
});

test("silence is filled with heartbeats", async () => {
  const told = collect(feed.watch());
  await vi.advanceTimersByTimeAsync(30_000);
  expect(told.slice(2)).toEqual([": still here\n\n", ": still here\n\n"]);
});

test("closing ends every stream", async () => {
  const watcher = feed.watch();
  collect(watcher);
  await vi.advanceTimersByTimeAsync(0);
  feed.close();
  await once(watcher, "end");
});
