import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { httpDate, retryAfterMs } from "./retry-after.ts";

const NOW = Date.parse("2026-11-23T10:00:00Z");

describe("Retry-After", () => {
  it("counts seconds, not milliseconds", () => {
    fc.assert(
      fc.property(fc.nat(100_000), (seconds) => {
        expect(retryAfterMs(String(seconds), undefined, NOW)).toBe(seconds * 1000);
      }),
    );
    expect(retryAfterMs(" 1.2 ", undefined, NOW)).toBe(1200);
  });

  it("measures a date against the answer's own clock, whatever ours says (P42)", () => {
    const wait = fc.integer({ min: -86_400, max: 86_400 });
    fc.assert(
      fc.property(wait, fc.nat(4_000_000_000), fc.nat(), (seconds, start, ours) => {
        const date = new Date(start * 1000).toUTCString();
        const until = new Date((start + seconds) * 1000).toUTCString();
        expect(retryAfterMs(until, date, ours)).toBe(Math.max(0, seconds) * 1000);
      }),
    );
  });

  it("falls back to our clock when the answer has no date", () => {
    expect(retryAfterMs("Mon, 23 Nov 2026 10:00:30 GMT", undefined, NOW)).toBe(30_000);
    expect(retryAfterMs("Monday, 23-Nov-26 10:00:30 GMT", undefined, NOW)).toBe(30_000);
  });

  it("is undefined when it is absent or unreadable", () => {
    for (const text of [
      undefined,
      "",
      "soon",
      "-5",
      "1e3",
      "2026-11-23T10:00:30Z",
      "Mon, 99 Nov 2026 10:00:30 GMT",
    ]) {
      expect(retryAfterMs(text, undefined, NOW), String(text)).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (text) => (retryAfterMs(text, text, NOW) ?? 0) >= 0));
  });

  it("reads the dates that servers write", () => {
    expect(httpDate("Mon, 23 Nov 2026 10:00:00 GMT")).toBe(NOW);
    expect(httpDate("23 Nov 2026")).toBeUndefined();
  });
});
