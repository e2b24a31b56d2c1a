import { badQuery } from "./errors.ts";
import type { Token, TokenType } from "./filter-lexer.ts";
import { tokens, unquoted } from "./filter-lexer.ts";

export type Literal =
  | { readonly type: "string" | "number" | "guid" | "date"; readonly text: string }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "null" };

export type Comparison = "eq" | "ne" | "gt" | "ge" | "lt" | "le";

/** A `$filter` as it is written, before names are looked up. */
export type Expression =
  | { readonly kind: "literal"; readonly literal: Literal }
  | { readonly kind: "list"; readonly values: readonly Literal[] }
  | { readonly kind: "path"; readonly names: readonly string[] }
  | {
      readonly kind: "compare";
      readonly operator: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "logic";
      readonly operator: "and" | "or";
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "not"; readonly inner: Expression }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Argument[] }
  | {
      readonly kind: "lambda";
      readonly quantifier: "any" | "all";
      readonly path: readonly string[];
      readonly variable: string;
      readonly body: Expression | undefined;
    };

export interface Argument {
  /** Set in `Function(PropertyName='x')`. */
  readonly name: string | undefined;
  readonly value: Expression;
}

const BINDING: Readonly<Record<string, number>> = { or: 1, and: 2, eq: 4, ne: 4, gt: 5, ge: 5, lt: 5, le: 5 };
const NOT_BINDING = 3;

/** Parameter aliases (`@p1=…`): their text by name with the `@`. An alias without a value is null. */
export type Aliases = ReadonlyMap<string, string>;

/** Parses a `$filter`; refuses with the Web API's error when it is not one. */
export function parseFilter(text: string, aliases: Aliases = new Map()): Expression {
  const parser = new Parser(text, aliases);
  const expression = parser.expression(0);
  parser.expect("end");
  return expression;
}

/** A Pratt parser: operators bind by the table above, everything else is a prefix. */
class Parser {
  readonly #text: string;
  readonly #aliases: Aliases;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string, aliases: Aliases) {
    this.#text = text;
    this.#aliases = aliases;
    this.#tokens = tokens(text);
  }

  expression(minimum: number): Expression {
    let left = this.#prefix();
    for (;;) {
      const operator = this.#peek();
      const binding = operator.type === "name" ? BINDING[operator.text] : undefined;
      if (operator.type === "name" && operator.text === "in") throw this.#unsupported("in");
      if (binding === undefined || binding <= minimum) return left;
      this.#next();
      const right = this.expression(binding);
      left = infix(operator.text, left, right);
    }
  }

  expect(type: TokenType, text?: string): Token {
    const token = this.#next();
    if (token.type === type && (text === undefined || token.text === text)) return token;
    throw badQuery(`Syntax error at position ${token.at} in '${this.#text}'.`);
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { type: "end", text: "", at: this.#text.length };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #accept(text: string): boolean {
    const token = this.#peek();
    if (token.type !== "punctuation" || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #unsupported(operator: string): Error {
    return badQuery(`The query node '${operator}' is not supported.`);
  }

  #prefix(): Expression {
    const token = this.#next();
    switch (token.type) {
      case "punctuation":
        if (token.text === "(") return this.#parenthesized();
        if (token.text === "[") return this.#list();
        break;
      case "alias":
        return this.#alias(token.text);
      case "name":
        return this.#name(token);
      case "string":
        return literal({ type: "string", text: unquoted(token.text) });
      case "number":
      case "guid":
      case "date":
        return literal({ type: token.type, text: token.text });
      case "end":
        break;
    }
    throw badQuery(`Syntax error at position ${token.at} in '${this.#text}'.`);
  }

  #parenthesized(): Expression {
    const inner = this.expression(0);
    this.expect("punctuation", ")");
    return inner;
  }

  #list(): Expression {
    const values: Literal[] = [];
    while (!this.#accept("]")) {
      const value = this.#prefix();
      if (value.kind !== "literal") throw badQuery(`Syntax error in a list of '${this.#text}'.`);
      values.push(value.literal);
      this.#accept(",");
    }
    return { kind: "list", values };
  }

  #alias(name: string): Expression {
    const text = this.#aliases.get(name);
    return text === undefined ? literal({ type: "null" }) : parseFilter(text);
  }

  #name(token: Token): Expression {
    if (token.text === "not") return { kind: "not", inner: this.expression(NOT_BINDING) };
    if (token.text === "null") return literal({ type: "null" });
    if (token.text === "true" || token.text === "false") {
      return literal({ type: "boolean", value: token.text === "true" });
    }
    // An enum literal of the metadata: Microsoft.Dynamics.CRM.AttributeTypeCode'Picklist'.
    if (token.text.includes(".") && this.#peek().type === "string") {
      return literal({ type: "string", text: unquoted(this.#next().text) });
    }
    if (this.#accept("(")) return { kind: "call", name: token.text, args: this.#arguments() };
    return this.#path(token.text);
  }

  #path(first: string): Expression {
    const names = [first];
    while (this.#accept("/")) {
      const name = this.expect("name").text;
      if ((name === "any" || name === "all") && this.#accept("(")) return this.#lambda(names, name);
      names.push(name);
    }
    return { kind: "path", names };
  }

  #lambda(path: readonly string[], quantifier: "any" | "all"): Expression {
    if (this.#accept(")")) return { kind: "lambda", quantifier, path, variable: "", body: undefined };
    const variable = this.expect("name").text;
    this.expect("punctuation", ":");
    const body = this.expression(0);
    this.expect("punctuation", ")");
    return { kind: "lambda", quantifier, path, variable, body };
  }

  #arguments(): Argument[] {
    const args: Argument[] = [];
    while (!this.#accept(")")) {
      const value = this.expression(0);
      if (value.kind === "path" && this.#accept("=")) {
        args.push({ name: value.names.join("/"), value: this.expression(0) });
      } else args.push({ name: undefined, value });
      this.#accept(",");
    }
    return args;
  }
}

function literal(value: Literal): Expression {
  return { kind: "literal", literal: value };
}

function infix(operator: string, left: Expression, right: Expression): Expression {
  if (operator === "and" || operator === "or") return { kind: "logic", operator, left, right };
  return { kind: "compare", operator: operator as Comparison, left, right };
}
