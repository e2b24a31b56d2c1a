import { describe, expect, it } from "vitest";
import type { Step } from "./read-ahead.ts";
import { readAhead } from "./read-ahead.ts";

const never = new AbortController().signal;

/** Steps that are done when the test says so, counted. */
class Script {
  readonly begun: number[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #doors: PromiseWithResolvers<Step<number, string>>[] = [];

  readonly step = (at: number, signal: AbortSignal): Promise<Step<number, string>> => {
    this.begun.push(at);
    this.signals.push(signal);
    return this.#door(at).promise;
  };

  finish(at: number, last = false): void {
    this.#door(at).resolve({ page: `page ${at}`, next: last ? null : at + 1 });
  }

  fail(at: number): void {
    this.#door(at).reject(new Error(`no page ${at}`));
  }

  #door(at: number): PromiseWithResolvers<Step<number, string>> {
    return (this.#doors[at] ??= Promise.withResolvers());
  }
}

/** Lets everything happen that waits for nobody. */
const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("reading ahead", () => {
  it("is two pages ahead of the reader and no more", async () => {
    const script = new Script();
    const pages = readAhead(0, script.step, never);
    const first = pages.next();
    for (let at = 0; at < 4; at += 1) script.finish(at);
    expect(await first).toEqual({ value: "page 0", done: false });
    await quiet();
    expect(script.begun).toEqual([0, 1, 2]);
    await pages.next();
    await quiet();
    expect(script.begun).toEqual([0, 1, 2, 3]);
    await pages.return();
  });

  it("never has two steps under way, and ends behind the last page", async () => {
    const script = new Script();
    const pages = readAhead(0, script.step, never);
    const read = Array.fromAsync(pages);
    await quiet();
    expect(script.begun).toEqual([0]);
    script.finish(0);
    await quiet();
    expect(script.begun).toEqual([0, 1]);
    script.finish(1, true);
    expect(await read).toEqual(["page 0", "page 1"]);
  });

  it("delivers the pages before a failure first", async () => {
    const script = new Script();
    const pages = readAhead(0, script.step, never);
    script.finish(0);
    script.fail(1);
    expect(await pages.next()).toEqual({ value: "page 0", done: false });
    await quiet();
    await expect(pages.next()).rejects.toThrow("no page 1");
  });

  it("aborts what is under way when it is closed, and begins nothing more", async () => {
    const script = new Script();
    const pages = readAhead(0, script.step, never);
    script.finish(0);
    await pages.next();
    await quiet();
    const closed = pages.return();
    await quiet();
    expect(script.signals[1]?.aborted).toBe(true);
    script.finish(1);
    await closed;
    await quiet();
    expect(script.begun).toEqual([0, 1]);
  });
});
