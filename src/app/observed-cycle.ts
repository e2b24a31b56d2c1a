/**
 * A cycle in the eyes of whoever watches: one part, with its connection, its outcome and its duration.
 */
import { SyncError } from "../core/errors.ts";
import type { Observer } from "../core/observer.ts";
import type { CycleOutcome } from "../core/store-port.ts";
import type { CycleReport } from "../engine/cycle.ts";
import type { Log } from "../engine/ports.ts";

export interface Watching {
  readonly observer: Observer;
  readonly connection: number;
  readonly log: Log;
}

/** Runs the cycle, and tells of its end whatever it is. @throws what the cycle throws */
export function observedCycle(
  { observer, connection, log }: Watching,
  run: () => Promise<CycleReport>,
): Promise<CycleReport> {
  const begun = performance.now();
  return observer.during({ name: "cycle", facts: { connection } }, async () => {
    let outcome: CycleOutcome = "failed";
    try {
      const report = await run();
      ({ outcome } = report);
      log("info", "cycle.ended", { outcome, ...report.counts });
      return report;
    } catch (error) {
      if (error instanceof SyncError && CALM.has(error.code)) outcome = "stopped";
      throw error;
    } finally {
      observer.note({ outcome });
      observer.cycled(outcome, (performance.now() - begun) / 1000);
    }
  });
}

/** Somebody ended it, or has the connection: nothing failed. */
const CALM: ReadonlySet<string> = new Set(["stopped", "paused", "fenced"]);
