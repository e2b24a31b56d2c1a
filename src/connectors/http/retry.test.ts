import { describe, expect, it } from "vitest";

import { virtualTiming } from "../../../test/connectors/script.ts";
import { SyncError } from "../../core/errors.ts";
import type { ErrorCode, ErrorFacts } from "../../core/errors.ts";
import type { Wait } from "../../core/ports.ts";
import { withRetries } from "./retry.ts";

const going = new AbortController().signal;

function policy(attempts = 4) {
  const waits: Wait[] = [];
  const timing = virtualTiming();
  const backoff = { baseMs: 100, maxMs: 1000, attempts };
  return { backoff, longestWaitMs: 60_000, timing, waits, onWait: (wait: Wait) => waits.push(wait) };
}

function failing(times: number, code: ErrorCode, facts: ErrorFacts = {}) {
  let calls = 0;
  return async (): Promise<number> => {
    calls++;
    if (calls <= times) throw new SyncError(code, `failure ${calls}`, facts);
    return calls;
  };
}

describe("trying again", () => {
  it.each(["unavailable", "unexpected_answer", "throttled"] as const)(
    "sits %s out and says so",
    async (code) => {
      const with3 = policy();
      await expect(withRetries(failing(3, code), with3, going)).resolves.toBe(4);
      expect(with3.timing.slept).toEqual([75, 150, 300]);
      expect(with3.waits.map(({ attempt, ms }) => [attempt, ms])).toEqual([
        [1, 75],
        [2, 150],
        [3, 300],
      ]);
      expect(with3.waits[0]).toMatchObject({ code, detail: "failure 1" });
    },
  );

  it("gives up after the bound with the last failure", async () => {
    const bounded = policy();
    await expect(withRetries(failing(4, "unavailable"), bounded, going)).rejects.toThrow("failure 4");
    expect(bounded.timing.slept).toHaveLength(3);
  });

  it.each(["sign_in_failed", "permission_missing", "refused", "name_not_found"] as const)(
    "lets %s through",
    async (code) => {
      const one = policy();
      await expect(withRetries(failing(1, code), one, going)).rejects.toMatchObject({ code });
      expect(one.timing.slept).toEqual([]);
    },
  );

  it("waits at least what it was told, a little more to spread", async () => {
    const told = policy();
    await withRetries(failing(1, "throttled", { retryAfterMs: 20_000 }), told, going);
    expect(told.timing.slept[0]).toBeGreaterThanOrEqual(20_000);
    expect(told.timing.slept[0]).toBeLessThanOrEqual(22_000);
  });

  it("hands a wait that is too long to the caller", async () => {
    const long = policy();
    const attempt = withRetries(failing(1, "throttled", { retryAfterMs: 600_000 }), long, going);
    await expect(attempt).rejects.toMatchObject({ code: "throttled", retryAfterMs: 600_000 });
    expect(long.timing.slept).toEqual([]);
  });

  it("stops before an attempt", async () => {
    await expect(withRetries(failing(0, "throttled"), policy(), AbortSignal.abort())).rejects.toMatchObject({
      code: "stopped",
    });
  });
});
