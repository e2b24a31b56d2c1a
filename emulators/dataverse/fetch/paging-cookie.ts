import { storedKey } from "../filter-operand.ts";
import { lowerEncoded } from "../paging.ts";
import type { Attribute, Kind } from "../schema.ts";
import type { Row, Table } from "../table.ts";
import { element, parseXml, XmlError } from "../xml.ts";
import type { XmlElement } from "../xml.ts";
import type { Key } from "./order.ts";
import { badFetch } from "./refusals.ts";

/** Where a page of a FetchXML query ended. */
export interface Position {
  /** A comparable key for each ordering column; undefined where it is empty. */
  readonly keys: readonly Key[];
  readonly id: string;
}

/** The annotation's text for a query whose pages can only be counted. */
export function simpleCookie(nextPage: number): string {
  return element("cookie", { pagenumber: String(nextPage), istracking: "False" });
}

/** The annotation's text: a cookie that holds the inner one, percent-encoded twice. */
export function pagingCookie(nextPage: number, inner: string): string {
  const encoded = lowerEncoded(lowerEncoded(inner));
  return element("cookie", { pagenumber: String(nextPage), pagingcookie: encoded, istracking: "False" });
}

/** The inner cookie of a page: the ordering columns and the id, each at the page's last and first row. */
export function innerCookie(
  table: Table,
  attributes: readonly Attribute[],
  page: { readonly number: number; readonly first: Row; readonly last: Row },
): string {
  const key = table.entity.primaryIdAttribute;
  const others = attributes.filter(({ logicalName }) => logicalName !== key);
  const columns = others.map((attribute) => {
    const { logicalName } = attribute;
    const [last, first] = [page.last, page.first].map((row) => table.text(row, logicalName));
    return element(logicalName, {
      ...shown("last", attribute, last),
      ...shown("first", attribute, first),
    });
  });
  const braced = ({ id }: Row): string => `{${id.toUpperCase()}}`;
  const id = element(key, { last: braced(page.last), first: braced(page.first) });
  return element("cookie", { page: String(page.number) }, columns.join("") + id);
}

function shown(name: string, { kind }: Attribute, stored: string | undefined): Record<string, string> {
  if (stored === undefined) return { [`${name}null`]: "1" };
  return { [name]: QUOTED.has(kind) ? (JSON.parse(stored) as string) : stored };
}

const QUOTED: ReadonlySet<Kind> = new Set(["text", "guid", "date", "datetime"]);

/** The number of the page that an inner cookie ends. */
export function cookiePage(cookie: string): number {
  return Number(cookieElement(cookie).attributes.get("page"));
}

/** Reads an inner cookie that a client sends back. */
export function readPosition(table: Table, attributes: readonly Attribute[], cookie: string): Position {
  const columns = new Map(cookieElement(cookie).children.map((child) => [child.name, child]));
  const last = (name: string): string | undefined => columns.get(name)?.attributes.get("last");
  const id = /^\{([0-9a-f-]{36})\}$/i.exec(last(table.entity.primaryIdAttribute) ?? "")?.[1]?.toLowerCase();
  if (id === undefined) throw malformed();
  const keys = attributes.map(({ logicalName, kind }) => {
    if (logicalName === table.entity.primaryIdAttribute) return id;
    const value = last(logicalName);
    if (value === undefined && columns.get(logicalName)?.attributes.get("lastnull") !== "1")
      throw malformed();
    if (value === undefined) return undefined;
    return storedKey(kind, QUOTED.has(kind) ? JSON.stringify(value) : value);
  });
  return { keys, id };
}

function cookieElement(cookie: string): XmlElement {
  try {
    const root = parseXml(cookie);
    if (root.name === "cookie") return root;
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
  }
  throw malformed();
}

function malformed(): Error {
  return badFetch("argument", "Malformed XML in the Paging Cookie");
}
