/**
 * How notices spell numbers, lists and times.
 */

const INTEGER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `12,345` */
export function number(value: number): string {
  return INTEGER.format(value);
}

/** `1 field`, `2,000 fields`, `3 people`. */
export function many(count: number, one: string, more = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : more}`;
}

/** Longer lists end with how many more there are. */
const LISTED = 5;

/** `Contacts, Leads and Users`; `a, b, c, d, e and 12 more`. */
export function listed(names: readonly string[]): string {
  if (names.length > LISTED)
    return `${names.slice(0, LISTED).join(", ")} and ${number(names.length - LISTED)} more`;
  const [last = ""] = names.slice(-1);
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** `2026-11-24 13:05 UTC`, from ISO 8601. */
export function moment(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `under a minute`, `12 min`, `3 h 20 min`, `2 d 3 h`. */
export function span(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "under a minute";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}
