import { childRows } from "./collections.ts";
import type { Collection } from "./collections.ts";
import { propertyNamed } from "./columns.ts";
import { badQuery } from "./errors.ts";
import { compareKeys, storedKey } from "./filter-operand.ts";
import { parseFilter } from "./filter-parser.ts";
import { compileFilter } from "./filter.ts";
import type { Predicate } from "./filter.ts";
import type { Cookie } from "./paging.ts";
import type { Attribute } from "./schema.ts";
import type { Row, Table } from "./table.ts";
import { aliases } from "./web-call.ts";
import type { WebCall } from "./web-call.ts";

interface OrderColumn {
  readonly attribute: Attribute;
  readonly descending: boolean;
}

/** Which rows of a table a query finds, and in which order. */
export interface RowQuery {
  readonly table: Table;
  /** The rows to look through, in id order, after an id. */
  readonly rows: (after?: string) => Iterable<Row>;
  readonly predicate: Predicate | undefined;
  /** Empty: by id. Otherwise by these columns, then by id. */
  readonly order: readonly OrderColumn[];
  /** Names the query among those of its table. */
  readonly key: string;
}

/** The rows of a filtered collection: those that belong to one record. */
export interface Within {
  /** Names the collection and the record. */
  readonly key: string;
  /** Its rows in id order. */
  readonly rows: () => readonly Row[];
}

/** The rows that belong to a record through a collection. */
export function within(
  { organization }: WebCall,
  collection: Collection,
  record: { readonly entity: string; readonly id: string },
): Within {
  return {
    key: `${collection.name} ${record.entity} ${record.id}`,
    rows: () => childRows(organization, collection, record),
  };
}

/** Rows that the caller owns or was granted, where a privilege reaches no further; refuses where there is none. */
export function ownedOnly(call: WebCall, table: Table): Predicate | undefined {
  const depth = call.access.demand(call.caller, table.entity, "Read");
  if (depth !== "user" || !table.entity.attributes.has("ownerid")) return undefined;
  return (row) => call.access.reaches(call.caller, table.owned(row), "Read");
}

/**
 * Compiles `$filter` and `$orderby` of a call, for all rows or those `within` a collection; refuses when the caller may
 * not read the entity.
 */
export function rowQuery(call: WebCall, table: Table, inside?: Within): RowQuery {
  const filter = call.query.options.get("$filter");
  const mine = ownedOnly(call, table);
  const predicate = every([mine, filter === undefined ? undefined : compiled(call, table, filter)]);
  const order = parseOrder(table, call.query.options.get("$orderby") ?? "", aliases(call.query));
  const rows =
    inside === undefined
      ? (after?: string): Iterable<Row> => table.inIdOrder(after)
      : (after = ""): Iterable<Row> => inside.rows().filter(({ id }) => id > after);
  return {
    table,
    rows,
    predicate,
    order,
    key: `${inside?.key ?? ""}\n${queryKey(call, mine !== undefined)}`,
  };
}

/** Which rows to find beside what `$filter` says. */
export interface Narrowing {
  readonly inside: Within | undefined;
  /** Further filters. */
  readonly filters: readonly string[];
}

/** The rows that `$filter` and more find, in id order; refuses when the caller may not read the entity. */
export function* filteredRows(call: WebCall, table: Table, { inside, filters }: Narrowing): Generator<Row> {
  const query = { ...call.query, options: withoutOrder(call.query.options) };
  const { rows, predicate } = rowQuery({ ...call, query }, table, inside);
  const further = every([predicate, ...filters.map((filter) => compiled(call, table, filter))]);
  for (const row of rows()) if (further === undefined || further(row) === true) yield row;
}

function withoutOrder(options: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...options].filter(([name]) => name !== "$orderby"));
}

function every(predicates: readonly (Predicate | undefined)[]): Predicate | undefined {
  const [first, ...rest] = predicates.filter((predicate) => predicate !== undefined);
  return rest.reduce<Predicate | undefined>(
    (all, next) => all && ((row) => all(row) === true && next(row) === true),
    first,
  );
}

/** Everything that a kept result depends on. Filters may look at other tables, at the caller and at the clock. */
function queryKey(call: WebCall, owned: boolean): string {
  const { organization, query, settings, caller } = call;
  const filter = query.options.get("$filter") ?? "";
  const moment = filter.includes("Microsoft.Dynamics.CRM.") ? organization.clock() : 0;
  const world = [
    organization.version,
    organization.restores,
    organization.schemaVersion,
    settings.neFindsNull,
    moment,
  ];
  const named = [...aliases(query)].flat();
  return [filter, query.options.get("$orderby"), ...named, owned ? caller : "", ...world].join("\n");
}

