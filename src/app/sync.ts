/**
 * Cycles in this process until nothing is left to do.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { SyncOptions, SyncResult } from "../cli/tandem.ts";
import { delayMs } from "../core/backoff.ts";
import { isTransient } from "../core/errors.ts";
import type { CycleReport } from "../engine/cycle.ts";
import { mayPass } from "../engine/cycle.ts";
import type { StatusBoard } from "./status.ts";
import type { Worker } from "./worker.ts";

const RETRIES = { baseMs: 2_000, maxMs: 60_000, attempts: 5 };
const PROGRESS_MS = 500;

/** Cycles with pushes after which a further one is run; then somebody keeps editing. */
const MOST_ECHOES = 5;

/**
 * Nothing is left when a cycle has read every entity to its end, none of them whole, and pushed nothing: then all that
 * was committed on either side before that cycle began is on the other, and what Dynamics made of it has come home. A
 * stream of edits is not followed for ever.
 * @throws SyncError what stops the whole connection, after a few tries where waiting may help
 */
export async function syncUntilDone(
  { worker, board }: { readonly worker: Worker; readonly board: StatusBoard },
  options: SyncOptions,
  signal: AbortSignal,
): Promise<SyncResult> {
  const began = performance.now();
  const ticking = setInterval(() => {
    board.read().then(options.onStatus, () => undefined);
  }, PROGRESS_MS);
  try {
    let cycles = 0;
    let echoes = 0;
    for (let failures = 0; ;) {
      const report = await attempt(worker, options, signal);
      cycles += 1;
      if (!(report instanceof Error) && report.counts.pushed > 0) echoes += 1;
      const verdict = verdictOf(report, { failures, echoes });
      if (verdict === "again") continue;
      if (verdict !== "wait") {
        const seconds = (performance.now() - began) / 1000;
        return { cycles, seconds, complete: verdict === "complete", status: await board.read() };
      }
      failures += 1;
      await sleep(delayMs(failures, RETRIES, Math.random()), undefined, { signal });
    }
  } finally {
    clearInterval(ticking);
  }
}

/** A cycle, or null when it failed in a way that waiting may mend. */
async function attempt(
  worker: Worker,
  options: SyncOptions,
  signal: AbortSignal,
): Promise<CycleReport | Error> {
  try {
    return await worker.cycle(signal, options.approveDeletes);
  } catch (error) {
    if (isTransient(error)) return error;
    throw error;
  }
}

interface SoFar {
  readonly failures: number;
  /** Cycles that pushed. */
  readonly echoes: number;
}

function verdictOf(
  report: CycleReport | Error,
  { failures, echoes }: SoFar,
): "complete" | "incomplete" | "again" | "wait" {
  if (report instanceof Error) {
    if (failures >= RETRIES.attempts) throw report;
    return "wait";
  }
  // People switched entities: the next cycle goes by what they want now.
  if (report.outcome === "stopped") return "again";
  if (report.outcome === "done") {
    const echoComes = report.counts.pushed > 0 && echoes < MOST_ECHOES;
    return report.whole || echoComes ? "again" : "complete";
  }
  return mayPass(report) && failures < RETRIES.attempts ? "wait" : "incomplete";
}
