import { aggregated, isAggregable, isCount, MOST_AGGREGATED, tooMany } from "../aggregates.ts";
import type { Aggregate } from "../aggregates.ts";
import { datePart } from "../calendar.ts";
import { onWire } from "../codec.ts";
import { annotated, valueAnnotations } from "../columns.ts";
import { compareKeys } from "../filter-operand.ts";
import type { Attribute } from "../schema.ts";
import type { WebCall } from "../web-call.ts";
import { attributeOf } from "./joins.ts";
import type { Joined, Node, Nodes } from "./joins.ts";
import type { FetchAttribute, FetchQuery } from "./query.ts";
import { badFetch } from "./refusals.ts";

interface Column {
  readonly node: Node;
  readonly attribute: Attribute;
  readonly alias: string;
}

interface Grouping extends Column {
  readonly datePart: string | undefined;
}

interface Result extends Column {
  readonly aggregate: Aggregate;
}

/** The results of an aggregate query as JSON objects, in their order. */
export function aggregateObjects(
  call: WebCall,
  query: FetchQuery,
  nodes: Nodes,
  rows: Iterable<Joined>,
): string[] {
  const [groupings, results] = [groupingsOf(nodes), resultsOf(nodes)];
  const limit = Math.min(query.aggregateLimit ?? MOST_AGGREGATED, MOST_AGGREGATED);
  const groups = grouped(groupings, rows, limit);
  // Without groups there is always one result.
  if (groupings.length === 0 && groups.size === 0) groups.set("", []);
  const made = Array.from(groups.values(), (members) => groupResult(call, { groupings, results }, members));
  return sorted(nodes, made).map(({ text }) => `{${text.slice(1)}}`);
}

function* attributesOf(nodes: Nodes): Generator<{ node: Node; element: FetchAttribute }> {
  for (const node of nodes.all) for (const element of node.element.attributes) yield { node, element };
}

function aliasOf({ alias, name }: FetchAttribute): string {
  if (alias !== undefined) return alias;
  throw badFetch("noAlias", `The attribute '${name}' of an aggregate query needs an alias.`);
}

function groupingsOf(nodes: Nodes): Grouping[] {
  return Array.from(attributesOf(nodes))
    .filter(({ element }) => element.groupBy)
    .map(({ node, element }) => {
      const attribute = attributeOf(node.table, element.name);
      const part = element.dateGrouping;
      const isDate = attribute.kind === "date" || attribute.kind === "datetime";
      if (isDate !== (part !== undefined) || (part !== undefined && datePart(part, 0) === undefined))
        throw badFetch("aggregate", `'${element.name}' cannot be grouped by '${part ?? "its value"}'.`);
      return { node, attribute, alias: aliasOf(element), datePart: part };
    });
}

const NAMES: Readonly<Record<string, Aggregate>> = {
  avg: "average",
  count: "count",
  countcolumn: "countcolumn",
  max: "max",
  min: "min",
  sum: "sum",
};

function resultsOf(nodes: Nodes): Result[] {
  return Array.from(attributesOf(nodes))
    .filter(({ element }) => !element.groupBy)
    .map(({ node, element }) => {
      const { aggregate: name = "", distinct } = element;
      const attribute = attributeOf(node.table, element.name);
      const known = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
      if (known === undefined || !isAggregable(known, attribute))
        throw badFetch("aggregate", `'${name}' is no aggregate that '${element.name}' has.`);
      const aggregate = known === "countcolumn" && distinct ? "countdistinct" : known;
      return { node, attribute, alias: aliasOf(element), aggregate };
    });
}

function textIn({ node, attribute }: Column, joined: Joined): string | undefined {
  const row = joined[node.index];
  return row && node.table.text(row, attribute.logicalName);
}

/** The value that a row is grouped under, as JSON. */
function groupValue(grouping: Grouping, joined: Joined): string | undefined {
  const stored = textIn(grouping, joined);
  if (stored === undefined || grouping.datePart === undefined) return stored;
  return JSON.stringify(datePart(grouping.datePart, Date.parse(stored.slice(1, -1))));
}

function grouped(
  groupings: readonly Grouping[],
  rows: Iterable<Joined>,
  limit: number,
): Map<string, Joined[]> {
  const groups = new Map<string, Joined[]>();
  let count = 0;
  for (const joined of rows) {
    count += 1;
    if (count > limit) throw tooMany();
    const key = JSON.stringify(groupings.map((grouping) => groupValue(grouping, joined) ?? null));
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [joined]);
    else members.push(joined);
  }
  return groups;
}

interface Made {
  readonly text: string;
  /** Each result by its alias, as JSON. */
  readonly values: ReadonlyMap<string, string | undefined>;
}

interface Plan {
  readonly groupings: readonly Grouping[];
  readonly results: readonly Result[];
}

function groupResult(call: WebCall, { groupings, results }: Plan, members: readonly Joined[]): Made {
  const values = new Map<string, string | undefined>();
  let text = "";
  for (const grouping of groupings) {
    const value = members[0] && groupValue(grouping, members[0]);
    values.set(grouping.alias, value);
    if (value !== undefined) text += groupMember(call, grouping, value);
  }
  for (const result of results) {
    const texts = members.map((joined) => textIn(result, joined));
    const value = aggregated(result.aggregate, result.attribute, texts);
    values.set(result.alias, value);
    if (value !== undefined) text += resultMember(call, result, value);
  }
  return { text, values };
}

function groupMember(
  call: WebCall,
  { node, attribute, alias, datePart: part }: Grouping,
  value: string,
): string {
  if (part !== undefined) return `,"${alias}":${value}`;
  const asked = annotated(call.organization, call.prefer.annotations);
  const named = { attribute, name: alias };
  return `${valueAnnotations(asked, node.table.entity, named, value)},"${alias}":${onWire(attribute, value)}`;
}

/** A count is shown as the whole number that it is, whatever it counts. */
function resultMember(call: WebCall, { node, attribute, alias, aggregate }: Result, value: string): string {
  const asked = annotated(call.organization, call.prefer.annotations);
  const shown: Attribute = isCount(aggregate) ? { ...attribute, kind: "integer" } : attribute;
  return `${valueAnnotations(asked, node.table.entity, { attribute: shown, name: alias }, value)},"${alias}":${value}`;
}

/** Groups are ordered by their values, unless the query orders them by aliases. */
function sorted(nodes: Nodes, made: readonly Made[]): Made[] {
  const orders = nodes.all.flatMap(({ element }) => element.orders);
  const aliases =
    orders.length === 0 ? groupingsOf(nodes).map(({ alias }) => ({ alias, descending: false })) : orders;
  for (const { alias } of aliases) {
    if (alias === undefined || made.some(({ values }) => !values.has(alias)))
      throw badFetch("alias", "The order elements of an aggregate query name aliases of its attributes.");
  }
  return made.toSorted((left, right) => {
    for (const { alias = "", descending } of aliases) {
      const difference = compareJson(left.values.get(alias), right.values.get(alias));
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  });
}

function compareJson(left: string | undefined, right: string | undefined): number {
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  if (left.startsWith('"')) return compareKeys("text", left.toLowerCase(), right.toLowerCase());
  return Number(left) - Number(right);
}
