/**
 * The thread that reads large pages. Its messages are in `page-thread.ts`.
 */
import { parentPort } from "node:worker_threads";
import { SyncError } from "../../core/errors.ts";
import { pageReader } from "./page-reading.ts";
import type { Told, ToWorker } from "./page-thread.ts";

const readers = new Map<number, ReturnType<typeof pageReader>>();

parentPort?.on("message", (message: ToWorker) => {
  if ("forget" in message) readers.delete(message.forget);
  else if ("recipe" in message) readers.set(message.feed, pageReader(message.recipe));
  else answer(message);
});

function answer({ call, feed, json }: Extract<ToWorker, { readonly call: number }>): void {
  try {
    const rows = readers.get(feed)?.(json);
    if (rows === undefined) throw new TypeError(`Nobody said how the pages of feed ${feed} are read.`);
    tell({ call, rows }, [rows.text.buffer, rows.ends.buffer]);
  } catch (error) {
    tell({ call, ...failure(error) }, []);
  }
}

function failure(error: unknown): Pick<Extract<Told, { readonly message: string }>, "code" | "message"> {
  if (error instanceof SyncError) return { code: error.code, message: error.message };
  return { code: null, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function tell(told: Told, handedOver: readonly ArrayBuffer[]): void {
  parentPort?.postMessage(told, [...handedOver]);
}
