import { ownedOnly } from "../row-query.ts";
import type { Predicate } from "../filter.ts";
import type { Scope } from "../filter-operand.ts";
import type { Attribute } from "../schema.ts";
import type { Row, Table } from "../table.ts";
import type { WebCall } from "../web-call.ts";
import type { FetchEntity, FetchLink, FetchQuery } from "./query.ts";
import { badFetch, noAttribute, noEntity } from "./refusals.ts";

/** One row of each entity of the query, in the order of its nodes; undefined where an outer join found none. */
export type Joined = readonly (Row | undefined)[];

/** An entity of the query whose rows are among its results. */
export interface Node {
  readonly table: Table;
  /** How conditions and results name it; the query's own entity has its logical name. */
  readonly alias: string;
  readonly element: FetchEntity;
  /** Its place in {@link Joined}. */
  readonly index: number;
  readonly children: readonly LinkNode[];
  /** Links of which only the existence counts. */
  readonly existing: readonly LinkNode[];
  /** What a row must fulfil by itself; set when filters are compiled. */
  readonly tests: Predicate[];
}

export interface LinkNode extends Node {
  readonly element: FetchLink;
  readonly match: (parent: Row) => Row[];
}

/** Looks up the entities of a query and how they are joined; refuses what the caller may not read. */
export class Nodes {
  readonly root: Node;
  /** All whose rows are among the results, in their order. */
  readonly all: readonly Node[];
  readonly #call: WebCall;

  constructor(call: WebCall, query: FetchQuery) {
    this.#call = call;
    const taken: Node[] = [];
    this.root = this.#node(query.entity, query.entity.name, taken);
    this.all = taken;
    if (new Set(taken.map(({ alias }) => alias)).size < taken.length)
      throw badFetch("alias", "Each link-entity needs an alias of its own.");
  }

  /** Where the conditions of a node are evaluated. In FetchXML, `ne` and its kind find rows without a value too. */
  scope({ table }: Node): Scope {
    const { organization, caller, settings } = this.#call;
    return { organization, table, caller, neFindsNull: settings.fetchNegationsFindNull };
  }

  named(alias: string): Node {
    const found = this.all.find((node) => node.alias === alias);
    if (found !== undefined) return found;
    throw badFetch("orderLink", `The query has no link-entity with the alias '${alias}'.`);
  }

  /** A link of which only the existence counts: its rows are not among the results. */
  aside(parent: Node, link: FetchLink): LinkNode {
    return this.#link(parent.table, link, [{ ...parent }]);
  }

  #node(element: FetchEntity, alias: string, taken: Node[]): Node {
    const { organization, access, caller } = this.#call;
    const table = organization.findTable(element.name);
    if (table === undefined) throw noEntity(element.name);
    access.demand(caller, table.entity, "Read");
    const mine = ownedOnly(this.#call, table);
    const children: LinkNode[] = [];
    const existing: LinkNode[] = [];
    const tests = mine === undefined ? [] : [mine];
    const node: Node = { table, alias, element, index: taken.length, children, existing, tests };
    taken.push(node);
    for (const link of element.links) {
      if (link.type === "exists" || link.type === "in") existing.push(this.aside(node, link));
      else children.push(this.#link(table, link, taken));
    }
    return node;
  }

  #link(parent: Table, link: FetchLink, taken: Node[]): LinkNode {
    const alias = link.alias ?? `${link.name}${taken.length}`;
    const node = this.#node(link, alias, taken);
    const match = matcher(parent, node.table, link);
    const made = { ...node, element: link, match };
    taken[node.index] = made;
    return made;
  }
}

/** The attribute of that logical name, or the refusal. */
export function attributeOf({ entity }: Table, name: string): Attribute {
  const attribute = entity.attributes.get(name);
  if (attribute?.property === undefined) throw noAttribute(entity.schemaName, name);
  return attribute;
}

/** Finds the rows of the linked table whose `from` holds what the parent's `to` holds. */
function matcher(parent: Table, linked: Table, { from, to }: FetchLink): (row: Row) => Row[] {
  const [here, there] = [attributeOf(parent, to), attributeOf(linked, from)];
  return (row) => {
    const stored = parent.text(row, to);
    const wanted = stored === undefined ? undefined : asStored(parent, linked, { here, there, stored });
    return wanted === undefined ? [] : linked.find([from], [wanted]);
  };
}

interface Value {
  readonly here: Attribute;
  readonly there: Attribute;
  readonly stored: string;
}

/** The stored text as the other column would hold it: lookups carry their target's name, keys do not. */
function asStored(parent: Table, linked: Table, { here, there, stored }: Value): string | undefined {
  if (there.kind === "lookup")
    return here.kind === "lookup" ? stored : `${stored}${parent.entity.logicalName}`;
  if (here.kind !== "lookup") return stored;
  const target = stored.slice(38);
  const leads =
    there.logicalName !== linked.entity.primaryIdAttribute || target === linked.entity.logicalName;
  return leads ? stored.slice(0, 38) : undefined;
}

function passes({ tests, existing }: Node, row: Row): boolean {
  return tests.every((test) => test(row) === true) && existing.every((link) => matches(link, row).length > 0);
}

/** The rows of a link and of everything below it that belong to a parent's row. */
export function matches(link: LinkNode, parent: Row): Joined[] {
  return link
    .match(parent)
    .filter((row) => passes(link, row))
    .flatMap((row) => below(link, row));
}

/** Every combination of a row with those of the links below. */
function below(node: Node, row: Row): Joined[] {
  let combined: Joined[] = [[row]];
  for (const child of node.children) {
    const found = joinedTo(child, row);
    combined = combined.flatMap((left) => found.map((right) => [...left, ...right]));
  }
  return combined;
}

function joinedTo(link: LinkNode, parent: Row): Joined[] {
  const found = matches(link, parent);
  if (link.element.type === "inner") return found;
  if (found.length === 0) return [Array.from({ length: width(link) }, () => undefined)];
  return link.element.type === "outer" ? found : found.slice(0, 1);
}

function width(node: Node): number {
  return node.children.reduce((sum, child) => sum + width(child), 1);
}

/** The results of the query in the order of its own entity's rows, which are taken as they are needed. */
export function* joinedRows(root: Node, rows: Iterable<Row>): Generator<Joined> {
  for (const row of rows) if (passes(root, row)) yield* below(root, row);
}

/** Whether each row of the query's own entity comes at most once. */
export function isToOne(node: Node): boolean {
  return node.children.every(
    (child) =>
      (child.element.type === "matchfirstrowusingcrossapply" ||
        child.element.from === child.table.entity.primaryIdAttribute) &&
      isToOne(child),
  );
}
