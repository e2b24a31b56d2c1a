import type { Organization } from "./organization.ts";
import type { Entity, ManyToMany } from "./schema.ts";

/** An N:N relationship as one of its two entities sees it. */
export interface Mutual {
  readonly schemaName: string;
  /** The collection-valued navigation property on this entity. */
  readonly name: string;
  /** The one on the other entity. */
  readonly partner: string;
  /** Logical name of the entity whose rows are the links. */
  readonly intersect: string;
  readonly own: MutualEnd;
  readonly other: MutualEnd;
}

/** One end: an entity, and the column of the intersect entity that holds its id. */
export interface MutualEnd {
  readonly entity: string;
  readonly attribute: string;
}

/** The N:N relationships of an entity whose both ends and whose intersect entity exist. */
export function manyToManyOf(organization: Organization, entity: Entity): Mutual[] {
  const exists = (name: string): boolean => organization.entity(name) !== undefined;
  return [...manyToMany(organization).values()]
    .filter(({ intersectEntityName: intersect }) => exists(intersect))
    .flatMap(sides)
    .filter(({ own, other }) => own.entity === entity.logicalName && exists(other.entity));
}

/** The N:N relationship behind a navigation property of an entity, or undefined. */
export function mutualOf(organization: Organization, entity: Entity, name: string): Mutual | undefined {
  return manyToManyOf(organization, entity).find((mutual) => mutual.name === name);
}

/** All N:N relationships that any entity's file names, by schema name. */
export function manyToMany(organization: Organization): Map<string, ManyToMany> {
  const found = new Map<string, ManyToMany>();
  for (const entity of organization.entities())
    for (const relationship of entity.manyToMany) found.set(relationship.schemaName, relationship);
  return found;
}

function sides(relationship: ManyToMany): Mutual[] {
  const { schemaName, intersectEntityName: intersect } = relationship;
  const first = {
    entity: relationship.entity1LogicalName,
    attribute: relationship.entity1IntersectAttribute,
    name: relationship.entity1NavigationPropertyName,
  };
  const second = {
    entity: relationship.entity2LogicalName,
    attribute: relationship.entity2IntersectAttribute,
    name: relationship.entity2NavigationPropertyName,
  };
  return [
    { schemaName, intersect, own: first, other: second, name: first.name, partner: second.name },
    { schemaName, intersect, own: second, other: first, name: second.name, partner: first.name },
  ];
}
