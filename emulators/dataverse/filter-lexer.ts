import { badQuery } from "./errors.ts";

export type TokenType = "name" | "string" | "number" | "guid" | "date" | "punctuation" | "alias" | "end";

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly at: number;
}

/** In this order: a GUID or date also begins like a number. */
const RULES: readonly (readonly [TokenType, RegExp])[] = [
  ["guid", /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/iy],
  ["date", /\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/iy],
  ["number", /[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?/iy],
  ["string", /'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"/y],
  ["alias", /@[A-Za-z_]\w*/y],
  ["name", /[A-Za-z_$][\w.$]*/y],
  ["punctuation", /[(),/:[\]=]/y],
];

/** The tokens of a `$filter`, `$orderby` or function call, with one of type `end` behind them. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] ?? "")) {
      at += 1;
      continue;
    }
    const token = tokenAt(text, at);
    found.push(token);
    at += token.text.length;
  }
  found.push({ type: "end", text: "", at });
  return found;
}

function tokenAt(text: string, at: number): Token {
  for (const [type, pattern] of RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return { type, text: match[0], at };
  }
  throw badQuery(`Syntax error: character '${text[at]}' is not valid at position ${at} in '${text}'.`);
}

/** The text inside a quoted token. */
export function unquoted(token: string): string {
  const inner = token.slice(1, -1);
  return token.startsWith("'") ? inner.replaceAll("''", "'") : (JSON.parse(token) as string);
}
