/**
 * What a record says about whose person it is, beside its values. It is always read, whatever fields are switched on.
 */
import type { SourceRecord } from "./change.ts";
import type { FilterCondition } from "./filter-expression.ts";
import { conditionHolds } from "./filter-expression.ts";
import type { Attribute, Entity } from "./organization.ts";
import { filterAttribute, isExcluded } from "./sync-filter.ts";

export interface Standing {
  /** The sync filter leaves it out. */
  readonly excluded: boolean;
  /** It lost a merge. */
  readonly merged: boolean;
  /** The record it was merged into, as long as that exists. */
  readonly master: string | null;
  /** Of a contact: the lead it was made from. */
  readonly lead: string | null;
  /** Of a qualified lead: its contact. */
  readonly heir: string | null;
}

/** A record that stands for itself. */
export const ORDINARY: Standing = { excluded: false, merged: false, master: null, lead: null, heir: null };

/** Reads the standing of an entity's records. */
export interface StandingReader {
  /** Attributes to ask the source for. */
  readonly attributes: readonly string[];
  readonly read: (record: Pick<SourceRecord, "fields">) => Standing;
}

/** `statecode` of a qualified lead (`lead.json` of the schemas). */
const QUALIFIED = 1;

/** Attributes by what they say, of the entities whose records are people. */
const NAMES: Readonly<Record<string, Readonly<Partial<Record<Sign, string>>>>> = {
  contact: { lead: "originatingleadid", merged: "merged", master: "masterid" },
  lead: { heir: "parentcontactid", state: "statecode", merged: "merged", master: "masterid" },
};

type Sign = "lead" | "heir" | "state" | "merged" | "master";

/** A further condition of the sync filter, with the attribute it is about, which is read anyhow. */
export interface ReadCondition {
  readonly condition: FilterCondition;
  readonly attribute: Attribute;
}

/**
 * @param filterColumn logical name of the sync filter's column
 * @param conditions what a record has to meet besides, to take part
 */
export function standingReader(
  entity: Entity,
  filterColumn: string,
  conditions: readonly ReadCondition[] = [],
): StandingReader {
  const { attributes, read } = ownStanding(entity, filterColumn);
  if (conditions.length === 0) return { attributes, read };
  const holds = ({ fields }: Pick<SourceRecord, "fields">): boolean =>
    conditions.every(({ condition, attribute }) =>
      conditionHolds(condition, attribute, fields[attribute.property]),
    );
  return {
    attributes,
    read: (record) => {
      const standing = read(record);
      return standing.excluded || holds(record) ? standing : { ...standing, excluded: true };
    },
  };
}

function ownStanding(entity: Entity, filterColumn: string): StandingReader {
  const attributes = new Map(entity.attributes.map((attribute) => [attribute.name, attribute]));
  const names = NAMES[entity.name] ?? {};
  const signs = new Map<Sign | "filter", Attribute>();
  for (const [sign, name] of Object.entries(names) as [Sign, string][]) {
    const attribute = attributes.get(name);
    if (attribute?.readable === true) signs.set(sign, attribute);
  }
  const filter = filterAttribute(entity, filterColumn);
  if (filter !== undefined) signs.set("filter", filter);
  if (signs.size === 0) return { attributes: [], read: () => ORDINARY };
  const property = (sign: Sign | "filter"): string => signs.get(sign)?.property ?? "";
  const [lead, heir, state] = [property("lead"), property("heir"), property("state")];
  const [merged, master, excluded] = [property("merged"), property("master"), property("filter")];
  return {
    attributes: [...signs.values()].map(({ name }) => name),
    read: ({ fields }) => ({
      excluded: isExcluded(fields[excluded]),
      merged: fields[merged] === true,
      master: idOf(fields[master]),
      lead: idOf(fields[lead]),
      heir: fields[state] === QUALIFIED ? idOf(fields[heir]) : null,
    }),
  };
}

function idOf(value: SourceRecord["fields"][string] | undefined): string | null {
  return typeof value === "string" && value !== "" ? value.toLowerCase() : null;
}
