import { collectionNamed } from "./collections.ts";
import type { Collection } from "./collections.ts";
import { RowWriter } from "./columns.ts";
import { badQuery, unknownProperty } from "./errors.ts";
import { expansionsOf, isNested, referenceName } from "./expand-options.ts";
import type { Expansion } from "./metadata-query.ts";
import { navigationOf } from "./navigation.ts";
import { nextLink } from "./paging.ts";
import { cookieAfter, rowQuery, rowsAfter, within } from "./row-query.ts";
import type { RowQuery } from "./row-query.ts";
import type { Entity } from "./schema.ts";
import type { Row, Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";

/** An expanded collection never shows more. */
const MOST_CHILDREN = 5000;

/** Writes rows with what `$expand` adds to each of them. */
export interface RowRenderer {
  readonly key: string;
  readonly dependent: boolean;
  readonly write: (row: Row) => string;
  /** The object's members without braces, for answers that put more in front. */
  readonly members: (row: Row) => string;
}

/** Whether one record is read, or a whole set: the service shows expansions in different ways. */
export type Reading = "record" | "set";

/** What holds for all expansions of one call. */
interface Style {
  readonly reading: Reading;
  /** Whether any expansion holds further ones. */
  readonly nested: boolean;
  /** Whether all expansions are of N:N relationships, which stand beside no others. */
  readonly mutualOnly: boolean;
}

type Addition = (row: Row) => string;
type Options = ReadonlyMap<string, string>;

/** The renderer for `$select` and `$expand` of a call. */
export function rowRenderer(call: WebCall, table: Table, reading: Reading): RowRenderer {
  const { options } = call.query;
  const expansions = expansionsOf(options);
  const mutualOnly = expansions.every(
    ({ name }) => collectionNamed(call.organization, table.entity, name)?.kind === "mutual",
  );
  const style = { reading, nested: isNested(expansions), mutualOnly };
  return rendererFor(call, table, options, { style, etag: true });
}

interface Manner {
  readonly style: Style;
  readonly etag: boolean;
}

function rendererFor(call: WebCall, table: Table, options: Options, { style, etag }: Manner): RowRenderer {
  const expansions = expansionsOf(options);
  const writer = new RowWriter(
    call.organization,
    table,
    selected(table.entity, options.get("$select"), expansions),
    call.prefer.annotations,
  );
  const own = (row: Row): string => (etag ? writer.members(row) : writer.membersWithoutEtag(row));
  if (expansions.length === 0) {
    const { key, dependent } = writer;
    return { key, dependent, write: (row) => `{${own(row)}}`, members: own };
  }
  const additions = expansions.map((expansion) => addition(call, table, expansion, style));
  const members = (row: Row): string => own(row) + additions.map((add) => add(row)).join("");
  return {
    key: `${writer.key}|${options.get("$expand") ?? ""}|${style.reading}`,
    dependent: true,
    write: (row) => `{${members(row)}}`,
    members,
  };
}

/** The columns, with the lookups behind references. */
function selected(
  entity: Entity,
  select: string | undefined,
  expansions: readonly Expansion[],
): string | undefined {
  const lookups = expansions.flatMap((expansion) => {
    const navigation = navigationOf(entity, referenceName(expansion) ?? "");
    return navigation === undefined ? [] : [`_${navigation.attribute}_value`];
  });
  return select === undefined ? select : [select, ...lookups].join(",");
}

function addition(call: WebCall, table: Table, expansion: Expansion, style: Style): Addition {
  const { entity } = table;
  const { options } = expansion;
  const reference = referenceName(expansion);
  const name = reference ?? expansion.name;
  const single = navigationOf(entity, name);
  demandKnown(options);
  demandPlain(options, single !== undefined || style.nested);
  if (single !== undefined)
    return reference === undefined
      ? singleAddition(call, table, expansion, style)
      : referenceAddition(call, table, name);
  if (reference !== undefined)
    throw badQuery("Expand with $ref is only supported on lookup type navigation property.");
  const collection = collectionNamed(call.organization, entity, name);
  if (collection === undefined) throw unknownProperty(name, entity.logicalName);
  if (collection.kind === "mutual" && (style.nested || !style.mutualOnly))
    throw badQuery("Expanding a many-to-many relationship together with others is not supported.");
  return collectionAddition(call, table, { expansion, collection, style });
}

const OPTIONS: ReadonlySet<string> = new Set(["$select", "$filter", "$orderby", "$top", "$expand"]);

/** Refuses options that an expansion does not have, such as `$count`, `$skip` and `$levels`. */
function demandKnown(options: Options): void {
  for (const name of options.keys())
    if (!OPTIONS.has(name)) throw badQuery(`The query parameter ${name} is not supported within $expand.`);
}

/** Order and number can only be chosen for a collection, and only when nothing is nested. */
function demandPlain(options: Options, strict: boolean): void {
  if (strict && (options.has("$orderby") || options.has("$top"))) {
    throw badQuery(
      "Only $select and $filter clause can be provided while doing $expand on many-to-one relationship or nested one-to-many relationship.",
    );
  }
}

interface Children {
  readonly expansion: Expansion;
  readonly collection: Collection;
  readonly style: Style;
}

function collectionAddition(
  call: WebCall,
  table: Table,
  { expansion: { name, options }, collection, style }: Children,
): Addition {
  const { entity } = table;
  const { children } = collection;
  const plainSet = style.reading === "set" && !style.nested;
  // In a set without nesting, the children show the lookup that ties them to their record.
  const select = options.get("$select");
  const shown = new Map(options);
  if (plainSet && select !== undefined && collection.kind === "many")
    shown.set("$select", `${select},_${collection.attribute}_value`);
  const etag = style.reading === "record" || plainSet;
  const renderer = rendererFor(call, children, shown, { style, etag });
  const pieces = [...options].map(
    ([option, value]) => `${option}=${value.replaceAll(/[%&+#]/g, encodeURIComponent)}`,
  );
  const inner: WebCall = { ...call, query: { pieces, options } };
  // What is wrong with the options is said even when there are no rows.
  rowQuery(inner, children);
  const limit = style.nested
    ? pageSizeOf(call)
    : Math.min(Number(options.get("$top") ?? MOST_CHILDREN), MOST_CHILDREN);
  return (row) => {
    const holder = { entity: entity.logicalName, id: row.id };
    const query = rowQuery(inner, children, within(call, collection, holder));
    const rows = rowsAfter(query, undefined, limit);
    const value = `,"${name}":[${rows.map((child) => renderer.write(child)).join(",")}]`;
    if (style.reading === "record") return value;
    const address = `${call.api}/${entity.entitySetName}(${row.id})/${name}`;
    const link = style.nested
      ? linkBehind(inner, query, { address, rows })
      : [address, pieces.join("&")].filter(Boolean).join("?");
    return link === undefined ? value : `${value},"${name}@odata.nextLink":${JSON.stringify(link)}`;
  };
}

/** With nesting, the preferred page size holds for each expanded collection too. */
function pageSizeOf({ prefer, settings }: WebCall): number {
  return Math.min(prefer.maxPageSize ?? settings.pageLimit, settings.pageLimit);
}

interface Shown {
  readonly address: string;
  readonly rows: readonly Row[];
}

/** The address of the rows behind those that are shown, whether there are any or not. */
function linkBehind({ query }: WebCall, rowsOf: RowQuery, { address, rows }: Shown): string | undefined {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return nextLink(address, query, cookieAfter(rowsOf, 1, first, last));
}

function singleAddition(call: WebCall, table: Table, { name, options }: Expansion, style: Style): Addition {
  const renderers = new Map<string, RowRenderer>();
  const manner = { style, etag: style.reading === "record" };
  return (row) => {
    const found = related(call, table, name, row);
    if (found === undefined) return `,"${name}":null`;
    const { entity } = found.table;
    const known = renderers.get(entity.logicalName) ?? rendererFor(call, found.table, options, manner);
    renderers.set(entity.logicalName, known);
    return `,"${name}":${known.write(found.row)}`;
  };
}

function referenceAddition(call: WebCall, table: Table, name: string): Addition {
  return (row) => {
    const found = related(call, table, name, row);
    if (found === undefined) return `,"${name}":null`;
    const id = `${call.api}/${found.table.entity.entitySetName}(${found.row.id})`;
    return `,"${name}":{"@odata.id":${JSON.stringify(id)}}`;
  };
}

/** The row behind a single-valued navigation property. */
export function related(
  call: WebCall,
  table: Table,
  name: string,
  row: Row,
): { table: Table; row: Row } | undefined {
  const navigation = navigationOf(table.entity, name);
  const stored = navigation === undefined ? undefined : table.text(row, navigation.attribute);
  if (navigation === undefined || stored === undefined) return undefined;
  const target = stored.slice(38);
  if (navigation.target !== target && navigation.target !== "owner") return undefined;
  const other = call.organization.findTable(target);
  const found = other?.row(stored.slice(1, 37));
  return other === undefined || found === undefined ? undefined : { table: other, row: found };
}
