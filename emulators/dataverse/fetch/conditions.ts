import { badQuery } from "../errors.ts";
import { compileFilter } from "../filter.ts";
import type { Predicate } from "../filter.ts";
import type { Scope } from "../filter-operand.ts";
import type { Comparison, Expression, Literal } from "../filter-parser.ts";
import type { Attribute } from "../schema.ts";
import { textPattern } from "../text-pattern.ts";
import type { FetchCondition } from "./query.ts";
import { badFetch } from "./refusals.ts";

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  eq: "eq",
  ne: "ne",
  neq: "ne",
  gt: "gt",
  ge: "ge",
  lt: "lt",
  le: "le",
};

/** Operators that are query functions of the Web API under another name; those with an X take a number. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  in: "In",
  "not-in": "NotIn",
  between: "Between",
  "not-between": "NotBetween",
  "contain-values": "ContainValues",
  "not-contain-values": "DoesNotContainValues",
  on: "On",
  "not-on": "NotOn",
  "on-or-before": "OnOrBefore",
  "on-or-after": "OnOrAfter",
  today: "Today",
  yesterday: "Yesterday",
  tomorrow: "Tomorrow",
  "last-seven-days": "Last7Days",
  "next-seven-days": "Next7Days",
  "eq-userid": "EqualUserId",
  "ne-userid": "NotEqualUserId",
  "eq-userteams": "EqualUserTeams",
  "eq-useroruserteams": "EqualUserOrUserTeams",
  "eq-businessid": "EqualBusinessId",
  "ne-businessid": "NotEqualBusinessId",
};

/** Patterns of the text operators: what stands before and after the given text. */
const PATTERNS: Readonly<Record<string, readonly [before: string, after: string]>> = {
  like: ["^", "$"],
  "begins-with": ["^", ""],
  "ends-with": ["", "$"],
};

const NEGATED_PATTERNS: Readonly<Record<string, string>> = {
  "not-like": "like",
  "not-begin-with": "begins-with",
  "not-end-with": "ends-with",
};

/** Operators that say no, and therefore also find rows without a value. */
const NEGATIONS: ReadonlySet<string> = new Set([
  "ne",
  "neq",
  "not-in",
  "not-between",
  "not-contain-values",
  "ne-userid",
  "ne-businessid",
  ...Object.keys(NEGATED_PATTERNS),
]);

/** How an operator treats a column of a row that an outer join did not find. */
export function holdsWithoutRow({ operator }: FetchCondition): boolean | undefined {
  if (operator === "null") return true;
  return operator === "not-null" ? false : undefined;
}

/** The comparison that an operator stands for, or undefined. */
export function comparisonOf(operator: string): Comparison | undefined {
  return Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
}

/** Compiles a condition on a column of one table; comparisons of two columns are none of it. */
export function compileCondition(condition: FetchCondition, attribute: Attribute, scope: Scope): Predicate {
  const { operator } = condition;
  const path: Expression = { kind: "path", names: [attribute.logicalName] };
  const nothing = { kind: "compare", left: path, right: NULL } as const;
  if (operator === "null") return compileFilter({ ...nothing, operator: "eq" }, scope);
  if (operator === "not-null") return compileFilter({ ...nothing, operator: "ne" }, scope);
  const test = patternTest(condition, attribute, scope) ?? compileFilter(expression(condition, path), scope);
  if (!NEGATIONS.has(operator) || !scope.neFindsNull) return test;
  const without = compileFilter({ ...nothing, operator: "eq" }, scope);
  return (row) => without(row) === true || test(row);
}

const NULL: Expression = { kind: "literal", literal: { type: "null" } };

function literalOf(text: string): Literal {
  return { type: "string", text };
}

function expression(condition: FetchCondition, path: Expression): Expression {
  const { operator, values } = condition;
  const comparison = comparisonOf(operator);
  if (comparison !== undefined)
    return {
      kind: "compare",
      operator: comparison,
      left: path,
      right: { kind: "literal", literal: literalOf(only(condition)) },
    };
  const name = functionName(operator);
  if (name === undefined) throw badFetch("operator", `Invalid condition operator '${operator}'.`);
  return {
    kind: "call",
    name: `Microsoft.Dynamics.CRM.${name}`,
    args: [
      { name: "PropertyName", value: path },
      { name: "PropertyValues", value: { kind: "list", values: values.map(literalOf) } },
    ],
  };
}

/** `last-x-hours` is `LastXHours`, `olderthan-x-months` is `OlderThanXMonths`, `this-fiscal-year` is `ThisFiscalYear`. */
function functionName(operator: string): string | undefined {
  if (Object.hasOwn(FUNCTIONS, operator)) return FUNCTIONS[operator];
  const relative = /^(?:last|next|olderthan)-x-(?:minutes|hours|days|weeks|months|years)$/;
  const calendar = /^(?:last|this|next)-(?:week|month|year|fiscal-period|fiscal-year)$/;
  if (!relative.test(operator) && !calendar.test(operator)) return undefined;
  return operator
    .replace("olderthan", "older-than")
    .replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function only({ operator, values }: FetchCondition): string {
  const [value] = values;
  if (value !== undefined && values.length === 1) return value;
  throw badFetch("argument", `The condition operator '${operator}' needs one value.`);
}

function patternTest(condition: FetchCondition, attribute: Attribute, scope: Scope): Predicate | undefined {
  const negated = Object.hasOwn(NEGATED_PATTERNS, condition.operator);
  const operator = negated ? (NEGATED_PATTERNS[condition.operator] ?? "") : condition.operator;
  const around = Object.hasOwn(PATTERNS, operator) ? PATTERNS[operator] : undefined;
  if (around === undefined) return undefined;
  if (attribute.kind !== "text") throw badQuery(`'${condition.operator}' compares text only.`);
  const pattern = textPattern(only(condition), ...around);
  return (row) => {
    const stored = scope.table.text(row, attribute.logicalName);
    return stored === undefined ? undefined : pattern.test(JSON.parse(stored) as string) !== negated;
  };
}