function compiled(call: WebCall, table: Table, filter: string): Predicate {
  const { organization, caller, settings } = call;
  const scope = { organization, table, caller, neFindsNull: settings.neFindsNull };
  return compileFilter(parseFilter(filter, aliases(call.query)), scope);
}

function parseOrder(table: Table, orderby: string, named: ReadonlyMap<string, string>): OrderColumn[] {
  if (orderby.trim() === "") return [];
  return orderby.split(",").map((part) => {
    const [name = "", direction = "asc", ...rest] = part.trim().split(/\s+/);
    if (rest.length > 0 || (direction !== "asc" && direction !== "desc")) {
      throw badQuery(`Syntax error in '$orderby=${orderby}'.`);
    }
    return {
      attribute: propertyNamed(table.entity, named.get(name) ?? name),
      descending: direction === "desc",
    };
  });
}

/** At most `limit` rows behind the cookie's position. */
export function rowsAfter(query: RowQuery, cookie: Cookie | undefined, limit: number): Row[] {
  return query.order.length === 0 ? byIdAfter(query, cookie, limit) : orderedAfter(query, cookie, limit);
}

/** How many rows the query finds, but no more than `cap`. */
export function countRows({ rows, predicate }: RowQuery, cap: number): number {
  let count = 0;
  for (const row of rows()) {
    if (predicate === undefined || predicate(row) === true) count += 1;
    if (count >= cap) break;
  }
  return count;
}

function byIdAfter(
  { table, rows: source, predicate }: RowQuery,
  cookie: Cookie | undefined,
  limit: number,
): Row[] {
  const last = new Map(cookie?.last).get(table.entity.primaryIdAttribute)?.slice(1, -1);
  const rows: Row[] = [];
  for (const row of source(last)) {
    if (rows.length >= limit) break;
    if (predicate === undefined || predicate(row) === true) rows.push(row);
  }
  return rows;
}

/** Sorted results of the last few ordered queries per table, so that paging through one sorts once. */
const kept = new WeakMap<Table, Map<string, readonly Row[]>>();
const KEPT_QUERIES = 4;

function sorted(query: RowQuery): readonly Row[] {
  const { table, rows: source, predicate, key } = query;
  const results = kept.get(table) ?? new Map<string, readonly Row[]>();
  kept.set(table, results);
  const found = results.get(key);
  if (found !== undefined) return found;
  const rows: Row[] = [];
  for (const row of source()) if (predicate === undefined || predicate(row) === true) rows.push(row);
  const positions = new Map(rows.map((row) => [row, position(query, row)]));
  rows.sort((left, right) => comparePositions(query, positions.get(left) ?? [], positions.get(right) ?? []));
  results.set(key, rows);
  const oldest = results.keys().next();
  if (results.size > KEPT_QUERIES && oldest.done !== true) results.delete(oldest.value);
  return rows;
}

/** The stored texts that order a row, its quoted id last. */
export function position({ table, order }: RowQuery, row: Row): (string | undefined)[] {
  return [...order.map(({ attribute }) => table.text(row, attribute.logicalName)), `"${row.id}"`];
}

type Position = readonly (string | undefined)[];

function comparePositions({ order }: RowQuery, left: Position, right: Position): number {
  for (const [index, { attribute, descending }] of order.entries()) {
    const difference = compareStored(attribute, left[index], right[index]);
    if (difference !== 0) return descending ? -difference : difference;
  }
  const [a = "", b = ""] = [left.at(-1), right.at(-1)];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Rows without a value come first. */
function compareStored({ kind }: Attribute, left: string | undefined, right: string | undefined): number {
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  return compareKeys(kind, storedKey(kind, left), storedKey(kind, right));
}

function orderedAfter(query: RowQuery, cookie: Cookie | undefined, limit: number): Row[] {
  const rows = sorted(query);
  if (cookie === undefined) return rows.slice(0, limit);
  const texts = new Map(cookie.last);
  const last = [
    ...query.order.map(({ attribute }) => texts.get(attribute.logicalName) || undefined),
    texts.get(query.table.entity.primaryIdAttribute),
  ];
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row !== undefined && comparePositions(query, position(query, row), last) <= 0) low = middle + 1;
    else high = middle;
  }
  return rows.slice(low, low + limit);
}

/** The cookie behind a page whose rows begin with `first` and end with `last`. */
export function cookieAfter(query: RowQuery, page: number, first: Row, last: Row): Cookie {
  const names = [
    ...query.order.map(({ attribute }) => attribute.logicalName),
    query.table.entity.primaryIdAttribute,
  ];
  const named = (row: Row): [string, string][] => {
    const texts = position(query, row);
    return names.map((name, index) => [name, texts[index] ?? ""]);
  };
  return { page, first: named(first), last: named(last), tracking: false };
}
