/**
 * Finding records by the value of one attribute.
 */
import type { SourceRecord } from "../../core/change.ts";
import type { Entity } from "../../core/organization.ts";
import type { Search } from "../../core/sink-port.ts";
import type { DataverseClient } from "./client.ts";
import { readWhole } from "./read-records.ts";
import { selectionOf } from "./selection.ts";

/** Conditions in one filter. */
const MOST_VALUES = 100;
/** Characters of filter in one address, encoded; the service takes 32 KB, proxies on the way often 8. */
const MOST_CHARACTERS = 6_000;

/** As `Sink.find` promises. */
export async function findRecords(
  client: DataverseClient,
  search: Search,
  signal: AbortSignal,
): Promise<readonly SourceRecord[]> {
  const selection = selectionOf(search.entity, search.attributes, [search.attribute]);
  const paths = searchPaths(search, selection.select);
  const found = await readWhole(client, selection, paths, signal);
  // Two values that the service takes for the same may stand in two requests.
  return [...new Map(found.map((record) => [record.id, record])).values()];
}

/** Paths that between them look for every value; blank values look for nothing. */
export function searchPaths(
  { entity, attribute, values }: Pick<Search, "entity" | "attribute" | "values">,
  select: string,
): readonly string[] {
  const property = propertyOf(entity, attribute);
  const conditions = [...new Set(values)]
    .filter((value) => value.trim() !== "")
    .map((value) => encodeURIComponent(`${property} eq ${literal(value)}`));
  const join = encodeURIComponent(" or ");
  return portions(conditions, join.length).map(
    (portion) => `${entity.set}?$select=${select}&$filter=${portion.join(join)}`,
  );
}

function propertyOf({ attributes }: Entity, name: string): string {
  return attributes.find((attribute) => attribute.name === name)?.property ?? name;
}

/** A text in OData: quotes are doubled, and halves of characters, which no address can carry, replaced. */
function literal(value: string): string {
  return `'${value.toWellFormed().replaceAll("'", "''")}'`;
}

function portions(conditions: readonly string[], joint: number): readonly (readonly string[])[] {
  const all: string[][] = [];
  let characters = Infinity;
  for (const condition of conditions) {
    const last = all.at(-1);
    characters += condition.length + joint;
    if (last === undefined || last.length >= MOST_VALUES || characters > MOST_CHARACTERS) {
      all.push([condition]);
      characters = condition.length;
    } else {
      last.push(condition);
    }
  }
  return all;
}
