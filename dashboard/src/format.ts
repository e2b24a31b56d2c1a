/** Numbers and times as people read them. Everything here is pure; times are local, durations in seconds. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** `1,204,331`; a dash when unknown. */
export function formatCount(count: number | null): string {
  return count === null ? "–" : whole.format(count);
}

/** `1.2M`, for axes. */
export function formatShort(count: number): string {
  return short.format(count);
}

/** Records per second: `3,412`, `4.2`, `0`. */
export function formatRate(rate: number): string {
  return rate >= 10 ? whole.format(rate) : tenths.format(rate);
}

/** `31.9%`. Rounded down, so that 100% is said only of what is complete. */
export function formatShare(share: number): string {
  return `${tenths.format(Math.floor(share * 1_000) / 10)}%`;
}

/** Keeps a number and its unit on one line. */
const NBSP = "\u00a0";

/** `under 1 s`, `42 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`; a dash when unknown. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null) return "–";
  if (seconds > 0 && seconds < 1) return `under${NBSP}1${NBSP}s`;
  const total = Math.max(0, Math.round(seconds));
  if (total < 60) return `${total}${NBSP}s`;
  if (total < 3_600) return pair(total, [60, "min"], [1, "s"]);
  if (total < 86_400) return pair(total, [3_600, "h"], [60, "min"]);
  return pair(total, [86_400, "d"], [3_600, "h"]);
}

type Unit = readonly [seconds: number, name: string];

function pair(total: number, large: Unit, small: Unit): string {
  const first = Math.floor(total / large[0]);
  const second = Math.floor((total % large[0]) / small[0]);
  const head = `${first}${NBSP}${large[1]}`;
  return second === 0 ? head : `${head}${NBSP}${second}${NBSP}${small[1]}`;
}

/** `3:12`, `1:02:05`; `0:00` when the time has come. */
export function formatCountdown(seconds: number): string {
  const total = Math.max(0, Math.ceil(seconds));
  const hours = Math.floor(total / 3_600);
  const minutes = Math.floor((total % 3_600) / 60);
  const rest = String(total % 60).padStart(2, "0");
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, "0")}:${rest}`;
}

/** `14:03:22` today, `23 Nov, 14:03` on another day. */
export function formatTime(at: number, now: number): string {
  const today = new Date(at).toDateString() === new Date(now).toDateString();
  return today ? clock.format(at) : day.format(at);
}

/** `2026-11-24 06:11:22 UTC`. */
export function formatUtc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `just now`, `12 s ago`, `3 min ago`, `2 h ago`. */
export function formatAgo(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1_000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** `1 record`, `2,000 records`. */
export function formatMany(count: number, noun: string): string {
  return `${whole.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}
