/**
 * What is asked of an entity: which properties, which of them as exact numbers, which lookups of several targets.
 */
import { SyncError } from "../../core/errors.ts";
import type { Attribute, AttributeType, Entity } from "../../core/organization.ts";
import type { Quoting } from "./exact-numbers.ts";
import { exactNumbers } from "./exact-numbers.ts";

export interface Selection {
  readonly entity: Entity;
  /** Logical names, sorted, the primary id left out. */
  readonly attributes: readonly string[];
  /** `$select`: wire properties, the primary id among them. */
  readonly select: string;
  readonly quote: Quoting;
  /** Lookup properties whose values do not say what they point at. */
  readonly ambiguous: readonly string[];
}

const EXACT: ReadonlySet<AttributeType> = new Set(["BigInt", "Decimal", "Money"]);

/**
 * @param extra attributes the feed needs for itself (`modifiedon`)
 * @throws SyncError `field_missing` for an attribute the entity does not have
 */
export function selectionOf(
  entity: Entity,
  attributes: readonly string[],
  extra: readonly string[] = [],
): Selection {
  const known = new Map(entity.attributes.map((attribute) => [attribute.name, attribute]));
  const chosen = [...new Set([...attributes, ...extra])].filter((name) => name !== entity.primaryId).sort();
  const described = chosen.map((name) => known.get(name) ?? missing(entity, name));
  return {
    entity,
    attributes: chosen.filter((name) => attributes.includes(name)),
    select: [entity.primaryId, ...described.map(({ property }) => property)].join(","),
    quote: exactNumbers(described.filter(({ type }) => EXACT.has(type)).map(({ property }) => property)),
    ambiguous: described.filter(isAmbiguous).map(({ property }) => property),
  };
}

function isAmbiguous({ type, targets = [] }: Attribute): boolean {
  if (type === "Uniqueidentifier") return false;
  return targets.length > 1 || type === "Owner" || type === "Customer";
}

function missing(entity: Entity, name: string): never {
  throw new SyncError("field_missing", `${entity.name} has no column ${name}.`, {
    entity: entity.name,
    field: name,
  });
}
