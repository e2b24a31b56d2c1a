/**
 * Large pages are read in a thread of their own: parsing them and writing out their rows is most of the work of a first
 * read, and the thread that talks to the database goes on meanwhile.
 */
import { Worker } from "node:worker_threads";
import type { ErrorCode } from "../../core/errors.ts";
import { SyncError } from "../../core/errors.ts";
import { madePage } from "./made-page.ts";
import type { PageRecipe, PageRows } from "./page-reading.ts";
import type { RawPage } from "./records.ts";

/** What the thread is told: how a feed's pages are read, to read one, and that the feed is over. */
export type ToWorker =
  | { readonly feed: number; readonly recipe: PageRecipe }
  | { readonly feed: number; readonly call: number; readonly json: Uint8Array<ArrayBuffer> }
  | { readonly forget: number };

/** What it says: the rows of a page, or why it could not read it. */
export type Told =
  | { readonly call: number; readonly rows: PageRows }
  | { readonly call: number; readonly code: ErrorCode | null; readonly message: string };

interface Waiting {
  readonly recipe: PageRecipe;
  readonly again: PageBody["again"];
  readonly resolve: (page: RawPage) => void;
  readonly reject: (error: Error) => void;
}

/** A page as it came. */
export interface PageBody {
  /** Is handed over where it has memory of its own, and can no longer be used then. */
  readonly body: Uint8Array;
  /** Gives the body once more, should somebody want to see the records' fields. */
  readonly again: () => Uint8Array;
}

/** Starts with the first page it is given. It keeps no process alive. */
export class PageThread {
  #worker: Worker | null = null;
  /** Feeds whose recipe the thread knows. */
  readonly #feeds = new Map<PageRecipe, number>();
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #opened = 0;

  /**
   * Reads a page. Pages are read one after the other, in the order in which they were given.
   * @throws SyncError `unexpected_answer` as `readPage` does, `stopped`
   */
  async read(recipe: PageRecipe, { body, again }: PageBody, signal: AbortSignal): Promise<RawPage> {
    const stopped = new SyncError("stopped", "Stopped while a page was being read.");
    if (signal.aborted) throw stopped;
    const feed = this.#feedOf(recipe);
    this.#calls += 1;
    const call = this.#calls;
    const { promise, resolve, reject } = Promise.withResolvers<RawPage>();
    const stop = (): void => reject(stopped);
    signal.addEventListener("abort", stop, { once: true });
    this.#waiting.set(call, { recipe, again, resolve, reject });
    try {
      const json = ownBytes(body);
      this.#tell({ feed, call, json }, [json.buffer]);
      return await promise;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#waiting.delete(call);
    }
  }

  /** Lets go of a feed; a later page of it opens it again. */
  forget(recipe: PageRecipe): void {
    const feed = this.#feeds.get(recipe);
    if (feed === undefined) return;
    this.#feeds.delete(recipe);
    this.#tell({ forget: feed }, []);
  }

  /** Ends the thread; pages that are being read fail with `stopped`. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#end(new SyncError("stopped", "The connection was closed while a page was being read."));
    await worker?.terminate();
  }

  #feedOf(recipe: PageRecipe): number {
    const known = this.#feeds.get(recipe);
    if (known !== undefined) return known;
    this.#opened += 1;
    this.#feeds.set(recipe, this.#opened);
    this.#tell({ feed: this.#opened, recipe }, []);
    return this.#opened;
  }

  #tell(message: ToWorker, handedOver: readonly ArrayBuffer[]): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(message, [...handedOver]);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./page-worker.ts", import.meta.url), { name: "pages" });
    worker.unref();
    worker.on("message", (told: Told) => this.#hear(told));
    const end = (error: Error): void => {
      if (this.#worker === worker) this.#end(error);
    };
    worker.on("error", end);
    worker.on("messageerror", end);
    worker.on("exit", () => end(new Error("The thread that reads pages has ended.")));
    return worker;
  }

  #hear(told: Told): void {
    const waiting = this.#waiting.get(told.call);
    if (waiting === undefined) return;
    if ("rows" in told) waiting.resolve(madePage(told.rows, waiting.again, waiting.recipe));
    else if (told.code !== null) waiting.reject(new SyncError(told.code, told.message));
    else waiting.reject(new Error(`Reading a page failed: ${told.message}`));
  }

  #end(reason: Error): void {
    this.#worker = null;
    this.#feeds.clear();
    for (const { reject } of this.#waiting.values()) reject(reason);
  }
}

/** Small pieces of memory are shared by Node (`Buffer.poolSize`), larger ones are not. */
const SHARED_BYTES = 64 * 1024;

/** Bytes that can be handed over: those of a body that shares its memory with others are copied. */
function ownBytes(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = body;
  if (buffer instanceof ArrayBuffer && buffer.byteLength > SHARED_BYTES)
    return new Uint8Array(buffer, byteOffset, byteLength);
  return Uint8Array.from(body);
}
