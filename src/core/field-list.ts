/**
 * Fields as people see them and choose among them.
 */
import type { ColumnType } from "./cell.ts";

export interface ListedField {
  readonly entity: string;
  readonly attribute: string;
  readonly label: string;
  readonly type: string;
  readonly table: string;
  readonly column: string;
  readonly direction: string;
  readonly enabled: boolean;
  /** True while a backfill brings the values of earlier records. */
  readonly filling: boolean;
  readonly setAside: string | null;
  /** Where its values do not fit together with others that have a claim to the same column. */
  readonly clash: FieldClash | null;
}

export interface FieldClash {
  /** Type of column that the field's values need. */
  readonly needs: string;
  /** Type that the other has. */
  readonly has: string;
  /** Which other: an entity with the same attribute, or a column that is there. */
  readonly other: string;
}

/** A field with a few of its values, short and each once; personal data. */
export interface SampledField extends ListedField {
  readonly samples: readonly string[];
}

/** What people change about fields of one entity; all of it or nothing. */
export interface FieldsChange {
  readonly entity: string;
  /** Attributes to switch on and off. */
  readonly on?: readonly string[];
  readonly off?: readonly string[];
  /** Attributes that get a column of their own, by the name it is to have. */
  readonly columns?: ReadonlyMap<string, string>;
  /** Attributes whose values are kept as text, whatever their type; they come from Dynamics only. */
  readonly asText?: readonly string[];
}

/** Characters of a sample; the rest is cut off. */
export const SAMPLE_LENGTH = 40;

/** Samples of a field. */
export const MOST_SAMPLES = 3;

/** Values as samples: the first few, short, each once. */
export function samplesOf(values: readonly string[]): readonly string[] {
  const shown = values.filter((value) => value.trim() !== "").map(shortened);
  return [...new Set(shown)].slice(0, MOST_SAMPLES);
}

function shortened(value: string): string {
  const line = value.replaceAll(/\s+/g, " ").trim();
  const characters = Array.from(line);
  return characters.length <= SAMPLE_LENGTH ? line : `${characters.slice(0, SAMPLE_LENGTH - 1).join("")}…`;
}

/** Types that keep a text as it is. */
export const TEXT_TYPES: ReadonlySet<string> = new Set<ColumnType | "character varying" | "citext">([
  "text",
  "character varying",
  "citext",
]);
