/**
 * Time and chance as a parameter, so that tests and simulation decide both.
 */
import { setTimeout as wait } from "node:timers/promises";

import { stopped } from "./stopping.ts";

export interface Timing {
  /** Milliseconds since 1970 in UTC. */
  now(): number;
  /** A number in [0, 1). */
  random(): number;
  /** @throws SyncError `stopped` as soon as the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemTiming: Timing = {
  now: () => Date.now(),
  random: () => Math.random(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, { signal });
    } catch {
      throw stopped();
    }
  },
};
