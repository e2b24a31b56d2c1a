import { describe, expect, it } from "vitest";
import { calendarSpan, datePart } from "./calendar.ts";

/** A Wednesday. */
const NOW = Date.UTC(2026, 2, 4, 8, 30);

const text = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? "" : new Date(milliseconds).toISOString().slice(0, 10);

describe("spans of the calendar", () => {
  it.each([
    ["ThisWeek", "2026-03-01", "2026-03-08"],
    ["LastWeek", "2026-02-22", "2026-03-01"],
    ["NextMonth", "2026-04-01", "2026-05-01"],
    ["LastYear", "2025-01-01", "2026-01-01"],
    ["ThisFiscalPeriod", "2026-01-01", "2026-04-01"],
    ["LastFiscalPeriod", "2025-10-01", "2026-01-01"],
    ["NextFiscalYear", "2027-01-01", "2028-01-01"],
  ])("%s", (name, from, until) => {
    const span = calendarSpan(name, NOW);
    expect([text(span?.from), text(span?.until)]).toEqual([from, until]);
  });

  it("knows no others", () => {
    expect(calendarSpan("ThisDecade", NOW)).toBeUndefined();
  });
});

describe("parts of a date", () => {
  it.each([
    ["day", 4],
    ["week", 10],
    ["month", 3],
    ["quarter", 1],
    ["year", 2026],
    ["fiscal-period", "Quarter 1 FY2026"],
    ["fiscal-year", "FY2026"],
    ["decade", undefined],
  ])("%s", (part, expected) => {
    expect(datePart(part, NOW)).toBe(expected);
  });

  it("begins the first week with the year and each further one on Sunday", () => {
    expect(datePart("week", Date.UTC(2023, 0, 1))).toBe(1);
    expect(datePart("week", Date.UTC(2023, 0, 7))).toBe(1);
    expect(datePart("week", Date.UTC(2023, 0, 8))).toBe(2);
    // The example of the document on aggregates.
    expect(datePart("week", Date.UTC(2023, 2, 25))).toBe(12);
    expect(datePart("week", Date.UTC(2023, 7, 27))).toBe(35);
  });
});
