import { compareKeys, storedKey } from "../filter-operand.ts";
import { HOLDS } from "../filter.ts";
import type { Attribute } from "../schema.ts";
import { comparisonOf, compileCondition, holdsWithoutRow } from "./conditions.ts";
import { attributeOf, matches } from "./joins.ts";
import type { Joined, LinkNode, Node, Nodes } from "./joins.ts";
import type { FetchCondition, FetchFilter, FetchLink } from "./query.ts";
import { badFetch } from "./refusals.ts";

/** Whether a result is found; undefined is SQL's "unknown". */
type Test = (joined: Joined) => boolean | undefined;

interface Compiled {
  readonly test: Test;
  /** Whether it looks at nothing but its own entity's row: then it already counts when rows are joined. */
  readonly own: boolean;
}

/**
 * Compiles every filter of the query. Those that concern one entity only become tests of its node, so that outer joins
 * are filtered when they are made; the others are returned, to be applied to results.
 */
export function compileFilters(nodes: Nodes): Test[] {
  return filtersOf(nodes, nodes.root);
}

/** The filters of a node and of all links below it. */
function filtersOf(nodes: Nodes, node: Node): Test[] {
  for (const link of node.existing) demandOwn(filtersOf(nodes, link));
  const later: Test[] = [];
  for (const filter of node.element.filters) {
    const { own, test } = compiled(nodes, node, filter);
    if (own) node.tests.push((row) => test(resultOf(node, row)));
    else later.push(test);
  }
  return [...later, ...node.children.flatMap((child) => filtersOf(nodes, child))];
}

function demandOwn(later: readonly Test[]): void {
  if (later.length > 0)
    throw badFetch("argument", "A link that only asks for existence cannot compare with other links.");
}

/** A result that holds one row only, at its node's place. */
function resultOf({ index }: Node, row: Joined[number]): Joined {
  const joined: Joined[number][] = [];
  joined[index] = row;
  return joined;
}

function compiled(nodes: Nodes, node: Node, filter: FetchFilter): Compiled {
  const parts = [
    ...filter.conditions.map((condition) => conditionTest(nodes, node, condition)),
    ...filter.filters.map((inner) => compiled(nodes, node, inner)),
    ...filter.links.map((link) => ({ test: linkTest(nodes, node, link), own: true })),
  ];
  const tests = parts.map(({ test }) => test);
  return { test: filter.type === "and" ? all(tests) : any(tests), own: parts.every(({ own }) => own) };
}

function all(tests: readonly Test[]): Test {
  return (joined) => {
    let result: boolean | undefined = true;
    for (const test of tests) {
      const value = test(joined);
      if (value === false) return false;
      if (value === undefined) result = undefined;
    }
    return result;
  };
}

/** An empty filter leaves everything in. */
function any(tests: readonly Test[]): Test {
  return (joined) => {
    let result: boolean | undefined = tests.length === 0;
    for (const test of tests) {
      const value = test(joined);
      if (value === true) return true;
      if (value === undefined) result = undefined;
    }
    return result;
  };
}

function conditionTest(nodes: Nodes, node: Node, condition: FetchCondition): Compiled {
  const target = condition.entityName === undefined ? node : nodes.named(condition.entityName);
  const attribute = attributeOf(target.table, condition.attribute);
  if (condition.valueOf !== undefined) return betweenColumns(nodes, node, { condition, target, attribute });
  const test = compileCondition(condition, attribute, nodes.scope(target));
  const without = holdsWithoutRow(condition);
  return {
    own: target === node,
    test: (joined) => {
      const row = joined[target.index];
      return row === undefined ? without : test(row);
    },
  };
}

interface Column {
  readonly condition: FetchCondition;
  readonly target: Node;
  readonly attribute: Attribute;
}

/** `valueof='lastname'` is a column of the same row, `valueof='acct.name'` one of a link. */
function betweenColumns(nodes: Nodes, node: Node, { condition, target, attribute }: Column): Compiled {
  const { operator, valueOf = "" } = condition;
  const comparison = comparisonOf(operator);
  if (comparison === undefined)
    throw badFetch("operator", `The condition operator '${operator}' cannot compare two columns.`);
  const [alias, name] = valueOf.includes(".") ? valueOf.split(".", 2) : [undefined, valueOf];
  const other = alias === undefined ? target : nodes.named(alias);
  const second = attributeOf(other.table, name ?? "");
  if (second.kind !== attribute.kind)
    throw badFetch("argument", `'${condition.attribute}' and '${valueOf}' are of different types.`);
  const holds = HOLDS[comparison];
  return {
    own: target === node && other === node,
    test: (joined) => {
      const [left, right] = [keyIn(joined, target, attribute), keyIn(joined, other, second)];
      return left === undefined || right === undefined
        ? undefined
        : holds(compareKeys(attribute.kind, left, right));
    },
  };
}

function keyIn(joined: Joined, node: Node, attribute: Attribute): string | number | undefined {
  const row = joined[node.index];
  const stored = row && node.table.text(row, attribute.logicalName);
  return stored === undefined ? undefined : storedKey(attribute.kind, stored);
}

/** `any`, `not any`, `all` and `not all`: whether rows that belong to this one fulfil the link's own filters. */
function linkTest(nodes: Nodes, parent: Node, link: FetchLink): Test {
  const filtered = nodes.aside(parent, link);
  demandOwn(filtersOf(nodes, filtered));
  const found = (joined: Joined, node: LinkNode): number => {
    const row = joined[parent.index];
    return row === undefined ? 0 : matches(node, row).length;
  };
  const every = nodes.aside(parent, { ...link, filters: [] });
  demandOwn(filtersOf(nodes, every));
  switch (link.type) {
    case "any":
      return (joined) => found(joined, filtered) > 0;
    case "not any":
      return (joined) => found(joined, filtered) === 0;
    case "all":
      return (joined) => found(joined, filtered) === found(joined, every);
    default:
      return (joined) => found(joined, filtered) < found(joined, every);
  }
}
