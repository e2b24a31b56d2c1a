import { linkedIds } from "./links.ts";
import { mutualOf } from "./many-to-many.ts";
import type { Mutual } from "./many-to-many.ts";
import { collectionOf } from "./navigation.ts";
import type { Organization } from "./organization.ts";
import type { Entity } from "./schema.ts";
import type { Row, Table } from "./table.ts";

/** A collection-valued navigation property of either kind, and the table that its rows are in. */
export type Collection =
  | {
      readonly kind: "many";
      readonly name: string;
      readonly children: Table;
      /** The children's lookup. */
      readonly attribute: string;
    }
  | {
      readonly kind: "mutual";
      readonly name: string;
      readonly children: Table;
      readonly mutual: Mutual;
    };

/** The collection behind a navigation property of an entity (case-sensitive), or undefined. */
export function collectionNamed(
  organization: Organization,
  entity: Entity,
  name: string,
): Collection | undefined {
  const many = collectionOf(entity, name, organization.entities());
  const mutual = many === undefined ? mutualOf(organization, entity, name) : undefined;
  const children = organization.findTable(many?.entity ?? mutual?.other.entity ?? "");
  if (children === undefined) return undefined;
  if (many !== undefined) return { kind: "many", name, children, attribute: many.attribute };
  return mutual === undefined ? undefined : { kind: "mutual", name, children, mutual };
}

/** The rows that belong to a record, in id order. */
export function childRows(
  organization: Organization,
  collection: Collection,
  { entity, id }: { readonly entity: string; readonly id: string },
): Row[] {
  const { children } = collection;
  if (collection.kind === "many") return children.find([collection.attribute], [`"${id}"${entity}`]);
  return linkedIds(organization, collection.mutual, id).flatMap((other) => children.row(other) ?? []);
}
