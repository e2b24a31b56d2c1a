/**
 * When two records are taken for the same person: the values of the match columns are the same. Pure.
 */
import type { Cell } from "./cell.ts";
import type { SourceRecord } from "./change.ts";
import type { EntityMapping } from "./mapping.ts";
import type { Entity } from "./organization.ts";
import type { Cells } from "./pending.ts";
import type { Standing } from "./standing.ts";

/**
 * Columns of `people` that must all be the same, the most telling one first: Dynamics is searched by it. Empty: nobody
 * is matched, as the native sync does.
 */
export type MatchColumns = readonly string[];

/** The native sync has none; e-mail is what marketing tells people apart by. */
export const DEFAULT_MATCH: MatchColumns = ["email"];

/**
 * Values as one text that is equal exactly for the same person, without regard to case and to blanks around. Null where
 * one of them is blank or no text: such a person is like nobody.
 */
export function matchKey(values: readonly (Cell | undefined)[]): string | null {
  const parts = values.map((value) => (typeof value === "string" ? plain(value) : ""));
  return parts.length === 0 || parts.includes("") ? null : parts.join("\u0000");
}

/** The key of a row of marketing. */
export function keyOfRow(cells: Cells, columns: MatchColumns): string | null {
  return matchKey(columns.map((column) => cells.get(column)));
}

function plain(value: string): string {
  return value.trim().normalize("NFC").toLowerCase();
}

/** How records of one entity are compared. */
export interface EntityMatch {
  /** Attribute that Dynamics is searched by. */
  readonly attribute: string;
  /** Attributes a search must bring, beside those of the mapping. */
  readonly attributes: readonly string[];
  readonly key: (record: SourceRecord) => string | null;
  /** False for a record that is closed: nobody is linked to it. */
  readonly isActive: (record: SourceRecord) => boolean;
}

/** Null where the entity does not have all match columns, or nobody is matched. */
export function entityMatch(
  mapping: Pick<EntityMapping, "fields">,
  { attributes }: Pick<Entity, "attributes">,
  columns: MatchColumns,
): EntityMatch | null {
  const matched = columns.flatMap((column) => {
    const field = mapping.fields.find((one) => one.column === column);
    return attributes.find(({ name, readable }) => readable && name === field?.attribute) ?? [];
  });
  const [first] = matched;
  if (first === undefined || matched.length < columns.length) return null;
  const state = attributes.find(({ name, readable }) => readable && name === "statecode");
  const names = matched.map(({ name }) => name);
  return {
    attribute: first.name,
    attributes: state === undefined ? names : [...names, state.name],
    key: ({ fields }) => matchKey(matched.map(({ property }) => textOf(fields[property]))),
    isActive: ({ fields }) => state === undefined || (fields[state.property] ?? ACTIVE) === ACTIVE,
  };
}

/** True for a record that stands for itself and takes part in the sync. */
export function isMatchable({ excluded, merged }: Standing): boolean {
  return !excluded && !merged;
}

function textOf(value: SourceRecord["fields"][string] | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** `statecode` of an active contact and of an open lead. */
const ACTIVE = 0;
