import { addIntersects } from "./intersects.ts";
import type { Organization } from "./organization.ts";
import { attributeFrom, entityFrom } from "./schema.ts";
import type { Attribute, AttributeFile, Entity, EntityFile, Option } from "./schema.ts";

/** What an administrator does to the schema of a running organization. Every method throws when a name is unknown. */
export class SchemaChanges {
  readonly #organization: Organization;

  constructor(organization: Organization) {
    this.#organization = organization;
  }

  /**
   * Adds an entity; or, when it exists, the attributes, relationships and keys that it lacks. The intersect entities of
   * its N:N relationships come along.
   */
  define(file: EntityFile): void {
    const known = this.#organization.entity(file.logicalName);
    if (known === undefined) this.#organization.addEntity(entityFrom(file));
    else this.#complete(known, entityFrom(file));
    addIntersects(this.#organization);
    this.#organization.schemaVersion += 1;
  }

  #complete(known: Entity, wanted: Entity): void {
    for (const attribute of wanted.attributes.values()) {
      if (!known.attributes.has(attribute.logicalName))
        known.attributes.set(attribute.logicalName, attribute);
    }
    addMissing(known.manyToOne, wanted.manyToOne);
    addMissing(known.oneToMany, wanted.oneToMany);
    addMissing(known.manyToMany, wanted.manyToMany);
    addMissing(known.keys, wanted.keys);
  }

  removeEntity(entity: string): void {
    this.#organization.removeEntity(entity);
  }

  addAttribute(entity: string, attribute: AttributeFile): void {
    this.#entity(entity).attributes.set(attribute.logicalName, attributeFrom(attribute));
    this.#organization.schemaVersion += 1;
  }

  /** Removes a column with its values; one of the same name added later begins empty. */
  removeAttribute(entity: string, attribute: string): void {
    this.#attribute(entity, attribute);
    this.#entity(entity).attributes.delete(attribute);
    this.#organization.table(entity).retire(attribute);
    this.#organization.schemaVersion += 1;
  }

  /** Changes what people see of an attribute or of its options; values stay. */
  relabel(
    entity: string,
    attribute: string,
    change: { displayName?: string; options?: readonly Option[] },
  ): void {
    const known = this.#attribute(entity, attribute);
    const { displayName = known.displayName, options } = change;
    const optionSet =
      options === undefined
        ? known.optionSet
        : { name: attribute, isGlobal: false, ...known.optionSet, options };
    const changed = { ...known, displayName, ...(optionSet === undefined ? {} : { optionSet }) };
    this.#entity(entity).attributes.set(attribute, changed);
    this.#organization.schemaVersion += 1;
  }

  setChangeTracking(entity: string, enabled: boolean): void {
    this.#entity(entity).changeTrackingEnabled = enabled;
    this.#organization.schemaVersion += 1;
  }

  addKey(entity: string, logicalName: string, keyAttributes: readonly string[]): void {
    for (const name of keyAttributes) this.#attribute(entity, name);
    this.#entity(entity).keys.push({ logicalName, schemaName: logicalName, keyAttributes });
    this.#organization.schemaVersion += 1;
  }

  #entity(name: string): Entity {
    const entity = this.#organization.entity(name);
    if (entity === undefined) throw new Error(`There is no entity ${name}.`);
    return entity;
  }

  #attribute(entity: string, name: string): Attribute {
    const attribute = this.#entity(entity).attributes.get(name);
    if (attribute === undefined) throw new Error(`${entity} has no attribute ${name}.`);
    return attribute;
  }
}

function addMissing<T extends { readonly schemaName: string }>(known: T[], wanted: readonly T[]): void {
  const names = new Set(known.map(({ schemaName }) => schemaName));
  known.push(...wanted.filter(({ schemaName }) => !names.has(schemaName)));
}
