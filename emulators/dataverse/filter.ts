import { childRows, collectionNamed } from "./collections.ts";
import { badQuery, unknownProperty } from "./errors.ts";
import { dataverseFunction } from "./filter-functions.ts";
import { columnOperand, compareKeys, literalKey, storedKey } from "./filter-operand.ts";
import type { ColumnOperand, Scope } from "./filter-operand.ts";
import type { Comparison, Expression, Literal } from "./filter-parser.ts";
import type { Row } from "./table.ts";
import { textPattern } from "./text-pattern.ts";

/** Whether a row is found. Undefined is SQL's "unknown", which finds nothing and is not turned round by `not`. */
export type Predicate = (row: Row) => boolean | undefined;

/** Compiles a parsed `$filter` for the rows of a table; names are looked up and types checked once, here. */
export function compileFilter(expression: Expression, scope: Scope): Predicate {
  switch (expression.kind) {
    case "logic":
      return logic(
        expression.operator,
        compileFilter(expression.left, scope),
        compileFilter(expression.right, scope),
      );
    case "not": {
      if (expression.inner.kind === "call" && expression.inner.name.startsWith("Microsoft.Dynamics.CRM."))
        throw badQuery("Not operator along with the Custom Named Condition operators is not allowed");
      const inner = compileFilter(expression.inner, scope);
      return (row) => {
        const value = inner(row);
        return value === undefined ? undefined : !value;
      };
    }
    case "compare":
      return comparison(expression, scope);
    case "call":
      return call(expression, scope);
    case "lambda":
      return lambda(expression, scope);
    case "path":
      return truth(columnOperand(scope, expression.names));
    case "literal":
    case "list":
      throw badQuery("The $filter expression must evaluate to a single boolean value.");
  }
}

function truth(column: ColumnOperand): Predicate {
  if (column.attribute.kind !== "boolean") {
    throw badQuery("The $filter expression must evaluate to a single boolean value.");
  }
  return (row) => {
    const stored = column.read(row);
    return stored === undefined ? undefined : stored === "true";
  };
}

function logic(operator: "and" | "or", left: Predicate, right: Predicate): Predicate {
  const decisive = operator === "or";
  return (row) => {
    const first = left(row);
    if (first === decisive) return decisive;
    const second = right(row);
    if (second === decisive) return decisive;
    return first === undefined || second === undefined ? undefined : !decisive;
  };
}

/** Whether a comparison holds, by how its left side compares with its right. */
export const HOLDS: Readonly<Record<Comparison, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  eq: "eq",
  ne: "ne",
  gt: "lt",
  ge: "le",
  lt: "gt",
  le: "ge",
};

function comparison(expression: Expression & { kind: "compare" }, scope: Scope): Predicate {
  const { left, right, operator } = expression;
  if (left.kind === "path" && right.kind === "path") {
    return betweenColumns(operator, columnOperand(scope, left.names), columnOperand(scope, right.names));
  }
  if (left.kind === "path" && right.kind === "literal") {
    return withLiteral(operator, columnOperand(scope, left.names), right.literal, scope);
  }
  if (left.kind === "literal" && right.kind === "path") {
    return withLiteral(MIRRORED[operator], columnOperand(scope, right.names), left.literal, scope);
  }
  if (left.kind === "call" && right.kind === "literal" && right.literal.type === "boolean") {
    const inner = compileFilter(left, scope);
    const wanted = (operator === "eq") === right.literal.value;
    return (row) => inner(row) === wanted;
  }
  throw badQuery("The $filter compares something that is neither a column nor a value.");
}

function withLiteral(operator: Comparison, column: ColumnOperand, literal: Literal, scope: Scope): Predicate {
  const key = literalKey(column.attribute, literal);
  if (key === null) return isNull(operator, column);
  const { kind } = column.attribute;
  const holds = HOLDS[operator];
  const unknown = operator === "ne" && scope.neFindsNull ? true : undefined;
  return (row) => {
    const stored = column.read(row);
    return stored === undefined ? unknown : holds(compareKeys(kind, storedKey(kind, stored), key));
  };
}

function isNull(operator: Comparison, column: ColumnOperand): Predicate {
  if (operator === "eq") return (row) => column.read(row) === undefined;
  if (operator === "ne") return (row) => column.read(row) !== undefined;
  return () => undefined;
}

function betweenColumns(operator: Comparison, left: ColumnOperand, right: ColumnOperand): Predicate {
  const { kind } = left.attribute;
  const holds = HOLDS[operator];
  return (row) => {
    const first = left.read(row);
    const second = right.read(row);
    if (first === undefined || second === undefined) return undefined;
    return holds(compareKeys(kind, storedKey(kind, first), storedKey(right.attribute.kind, second)));
  };
}

const TEXT_FUNCTIONS: Readonly<Record<string, (text: string) => RegExp>> = {
  contains: (text) => textPattern(text, "", ""),
  startswith: (text) => textPattern(text, "^", ""),
  endswith: (text) => textPattern(text, "", "$"),
};

function call(expression: Expression & { kind: "call" }, scope: Scope): Predicate {
  const { name, args } = expression;
  const textFunction = Object.hasOwn(TEXT_FUNCTIONS, name) ? TEXT_FUNCTIONS[name] : undefined;
  if (textFunction === undefined) return dataverseFunction(name, args, scope);
  const [subject, wanted] = args.map((argument) => argument.value);
  if (subject?.kind !== "path" || wanted?.kind !== "literal" || wanted.literal.type !== "string") {
    throw badQuery(
      `No function signature for the function with name '${name}' matches the specified arguments.`,
    );
  }
  const column = columnOperand(scope, subject.names);
  const matcher = textFunction(wanted.literal.text);
  return (row) => {
    const stored = column.read(row);
    return stored === undefined ? undefined : matcher.test(JSON.parse(stored) as string);
  };
}

function lambda(expression: Expression & { kind: "lambda" }, scope: Scope): Predicate {
  const [name = ""] = expression.path;
  const { organization, table } = scope;
  const collection = collectionNamed(organization, table.entity, name);
  if (collection === undefined) throw unknownProperty(name, table.entity.logicalName);
  const { children } = collection;
  const body = expression.body;
  const inner = body && compileFilter(body, { ...scope, table: children, variable: expression.variable });
  const { logicalName: entity } = table.entity;
  return (row) => {
    const related = childRows(organization, collection, { entity, id: row.id });
    const holds = (child: Row): boolean => inner === undefined || inner(child) === true;
    return expression.quantifier === "any" ? related.some(holds) : related.every(holds);
  };
}
