import { compareKeys as compareValues, storedKey } from "../filter-operand.ts";
import { formattedValue } from "../formatted-value.ts";
import type { Organization } from "../organization.ts";
import type { Attribute, Kind } from "../schema.ts";
import { attributeOf } from "./joins.ts";
import type { Joined, Node, Nodes } from "./joins.ts";
import type { FetchOrder } from "./query.ts";
import { badFetch } from "./refusals.ts";

/** A column by which results are ordered. */
export interface OrderColumn {
  readonly node: Node;
  readonly attribute: Attribute;
  readonly descending: boolean;
  /** Whether the text that people see decides: names behind lookups, labels of choices. */
  readonly labelled: boolean;
}

const LABELLED: ReadonlySet<Kind> = new Set(["lookup", "choice", "choices", "boolean"]);

/** The order of the query: its own entity's columns first, then those of its links. */
export function orderColumns(nodes: Nodes, rawOrder: boolean): OrderColumn[] {
  return nodes.all.flatMap((node) =>
    node.element.orders.map((order) => column(nodes, node, order, rawOrder)),
  );
}

function column(nodes: Nodes, own: Node, order: FetchOrder, rawOrder: boolean): OrderColumn {
  const node = order.entityName === undefined ? own : nodes.named(order.entityName);
  if (order.attribute === undefined)
    throw badFetch("argument", "An order element outside of aggregates names an attribute.");
  const attribute = attributeOf(node.table, order.attribute);
  const { descending } = order;
  const labelled = LABELLED.has(attribute.kind) && !(rawOrder && attribute.kind !== "lookup");
  return { node, attribute, descending, labelled };
}

/** A key to order by; rows without a value come first. */
export type Key = string | number | undefined;

/** The results in their order; equal ones stay as they came, which is by id. */
export function ordered(
  organization: Organization,
  columns: readonly OrderColumn[],
  results: Iterable<Joined>,
): Joined[] {
  const keyed = Array.from(results, (joined) => ({ joined, keys: keysOf(organization, columns, joined) }));
  return keyed
    .toSorted((left, right) => compareKeys(columns, left.keys, right.keys))
    .map(({ joined }) => joined);
}

/** The keys that place a result in the order. */
export function keysOf(
  organization: Organization,
  columns: readonly OrderColumn[],
  joined: Joined,
): readonly Key[] {
  return columns.map(({ node, attribute, labelled }) => {
    const row = joined[node.index];
    const stored = row && node.table.text(row, attribute.logicalName);
    if (stored === undefined) return undefined;
    if (!labelled) return storedKey(attribute.kind, stored);
    return formattedValue(organization, attribute, stored)?.toLowerCase() ?? "";
  });
}

/** How two places in the order compare: negative, zero or positive. */
export function compareKeys(
  columns: readonly OrderColumn[],
  left: readonly Key[],
  right: readonly Key[],
): number {
  for (const [index, { attribute, descending, labelled }] of columns.entries()) {
    const difference = compareOptional(labelled ? "text" : attribute.kind, left[index], right[index]);
    if (difference !== 0) return descending ? -difference : difference;
  }
  return 0;
}

function compareOptional(kind: Kind, left: Key, right: Key): number {
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  return compareValues(kind, left, right);
}
