/**
 * Serves the built dashboard with scripted statuses: for the browser tests, and for working on the dashboard by hand
 * (`node test/dashboard/fixture.ts` plays every scene on port 4600).
 */
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Status } from "../../src/core/status.ts";
import type { Refused, RetryWish } from "../../src/core/refused.ts";
import { scriptedOptions } from "../support/server-options.ts";
import { ScriptedNotices } from "../support/notice-desk.ts";
import { openServer } from "../../src/http/server.ts";
import * as scenes from "./scenes.ts";

export interface Fixture {
  readonly url: string;
  readonly port: number;
  /** Ids of the connections that a cycle was asked for, in order. */
  readonly syncs: readonly number[];
  readonly notices: ScriptedNotices;
  /** What was refused, and what was asked to be tried again. */
  readonly refused: Refused[];
  readonly retried: RetryWish[];
  /** Tells a new status from now on; a failure in its place is told as one. */
  show(status: Status | Error): void;
  close(): Promise<void>;
}

/** @param port 0 takes a free one; a port that was just given up brings the server back under the same address. */
export async function openFixture(first: Status | Error, port = 0): Promise<Fixture> {
  let shown = first;
  const listeners = new Set<() => void>();
  const syncs: number[] = [];
  const refused: Refused[] = [];
  const retried: RetryWish[] = [];
  const notices = new ScriptedNotices();
  const server = await openServer({
    ...scriptedOptions(),
    port,
    async status() {
      if (shown instanceof Error) throw shown;
      return shown;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async syncNow(id) {
      syncs.push(id);
    },
    notices,
    refusals: {
      refused: async () => refused,
      retry: async (wish) => retried.push(wish),
    },
    dashboardFolder: path.join(import.meta.dirname, "../../dashboard/dist"),
  });
  return {
    url: server.url,
    port: Number(new URL(server.url).port),
    syncs,
    notices,
    refused,
    retried,
    show(status) {
      shown = status;
      for (const listener of listeners) listener();
    },
    close: () => server.close(),
  };
}

if (import.meta.main) await play(await openFixture(scenes.copying(Date.now(), 0), 4600));

async function play(fixture: Fixture): Promise<never> {
  process.stdout.write(`Every scene in turn at ${fixture.url}\n`);
  for (;;) {
    for (let second = 0; second <= 90; second += 1) {
      fixture.show(scenes.copying(Date.now(), second / 90));
      await pause(1_000);
    }
    for (const scene of [scenes.following, scenes.resting, scenes.waiting, scenes.attention, scenes.empty]) {
      fixture.show(scene(Date.now()));
      await pause(20_000);
    }
  }
}
