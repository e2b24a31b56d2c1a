import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TandemEvent } from "./event.ts";
import { BODY_LIMIT, DELIVERY_TIMES, deliveryOf, retryIn } from "./webhook.ts";

const EVENT: TandemEvent = {
  id: "17-person-changed",
  type: "person.changed",
  at: "2026-11-24T06:00:00.000Z",
  subject: { table: "people", row: "3", crmId: null, entity: "contact" },
  people: ["3"],
  changes: { last_name: { from: "Lee", to: "Li" } },
  origin: "dynamics",
  rule: null,
  code: null,
  detail: null,
};

interface Body {
  readonly data: { readonly changes: object; readonly omitted?: readonly string[] };
}

describe("a delivery", () => {
  test("has type, time and the whole event", () => {
    const { type, at, ...rest } = EVENT;
    expect(JSON.parse(deliveryOf(EVENT).body)).toEqual({ type, timestamp: at, data: rest });
  });

  test("leaves out the longest values, and names them, when it would be too long", () => {
    const long = (length: number) => ({ from: null, to: "x".repeat(length) });
    const changes = { notes: long(BODY_LIMIT), topic: long(40_000), plan: long(30_000), city: long(5) };
    const { body } = deliveryOf({ ...EVENT, changes });
    expect(body.length).toBeLessThanOrEqual(BODY_LIMIT);
    const { data } = JSON.parse(body) as Body;
    expect(data.omitted).toEqual(["notes", "topic"]);
    expect(Object.keys(data.changes)).toEqual(["city", "plan"]);
  });
});

describe("a delivery that failed", () => {
  const failing = fc.record({
    attempts: fc.integer({ min: 1, max: 200 }),
    sinceMs: fc.nat(200 * 3_600_000),
    retryAfterMs: fc.nat(100 * 3_600_000),
  });

  test("is tried again within bounds, and given up only after a day and ten attempts", () => {
    fc.assert(
      fc.property(failing, fc.double({ min: 0, max: 0.999, noNaN: true }), (one, random) => {
        const ms = retryIn(one, DELIVERY_TIMES, random);
        const late = one.attempts >= 10 && one.sinceMs >= 86_400_000;
        if (ms === null) expect(late).toBe(true);
        else {
          expect(late).toBe(false);
          expect(ms).toBeGreaterThanOrEqual(2_500);
          expect(ms).toBeLessThanOrEqual(4 * 3_600_000);
        }
      }),
    );
  });

  test("is tried more and more rarely, a good dozen times in its day", () => {
    let [attempts, sinceMs] = [1, 0];
    for (; ; attempts += 1) {
      const ms = retryIn({ attempts, sinceMs, retryAfterMs: 0 }, DELIVERY_TIMES, 0.5);
      if (ms === null) break;
      sinceMs += ms;
    }
    expect(attempts).toBeGreaterThan(12);
    expect(attempts).toBeLessThan(25);
    expect(sinceMs / 3_600_000).toBeGreaterThanOrEqual(24);
    expect(sinceMs / 3_600_000).toBeLessThan(28);
  });
});
