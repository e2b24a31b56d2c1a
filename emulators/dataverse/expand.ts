import { RowWriter } from "./columns.ts";
import { badQuery, unknownProperty } from "./errors.ts";
import { parseExpand } from "./metadata-query.ts";
import type { Expansion } from "./metadata-query.ts";
import { collectionOf, navigationOf } from "./navigation.ts";
import type { Row, Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";

const MOST_JOINS = 15;

/** Writes rows with what `$expand` adds to each of them. */
export interface RowRenderer {
  readonly key: string;
  readonly dependent: boolean;
  readonly write: (row: Row) => string;
  /** The object's members without braces, for answers that put more in front. */
  readonly members: (row: Row) => string;
}

type Addition = (row: Row) => string;

/** The renderer for `$select` and `$expand` of a call. */
export function rowRenderer(call: WebCall, table: Table): RowRenderer {
  const { options } = call.query;
  return rendererFor(call, table, { select: options.get("$select"), expand: options.get("$expand") });
}

interface Chosen {
  readonly select: string | undefined;
  readonly expand: string | undefined;
}

function rendererFor(call: WebCall, table: Table, { select, expand }: Chosen): RowRenderer {
  const writer = new RowWriter(call.organization, table, select, call.prefer.annotations);
  const expansions = parseExpand(expand);
  if (expansions.length > MOST_JOINS)
    throw badQuery(`No more than ${MOST_JOINS} expansions are allowed in a query.`);
  if (expansions.length === 0) {
    const { key, dependent } = writer;
    return { key, dependent, write: (row) => writer.write(row), members: (row) => writer.members(row) };
  }
  const additions = expansions.map((expansion) => addition(call, table, expansion));
  const members = (row: Row): string => writer.members(row) + additions.map((add) => add(row)).join("");
  return {
    key: `${writer.key}|${expand ?? ""}`,
    dependent: true,
    write: (row) => `{${members(row)}}`,
    members,
  };
}

function addition(call: WebCall, table: Table, expansion: Expansion): Addition {
  const { entity } = table;
  const reference = expansion.name.endsWith("/$ref");
  const name = reference ? expansion.name.slice(0, -"/$ref".length) : expansion.name;
  const chosen = { select: expansion.options.get("$select"), expand: expansion.options.get("$expand") };
  const single = navigationOf(entity, name);
  if (single !== undefined)
    return reference ? referenceAddition(call, table, name) : singleAddition(call, table, { name, chosen });
  if (reference) throw badQuery("Expand with $ref is only supported on lookup type navigation property.");
  const collection = collectionOf(entity, name, call.organization.entities());
  const children = collection && call.organization.findTable(collection.entity);
  if (collection === undefined || children === undefined) throw unknownProperty(name, entity.logicalName);
  call.access.demand(call.caller, children.entity, "Read");
  const renderer = rendererFor(call, children, chosen);
  return (row) => {
    const texts: string[] = [];
    for (const child of children.inIdOrder()) {
      if (children.text(child, collection.attribute)?.slice(1, 37) === row.id)
        texts.push(renderer.write(child));
    }
    const link = `${call.api}/${entity.entitySetName}(${row.id})/${name}`;
    return `,"${name}":[${texts.join(",")}],"${name}@odata.nextLink":${JSON.stringify(link)}`;
  };
}

interface Named {
  readonly name: string;
  readonly chosen: Chosen;
}

function singleAddition(call: WebCall, table: Table, { name, chosen }: Named): Addition {
  const renderers = new Map<string, RowRenderer>();
  return (row) => {
    const found = related(call, table, name, row);
    if (found === undefined) return `,"${name}":null`;
    const { entity } = found.table;
    const known = renderers.get(entity.logicalName) ?? rendererFor(call, found.table, chosen);
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
