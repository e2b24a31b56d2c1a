import { badQuery } from "./errors.ts";
import type { Expression } from "./filter-parser.ts";
import { parseFilter } from "./filter-parser.ts";
import type { Shape } from "./metadata-shapes.ts";

/** The options of a metadata read, as they stand on the URL or inside an `$expand`. */
export type ShapeOptions = ReadonlyMap<string, string>;

const OPTIONS: ReadonlySet<string> = new Set(["$select", "$filter", "$expand"]);

/** Refuses the system query options that metadata does not have: it is neither ordered, nor cut, nor counted. */
export function demandShapeOptions(options: ShapeOptions): void {
  for (const name of options.keys()) {
    if (name.startsWith("$") && !OPTIONS.has(name))
      throw badQuery(`The query parameter ${name} is not supported.`);
  }
}

/** The objects that a `$filter` keeps. */
export function filterShapes(shapes: readonly Shape[], filter: string | undefined): readonly Shape[] {
  if (filter === undefined || filter === "") return shapes;
  const expression = parseFilter(filter);
  return shapes.filter((shape) => holds(expression, shape));
}

function holds(expression: Expression, shape: Shape): boolean {
  switch (expression.kind) {
    case "logic":
      return expression.operator === "and"
        ? holds(expression.left, shape) && holds(expression.right, shape)
        : holds(expression.left, shape) || holds(expression.right, shape);
    case "not":
      return !holds(expression.inner, shape);
    case "path":
      return valueOf(expression, shape) === true;
    case "compare":
      return compares(expression, shape);
    default:
      throw badQuery("Only comparisons of properties are supported in a $filter on metadata.");
  }
}

function compares(expression: Expression & { kind: "compare" }, shape: Shape): boolean {
  const left = valueOf(expression.left, shape);
  const right = valueOf(expression.right, shape);
  if (expression.operator === "eq") return left === right;
  if (expression.operator === "ne") return left !== right;
  const order = Number(left) - Number(right);
  switch (expression.operator) {
    case "gt":
      return order > 0;
    case "ge":
      return order >= 0;
    case "lt":
      return order < 0;
    case "le":
      return order <= 0;
  }
}

function valueOf(expression: Expression, shape: Shape): unknown {
  if (expression.kind === "path") return along(expression.names, shape);
  if (expression.kind !== "literal")
    throw badQuery("Only properties and values can be compared in a $filter on metadata.");
  const { literal } = expression;
  if (literal.type === "null") return null;
  if (literal.type === "boolean") return literal.value;
  return literal.type === "number" ? Number(literal.text) : literal.text;
}

function along(names: readonly string[], shape: Shape): unknown {
  let value: unknown = shape;
  for (const name of names) {
    if (typeof value !== "object" || value === null) return null;
    if (!Object.hasOwn(value, name))
      throw badQuery(`Could not find a property named '${name}' on the metadata type.`);
    value = (value as Shape)[name];
  }
  return value;
}

/** The object with only the selected properties; `MetadataId` and annotations always stay. */
export function selectShape(shape: Shape, select: string | undefined): Shape {
  if (select === undefined || select === "") return shape;
  const names = new Set(select.split(",").map((name) => name.trim()));
  for (const name of names) {
    if (!Object.hasOwn(shape, name))
      throw badQuery(`Could not find a property named '${name}' on the metadata type.`);
  }
  return Object.fromEntries(
    Object.entries(shape).filter(
      ([name]) => names.has(name) || name === "MetadataId" || name.startsWith("@"),
    ),
  );
}

/** One entry of an `$expand`: the navigation property and the options in its parentheses. */
export interface Expansion {
  readonly name: string;
  readonly options: ShapeOptions;
}

/** Splits `$expand=Attributes($select=a,b;$filter=c),Keys` at the top level. */
export function parseExpand(text: string | undefined): Expansion[] {
  if (text === undefined || text.trim() === "") return [];
  return splitOutside(text, ",").map((part) => {
    const open = part.indexOf("(");
    if (open < 0) return { name: part.trim(), options: new Map() };
    if (!part.trimEnd().endsWith(")")) throw badQuery(`Syntax error in '$expand=${text}'.`);
    const inner = part.trimEnd().slice(open + 1, -1);
    const options = splitOutside(inner, ";").map((option) => {
      const equals = option.indexOf("=");
      return [option.slice(0, equals).trim(), option.slice(equals + 1)] as const;
    });
    return { name: part.slice(0, open).trim(), options: new Map(options) };
  });
}

/** Splits at a separator that stands outside parentheses and quotes. */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "'") quoted = !quoted;
    if (quoted) continue;
    if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    else if (character === separator && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
