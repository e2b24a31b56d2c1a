import type { Entity } from "./schema.ts";

/** A single-valued navigation property: the lookup it stands for and the entity it leads to. */
export interface Navigation {
  readonly name: string;
  readonly attribute: string;
  /** `owner` for either a user or a team. */
  readonly target: string;
}

/** A collection-valued navigation property of a 1:N relationship. */
export interface CollectionNavigation {
  readonly name: string;
  readonly entity: string;
  readonly attribute: string;
}

/** The single-valued navigation property of that name (case-sensitive), or undefined. */
export function navigationOf(entity: Entity, name: string): Navigation | undefined {
  const relationship = entity.manyToOne.find(
    (candidate) => candidate.referencingEntityNavigationPropertyName === name,
  );
  if (relationship !== undefined) {
    return { name, attribute: relationship.referencingAttribute, target: relationship.referencedEntity };
  }
  return impliedNavigation(entity, name);
}

/** Lookups whose relationship the schema file lacks follow the platform's naming rule. */
function impliedNavigation(entity: Entity, name: string): Navigation | undefined {
  for (const attribute of entity.attributes.values()) {
    if (
      attribute.kind !== "lookup" ||
      entity.manyToOne.some((known) => known.referencingAttribute === attribute.logicalName)
    )
      continue;
    const base = attribute.isCustomAttribute === true ? attribute.schemaName : attribute.logicalName;
    if (attribute.attributeType === "Owner" && name === base)
      return { name, attribute: attribute.logicalName, target: "owner" };
    const targets = attribute.targets ?? [];
    const found = targets.find((target) => name === (targets.length === 1 ? base : `${base}_${target}`));
    if (found !== undefined) return { name, attribute: attribute.logicalName, target: found };
  }
  return undefined;
}

/** The collection-valued navigation property of that name, from either side's file. */
export function collectionOf(
  entity: Entity,
  name: string,
  entities: Iterable<Entity>,
): CollectionNavigation | undefined {
  const own = entity.oneToMany.find((candidate) => candidate.referencedEntityNavigationPropertyName === name);
  if (own !== undefined) return { name, entity: own.referencingEntity, attribute: own.referencingAttribute };
  for (const other of entities) {
    const theirs = other.manyToOne.find(
      (candidate) =>
        candidate.referencedEntity === entity.logicalName &&
        candidate.referencedEntityNavigationPropertyName === name,
    );
    if (theirs !== undefined)
      return { name, entity: other.logicalName, attribute: theirs.referencingAttribute };
  }
  return undefined;
}
