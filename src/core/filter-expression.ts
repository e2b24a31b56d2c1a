/**
 * A filter in words, beside the yes/no column: which records of an entity take part.
 *
 *     contact: statecode = Active and emailaddress1 is not blank; lead: leadqualitycode in (Hot, Warm)
 *
 * A record takes part when all conditions of its entity hold. Text is compared without regard to case, as Dynamics does;
 * choices by label or value; numbers by value; yes/no by yes and no. A blank equals nothing.
 */
import { choiceLabels } from "./cell.ts";
import type { WireValue } from "./change.ts";
import { SyncError } from "./errors.ts";
import type { Attribute } from "./organization.ts";

export type FilterOperator = "=" | "!=" | "in" | "not in" | "contains" | "is blank" | "is not blank";

export interface FilterCondition {
  /** Logical name of the attribute. */
  readonly attribute: string;
  readonly operator: FilterOperator;
  /** As they were written; none for the operators about blanks. */
  readonly values: readonly string[];
}

/** Conditions by entity. */
export type FilterExpressions = ReadonlyMap<string, readonly FilterCondition[]>;

/** @throws SyncError `configuration_invalid` naming what cannot be read */
export function parseFilter(text: string): FilterExpressions {
  return named("TANDEM_FILTER", () => filterOf(tokensOf(text)));
}

/**
 * Conditions of one entity, without its name: `statecode = Active and emailaddress1 is not blank`.
 * @throws SyncError `configuration_invalid` naming what cannot be read
 */
export function parseConditions(text: string): readonly FilterCondition[] {
  return named("where", () => {
    const tokens = tokensOf(text);
    const conditions = conditionsOf(tokens);
    if (tokens.length > 0) throw new Unreadable(`"and" is expected, and ${shown(tokens[0])} found`);
    return conditions;
  });
}

/** Says where it stands what cannot be read. */
function named<T>(place: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    throw new SyncError("configuration_invalid", `${place}: ${error.message}.`);
  }
}

class Unreadable extends Error {}

function filterOf(tokens: Token[]): FilterExpressions {
  const expressions = new Map<string, readonly FilterCondition[]>();
  while (tokens.length > 0) {
    const entity = word(tokens, "the name of an entity");
    demand(tokens, ":");
    expressions.set(entity.toLowerCase(), conditionsOf(tokens));
    if (tokens.length > 0) demand(tokens, ";");
  }
  return expressions;
}

function conditionsOf(tokens: Token[]): readonly FilterCondition[] {
  const conditions = [condition(tokens)];
  while (take(tokens, "and")) conditions.push(condition(tokens));
  return conditions;
}

/** True when a record with the given values takes part. The attribute must be among those that are read. */
export function conditionHolds(
  { operator, values }: FilterCondition,
  attribute: Attribute,
  value: WireValue | undefined,
): boolean {
  const spellings = spellingsOf(attribute, value);
  const wanted = values.map((each) => each.toLowerCase());
  const isOne = wanted.some((each) => spellings.includes(each) || isSameNumber(each, spellings[0]));
  switch (operator) {
    case "is blank":
      return spellings.length === 0;
    case "is not blank":
      return spellings.length > 0;
    case "contains":
      return spellings.some((spelling) => spelling.includes(wanted[0] ?? ""));
    case "=":
    case "in":
      return isOne;
    case "!=":
    case "not in":
      return !isOne;
  }
}

/** Every way to write the value; none for a blank. */
function spellingsOf({ type, choices }: Attribute, value: WireValue | undefined): readonly string[] {
  if (value === null || value === undefined || value === "") return [];
  if (type === "Boolean") return value === true ? ["yes", "true"] : ["no", "false"];
  const text = String(value).toLowerCase();
  const label = choices === undefined ? undefined : choiceLabels(choices).get(Number(value));
  return label === undefined ? [text] : [text, label.toLowerCase()];
}

function isSameNumber(written: string, value: string | undefined): boolean {
  if (value === undefined || written.trim() === "" || value.trim() === "") return false;
  return Number(written) === Number(value);
}

/** Words, quoted texts and signs; a quote within a quoted text is doubled. */
const TOKEN = /\s*(?:'((?:[^']|'')*)'|(!=|[=(),:;])|([^\s'=!(),:;]+))/gy;

interface Token {
  readonly text: string;
  readonly isQuoted: boolean;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const reader = new RegExp(TOKEN);
  while (text.slice(reader.lastIndex).trim() !== "") {
    const at = reader.lastIndex;
    const found = reader.exec(text);
    if (found === null) throw new Unreadable(`it cannot be read from "${text.slice(at).trim()}" on`);
    const [, quoted, sign, bare = ""] = found;
    if (quoted !== undefined) tokens.push({ text: quoted.replaceAll("''", "'"), isQuoted: true });
    else tokens.push({ text: sign ?? bare, isQuoted: false });
  }
  return tokens;
}

function condition(tokens: Token[]): FilterCondition {
  const attribute = word(tokens, "the name of a field").toLowerCase();
  if (take(tokens, "=")) return { attribute, operator: "=", values: [valueAt(tokens)] };
  if (take(tokens, "!=")) return { attribute, operator: "!=", values: [valueAt(tokens)] };
  if (take(tokens, "contains")) return { attribute, operator: "contains", values: [valueAt(tokens)] };
  if (take(tokens, "in")) return { attribute, operator: "in", values: list(tokens) };
  if (take(tokens, "not")) {
    demand(tokens, "in");
    return { attribute, operator: "not in", values: list(tokens) };
  }
  if (!take(tokens, "is"))
    throw new Unreadable(`${attribute} is followed by ${shown(tokens[0])}, not by a comparison`);
  const operator = take(tokens, "not") ? "is not blank" : "is blank";
  demand(tokens, "blank");
  return { attribute, operator, values: [] };
}

/** A quoted text, or words up to the next sign or "and". */
function valueAt(tokens: Token[]): string {
  const [first] = tokens;
  if (first?.isQuoted === true) return tokens.shift()?.text ?? "";
  const words: string[] = [];
  for (let [next] = tokens; next !== undefined && !ENDS.has(next.text.toLowerCase()); [next] = tokens) {
    words.push(next.text);
    tokens.shift();
  }
  if (words.length === 0) throw new Unreadable(`a value is missing before ${shown(first)}`);
  return words.join(" ");
}

const ENDS: ReadonlySet<string> = new Set(["and", ";", ",", ")", "(", "=", "!=", ":"]);

function list(tokens: Token[]): readonly string[] {
  demand(tokens, "(");
  const values = [valueAt(tokens)];
  while (take(tokens, ",")) values.push(valueAt(tokens));
  demand(tokens, ")");
  return values;
}

function word(tokens: Token[], what: string): string {
  const token = tokens.shift();
  if (token === undefined || token.isQuoted || !/^\w+$/.test(token.text)) {
    throw new Unreadable(`${what} is expected, and ${shown(token)} found`);
  }
  return token.text;
}

function take(tokens: Token[], text: string): boolean {
  const [next] = tokens;
  if (next === undefined || next.isQuoted || next.text.toLowerCase() !== text) return false;
  tokens.shift();
  return true;
}

function demand(tokens: Token[], text: string): void {
  if (!take(tokens, text)) throw new Unreadable(`"${text}" is expected, and ${shown(tokens[0])} found`);
}

function shown(token: Token | undefined): string {
  return token === undefined ? "the end" : `"${token.text}"`;
}
