import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { virtualTiming } from "../../../test/connectors/script.ts";
import { AdaptiveLimiter } from "./limiter.ts";

const going = new AbortController().signal;

/** Work that ends when it is told to. */
function holding(limiter: AdaptiveLimiter, count: number) {
  const jobs = Array.from({ length: count }, () => Promise.withResolvers<void>());
  let started = 0;
  const runs = jobs.map(async ({ promise }) =>
    limiter.run(async () => {
      started++;
      await promise;
    }, going),
  );
  return { jobs, runs, started: () => started };
}

async function settled(): Promise<void> {
  await new Promise(setImmediate);
}

describe("the limiter", () => {
  it("lets four in at first, the rest in turn", async () => {
    const limiter = new AdaptiveLimiter(virtualTiming(), 16);
    const { jobs, runs, started } = holding(limiter, 6);
    await settled();
    expect(started()).toBe(4);
    expect(limiter.report()).toMatchObject({ limit: 4, underWay: 4, waiting: 2 });
    jobs[0]?.resolve();
    await settled();
    expect(started()).toBe(5);
    for (const job of jobs) job.resolve();
    await Promise.all(runs);
    expect(limiter.report()).toMatchObject({ underWay: 0, waiting: 0 });
  });

  it("grows by one per round of good answers, up to the service's hint", () => {
    const limiter = new AdaptiveLimiter(virtualTiming(), 16);
    for (let answers = 0; answers < 5; answers++) limiter.succeeded(6);
    expect(limiter.report().limit).toBe(5);
    for (let answers = 0; answers < 100; answers++) limiter.succeeded(6);
    expect(limiter.report().limit).toBe(6);
    for (let answers = 0; answers < 1000; answers++) limiter.succeeded(undefined);
    expect(limiter.report().limit).toBe(6);
    limiter.succeeded(2);
    expect(limiter.report().limit).toBe(2);
    for (let answers = 0; answers < 1000; answers++) limiter.succeeded(400);
    expect(limiter.report().limit).toBe(16);
  });

  it("halves when it is refused, never below one, and sends nothing for the time asked", async () => {
    const timing = virtualTiming();
    const limiter = new AdaptiveLimiter(timing, 16);
    limiter.throttled(5000);
    expect(limiter.report()).toMatchObject({ limit: 2, pausedUntil: timing.now() + 5000 });
    await limiter.run(async () => undefined, going);
    expect(timing.slept).toEqual([5000]);
    for (let refusals = 0; refusals < 5; refusals++) limiter.throttled(0);
    expect(limiter.report()).toMatchObject({ limit: 1, pausedUntil: null });
  });

  it("gives the place back when the work fails, or when whoever waits leaves", async () => {
    const limiter = new AdaptiveLimiter(virtualTiming(), 1);
    await expect(limiter.run(async () => Promise.reject(new Error("no")), going)).rejects.toThrow("no");
    const { jobs, runs } = holding(limiter, 1);
    const leaving = new AbortController();
    const waiting = limiter.run(async () => "never", leaving.signal);
    await settled();
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ code: "stopped" });
    jobs[0]?.resolve();
    await Promise.all(runs);
    await expect(limiter.run(async () => "free", going)).resolves.toBe("free");
    expect(limiter.report()).toMatchObject({ underWay: 0, waiting: 0 });
  });

  it("takes a place back that was given to somebody who had just left", async () => {
    const limiter = new AdaptiveLimiter(virtualTiming(), 2);
    limiter.throttled(0);
    const { jobs, runs } = holding(limiter, 1);
    const leaving = new AbortController();
    const waiting = limiter.run(async () => "never", leaving.signal);
    await settled();
    leaving.abort();
    limiter.succeeded(undefined);
    await expect(waiting).rejects.toMatchObject({ code: "stopped" });
    expect(limiter.report()).toMatchObject({ limit: 2, underWay: 1, waiting: 0 });
    jobs[0]?.resolve();
    await Promise.all(runs);
  });

  it("never has more under way than the limit, and loses nobody", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.record({ ends: fc.constantFrom("well", "badly", "throttled"), leaves: fc.boolean() }), {
          maxLength: 40,
        }),
        async (most, jobs) => {
          const limiter = new AdaptiveLimiter(virtualTiming(), most);
          let inside = 0;
          const runs = jobs.map(async ({ ends, leaves }) => {
            const control = new AbortController();
            const run = limiter.run(async () => {
              inside++;
              expect(inside).toBeLessThanOrEqual(most);
              await settled();
              inside--;
              if (ends === "throttled") limiter.throttled(10);
              if (ends === "badly") throw new Error("badly");
              limiter.succeeded(undefined);
            }, control.signal);
            if (leaves) control.abort();
            return run.catch(() => undefined);
          });
          await Promise.all(runs);
          expect(limiter.report()).toMatchObject({ underWay: 0, waiting: 0 });
        },
      ),
      { numRuns: 60 },
    );
  });
});
