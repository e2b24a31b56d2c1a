import { ExactNumber, isArray, isObject, parseExactly } from "../json-body.ts";
import type { Json } from "../json-body.ts";

/** Values of the placeholders `{{name}}` that are known so far. */
export type Known = Map<string, string>;

const PLACEHOLDER = /\{\{(\w+)\}\}/g;

/** The text with every known placeholder replaced. */
export function filled(text: string, known: Known): string {
  return text.replaceAll(PLACEHOLDER, (whole, name: string) => known.get(name) ?? whole);
}

/**
 * Learns from `actual` the placeholders that `expected` shows for the first time, and gives `expected` with all of them
 * replaced. `{{any}}` takes whatever word stands there, `{{text}}` any words; neither is kept.
 */
export function learned(expected: string, actual: string, known: Known): string {
  const names: string[] = [];
  const literal = filled(expected, known).split(/(\{\{\w+\}\})/);
  const pattern = literal
    .map((piece) => {
      const name = /^\{\{(\w+)\}\}$/.exec(piece)?.[1];
      if (name === undefined) return piece.replaceAll(/[$()*+./?[\\\]^{|}]/g, "\\$&");
      names.push(name);
      return name === "text" ? "(.*)" : `([^"\\\\\\s(),;]+)`;
    })
    .join("");
  const values = new RegExp(`^${pattern}$`).exec(actual)?.slice(1);
  if (values === undefined) return filled(expected, known);
  for (const [at, name] of names.entries())
    if (name !== "any" && name !== "text") known.set(name, values[at] ?? "");
  const taken = values.values();
  const each = (piece: string): string =>
    piece.startsWith("{{") && piece.endsWith("}}") ? (taken.next().value ?? "") : piece;
  return literal.map(each).join("");
}

/**
 * A body as lines that can be compared one by one: for JSON each member with its path, in order, with numbers digit by
 * digit; for a multipart body its lines without the empty ones, JSON among them taken apart in the same way.
 */
export function linesOf(body: string): string[] {
  const text = body.trim();
  if (text === "") return [];
  if (text.startsWith("{")) return jsonLines(text);
  return text
    .replaceAll("\r\n", "\n")
    .split(/\n(?=--|\{)|(?<=\n\})\n|(?<=\})\n(?=--)/)
    .flatMap((piece) => (piece.startsWith("{") ? jsonLines(piece) : piece.split("\n")))
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !line.startsWith("REQ_ID:"));
}

function jsonLines(text: string): string[] {
  const lines: string[] = [];
  walk(parseExactly(text), "", lines);
  return lines;
}

function walk(value: Json, path: string, lines: string[]): void {
  if (isArray(value)) {
    lines.push(`${path}: ${value.length} entries`);
    for (const [at, entry] of value.entries()) walk(entry, `${path}[${at}]`, lines);
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) walk(member, `${path}.${name}`, lines);
  } else lines.push(`${path} = ${value instanceof ExactNumber ? value.text : JSON.stringify(value)}`);
}
