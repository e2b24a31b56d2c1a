import { badQuery } from "./errors.ts";
import type { Query } from "./message.ts";
import { without } from "./message.ts";

/** Where a page ended, and what the next one must know. Travels inside `$skiptoken`, which clients keep as it is. */
export interface Cookie {
  readonly page: number;
  /** Name and stored text of each ordering column at the last row (for a delta: of its position), in order. */
  readonly last: readonly (readonly [name: string, text: string])[];
  readonly first: readonly (readonly [name: string, text: string])[];
  readonly tracking: boolean;
}

const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);

/** Percent-encoding in lower-case hexadecimal, as the service writes it. */
export function lowerEncoded(text: string): string {
  return encoded(text).replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

/** Escapes what would end an attribute of the cookie's XML. */
function attributeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

function plainText(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** A quoted GUID is shown upper case in braces, everything else as it is. */
function cookieValue(text: string): string {
  const id = /^"([0-9a-f]{8}-[0-9a-f-]{27})"$/.exec(text)?.[1];
  return id === undefined ? attributeText(text) : `{${id.toUpperCase()}}`;
}

function storedValue(text: string): string {
  const id = /^\{([0-9A-F]{8}-[0-9A-F-]{27})\}$/i.exec(text)?.[1];
  return id === undefined ? plainText(text) : `"${id.toLowerCase()}"`;
}

/** The value of `$skiptoken`, percent-encoded as in the service's own links. */
export function skipToken(cookie: Cookie): string {
  const firsts = new Map(cookie.first);
  const positions = cookie.last
    .map(
      ([name, last]) =>
        `<${name} last="${cookieValue(last)}" first="${cookieValue(firsts.get(name) ?? last)}" />`,
    )
    .join("");
  const inner = `<cookie page="${cookie.page}">${positions}</cookie>`;
  const tracking = cookie.tracking ? "True" : "False";
  const outer = `<cookie pagenumber="${cookie.page + 1}" pagingcookie="${lowerEncoded(inner)}" istracking="${tracking}" />`;
  return outer
    .replaceAll("%", "%25")
    .replaceAll("<", "%3C")
    .replaceAll(">", "%3E")
    .replaceAll('"', "%22")
    .replaceAll(" ", "%20");
}

/** Reads a decoded `$skiptoken`. */
export function parseSkipToken(token: string): Cookie {
  const page = Number(/pagenumber="(\d+)"/.exec(token)?.[1]) - 1;
  const inner = /pagingcookie="([^"]*)"/.exec(token)?.[1];
  if (Number.isNaN(page) || inner === undefined) throw badQuery("Malformed XML in the Paging Cookie");
  const xml = decodedOnce(inner);
  const last: [string, string][] = [];
  const first: [string, string][] = [];
  for (const match of xml.matchAll(/<([\w.]+) last="([^"]*)" first="([^"]*)" \/>/g)) {
    last.push([match[1] ?? "", storedValue(match[2] ?? "")]);
    first.push([match[1] ?? "", storedValue(match[3] ?? "")]);
  }
  if (last.length === 0) throw badQuery("Malformed XML in the Paging Cookie");
  return { page, last, first, tracking: /istracking="True"/.test(token) };
}

function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badQuery("Malformed XML in the Paging Cookie");
  }
}

/** The address of the next page: the same query, without some of its options, with a new `$skiptoken`. */
export function nextLink(
  address: string,
  query: Query,
  cookie: Cookie,
  dropped: readonly string[] = ["$skiptoken", "$deltatoken"],
): string {
  const pieces = [...without(query, dropped), `$skiptoken=${skipToken(cookie)}`];
  return `${address}?${pieces.join("&")}`;
}

/** The row that the next page starts behind: the last one, or an earlier one when pages are made to overlap. */
export function turningPoint<T>(rows: readonly T[], overlap: number): T | undefined {
  return rows.at(-1 - Math.max(0, Math.min(overlap, rows.length - 1)));
}

/** The cookie for the page behind this one, when this one is made to be empty; otherwise undefined. */
export function afterEmptyPage(cookie: Cookie | undefined, every: number): Cookie | undefined {
  if (cookie === undefined || every < 2 || cookie.page % every !== 0) return undefined;
  return { ...cookie, page: cookie.page + 1 };
}
