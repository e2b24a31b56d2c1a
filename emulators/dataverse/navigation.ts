import type { Entity } from "./schema.ts";

/** A single-valued navigation property: the lookup it stands for and the entity it leads to. */
export interface Navigation {
  readonly name: string;
  readonly attribute: string;
  /** `owner` for either a user or a team. */
  readonly target: string;
  /** The collection on the other side, where it is known. */
  readonly partner: string | null;
}

/** A collection-valued navigation property of a 1:N relationship. */
export interface CollectionNavigation {
  readonly name: string;
  readonly entity: string;
  readonly attribute: string;
  /** The lookup's navigation property on the other side, where it is known. */
  readonly partner: string | null;
}

/** The single-valued navigation property of that name (case-sensitive), or undefined. */
export function navigationOf(entity: Entity, name: string): Navigation | undefined {
  const relationship = entity.manyToOne.find(
    (candidate) => candidate.referencingEntityNavigationPropertyName === name,
  );
  if (relationship !== undefined) {
    return {
      name,
      attribute: relationship.referencingAttribute,
      target: relationship.referencedEntity,
      partner: relationship.referencedEntityNavigationPropertyName,
    };
  }
  for (const implied of impliedNavigations(entity)) if (implied.name === name) return implied;
  return undefined;
}

/** Every single-valued navigation property of an entity, by name. */
export function navigationsOf(entity: Entity): Navigation[] {
  const names = entity.manyToOne.map((known) => known.referencingEntityNavigationPropertyName);
  const implied = Array.from(impliedNavigations(entity), ({ name }) => name);
  return [...new Set([...names, ...implied])]
    .filter((name) => name !== null)
    .toSorted()
    .flatMap((name) => navigationOf(entity, name) ?? []);
}

/** Lookups whose relationship the schema file lacks follow the platform's naming rule. */
function* impliedNavigations(entity: Entity): Generator<Navigation> {
  const known = new Set(entity.manyToOne.map(({ referencingAttribute }) => referencingAttribute));
  for (const attribute of entity.attributes.values()) {
    if (attribute.kind !== "lookup" || known.has(attribute.logicalName)) continue;
    const base = attribute.isCustomAttribute === true ? attribute.schemaName : attribute.logicalName;
    const implied = { attribute: attribute.logicalName, partner: null };
    if (attribute.attributeType === "Owner") {
      yield { ...implied, name: base, target: "owner" };
      continue;
    }
    const targets = attribute.targets ?? [];
    for (const target of targets)
      yield { ...implied, name: targets.length === 1 ? base : `${base}_${target}`, target };
  }
}

/** The collection-valued navigation property of that name, from either side's file. */
export function collectionOf(
  entity: Entity,
  name: string,
  entities: Iterable<Entity>,
): CollectionNavigation | undefined {
  for (const collection of collections(entity, entities)) if (collection.name === name) return collection;
  return undefined;
}

/** Every collection of 1:N relationships of an entity, by name. */
export function collectionsOf(entity: Entity, entities: Iterable<Entity>): CollectionNavigation[] {
  const found = new Map<string, CollectionNavigation>();
  for (const collection of collections(entity, entities))
    if (!found.has(collection.name)) found.set(collection.name, collection);
  return [...found.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** First what the entity's own file names, then what the files of the others do. */
function* collections(entity: Entity, entities: Iterable<Entity>): Generator<CollectionNavigation> {
  for (const own of entity.oneToMany) {
    const name = own.referencedEntityNavigationPropertyName;
    const partner = own.referencingEntityNavigationPropertyName;
    if (name !== null)
      yield { name, entity: own.referencingEntity, attribute: own.referencingAttribute, partner };
  }
  for (const other of entities) {
    for (const theirs of other.manyToOne) {
      const name = theirs.referencedEntityNavigationPropertyName;
      if (theirs.referencedEntity !== entity.logicalName || name === null) continue;
      const partner = theirs.referencingEntityNavigationPropertyName;
      yield { name, entity: other.logicalName, attribute: theirs.referencingAttribute, partner };
    }
  }
}
