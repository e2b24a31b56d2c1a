/**
 * Being asked to stop is an outcome like any other: one error, thrown from wherever the work stands.
 */
import { SyncError } from "../../core/errors.ts";

export function stopped(): SyncError {
  return new SyncError("stopped", "Stopped before the answer was there.");
}

/** @throws SyncError `stopped` when the signal is aborted. */
export function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw stopped();
}

/**
 * Waits for work that several callers share, for as long as this caller wants to: its signal ends the wait, not the
 * work. @throws SyncError `stopped`.
 */
export async function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfStopped(signal);
  const gone = Promise.withResolvers<never>();
  const leave = (): void => gone.reject(stopped());
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([work, gone.promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
