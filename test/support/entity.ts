import type { Attribute, AttributeType, Entity } from "../../src/core/organization.ts";

const LOOKUPS: ReadonlySet<AttributeType> = new Set(["Lookup", "Owner", "Customer"]);

/** An attribute as a description has it; what a test does not care about is filled in. */
export function attribute(name: string, type: AttributeType, facts: Partial<Attribute> = {}): Attribute {
  return {
    name,
    label: name,
    type,
    property: LOOKUPS.has(type) ? `_${name}_value` : name,
    required: "None",
    readable: true,
    creatable: true,
    updatable: true,
    ...facts,
  };
}

/** An entity as a description has it, with its primary id among the attributes. */
export function entity(name: string, attributes: readonly Attribute[], facts: Partial<Entity> = {}): Entity {
  return {
    name,
    label: name,
    set: `${name}s`,
    primaryId: `${name}id`,
    primaryName: null,
    changeTracking: true,
    canEnableChangeTracking: true,
    attributes: [attribute(`${name}id`, "Uniqueidentifier"), ...attributes],
    leftOut: [],
    ...facts,
  };
}

/** A GUID that a test can read: `guid(7)` ends in 7. */
export function guid(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
}
