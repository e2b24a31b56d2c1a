import type { Entity, Relationship } from "./schema.ts";

/** What happens to one record that happens on to those that point to it. */
export type CascadeEvent = "Assign" | "Delete" | "Merge";

/** The rule of a relationship, from the child's file or else from that of the entity it points to. */
export function cascadeRule(
  referenced: Entity,
  relationship: Relationship,
  event: CascadeEvent,
): string | undefined {
  const twin = referenced.oneToMany.find(
    (candidate) =>
      candidate.referencingEntity === relationship.referencingEntity &&
      candidate.referencingAttribute === relationship.referencingAttribute,
  );
  return relationship.cascade?.[event] ?? twin?.cascade?.[event];
}
