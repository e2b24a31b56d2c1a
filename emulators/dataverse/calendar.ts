/** From `from` (inclusive) until `until` (exclusive), in milliseconds. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

const DAY = 86_400_000;
/** 4 January 1970 was a Sunday: weeks begin there, in an organization with the standard settings. */
const SUNDAY = 3 * DAY;

type Unit = (now: number, offset: number) => number;

/** Where the unit that lies `offset` units from now begins, in UTC. */
const STARTS: Readonly<Record<string, Unit>> = {
  Week: (now, offset) => Math.floor((now - SUNDAY) / (7 * DAY)) * 7 * DAY + SUNDAY + offset * 7 * DAY,
  Month: (now, offset) => {
    const date = new Date(now);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1);
  },
  Year: (now, offset) => Date.UTC(new Date(now).getUTCFullYear() + offset, 0, 1),
  // The fiscal year of the standard settings is the calendar year, and its periods are quarters.
  FiscalYear: (now, offset) => Date.UTC(new Date(now).getUTCFullYear() + offset, 0, 1),
  FiscalPeriod: (now, offset) => {
    const date = new Date(now);
    return Date.UTC(date.getUTCFullYear(), (Math.floor(date.getUTCMonth() / 3) + offset) * 3, 1);
  },
};

const OFFSETS: Readonly<Record<string, number>> = { Last: -1, This: 0, Next: 1 };

/** The span of `LastWeek`, `ThisMonth`, `NextFiscalYear` and their kind; undefined for another name. */
export function calendarSpan(name: string, now: number): Span | undefined {
  const match = /^(Last|This|Next)(Week|Month|Year|FiscalPeriod|FiscalYear)$/.exec(name);
  const start = STARTS[match?.[2] ?? ""];
  const offset = OFFSETS[match?.[1] ?? ""];
  if (start === undefined || offset === undefined) return undefined;
  return { from: start(now, offset), until: start(now, offset + 1) };
}

/** The part of a moment by which dates are grouped; undefined for an unknown part. */
export function datePart(part: string, moment: number): number | string | undefined {
  const date = new Date(moment);
  const year = date.getUTCFullYear();
  const quarter = Math.floor(date.getUTCMonth() / 3) + 1;
  switch (part) {
    case "day":
      return date.getUTCDate();
    case "week":
      return weekOfYear(date);
    case "month":
      return date.getUTCMonth() + 1;
    case "quarter":
      return quarter;
    case "year":
      return year;
    case "fiscal-period":
      return `Quarter ${quarter} FY${year}`;
    case "fiscal-year":
      return `FY${year}`;
    default:
      return undefined;
  }
}

/** The week in which 1 January lies is the first. */
function weekOfYear(date: Date): number {
  const first = new Date(Date.UTC(date.getUTCFullYear(), 0, 1));
  const days = Math.floor((date.getTime() - first.getTime()) / DAY);
  return Math.floor((days + first.getUTCDay()) / 7) + 1;
}
