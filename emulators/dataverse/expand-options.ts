import { badQuery } from "./errors.ts";
import { parseExpand } from "./metadata-query.ts";
import type { Expansion } from "./metadata-query.ts";

/** Query options by name, of a URL or of one entry of an `$expand`. */
type Options = ReadonlyMap<string, string>;

const MOST_JOINS = 15;
const REFERENCE = "/$ref";

/** The entries of an `$expand`; refuses more joins than the service makes. */
export function expansionsOf(options: Options): Expansion[] {
  const expansions = parseExpand(options.get("$expand"));
  if (joins(expansions) > MOST_JOINS)
    throw badQuery(`No more than ${MOST_JOINS} expansions are allowed in a query.`);
  return expansions;
}

function joins(expansions: readonly Expansion[]): number {
  return expansions.reduce((sum, { options }) => sum + 1 + joins(parseExpand(options.get("$expand"))), 0);
}

/** The property of `primarycontactid/$ref`, or undefined when the entry asks for more than a reference. */
export function referenceName({ name }: Expansion): string | undefined {
  return name.endsWith(REFERENCE) ? name.slice(0, -REFERENCE.length) : undefined;
}

/** Whether an expansion holds further ones. */
export function isNested(expansions: readonly Expansion[]): boolean {
  return expansions.some(({ options }) => options.has("$expand"));
}

/** What `@odata.context` shows in parentheses: the columns, then each expansion with its own. */
export function expandedContext(options: Options): string {
  const columns = (options.get("$select") ?? "").replaceAll(/\s/g, "").split(",");
  return [...columns, ...parseExpand(options.get("$expand")).flatMap(shown)]
    .filter((part) => part !== "")
    .join(",");
}

function shown(expansion: Expansion): string[] {
  const reference = referenceName(expansion);
  if (reference !== undefined) return [reference, `${expansion.name}()`];
  return [`${expansion.name}(${expandedContext(expansion.options)})`];
}
