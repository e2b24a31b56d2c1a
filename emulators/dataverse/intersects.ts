import { manyToMany } from "./many-to-many.ts";
import type { Organization } from "./organization.ts";
import { entityFrom } from "./schema.ts";
import type { AttributeFile, EntityFile, ManyToMany } from "./schema.ts";

/** Intersect entities have numbers of their own, from here. */
const FIRST_TYPE_CODE = 11_000;

/** Adds the intersect entity of every N:N relationship whose ends exist and that no file describes. */
export function addIntersects(organization: Organization): void {
  const exists = (name: string): boolean => organization.entity(name) !== undefined;
  for (const relationship of manyToMany(organization).values()) {
    const { entity1LogicalName: first, entity2LogicalName: second } = relationship;
    if (!exists(first) || !exists(second) || exists(relationship.intersectEntityName)) continue;
    const count = [...organization.entities()].length;
    organization.addEntity(entityFrom(intersectFile(relationship, FIRST_TYPE_CODE + count)));
  }
}

/** Names that do not follow the rule. */
const STOCK: Readonly<Record<string, { readonly key: string; readonly set: string }>> = {
  accountleads: { key: "accountleadid", set: "accountleadscollection" },
  contactleads: { key: "contactleadid", set: "contactleadscollection" },
  campaignitem: { key: "campaignitemid", set: "campaignitems" },
};

/** An intersect entity: its key, a row version, and the keys of both sides, all read-only. */
function intersectFile(relationship: ManyToMany, objectTypeCode: number): EntityFile {
  const { intersectEntityName: name } = relationship;
  const { key, set } = STOCK[name] ?? { key: `${name}id`, set: `${name}set` };
  const guid = { attributeType: "Uniqueidentifier", attributeTypeName: "UniqueidentifierType" };
  return {
    logicalName: name,
    schemaName: name,
    entitySetName: set,
    objectTypeCode,
    primaryIdAttribute: key,
    primaryNameAttribute: null,
    ownershipType: "None",
    displayName: null,
    changeTrackingEnabled: false,
    isIntersect: true,
    attributes: [
      readOnly(key, { ...guid, isPrimaryId: true }),
      readOnly(relationship.entity1IntersectAttribute, guid),
      readOnly(relationship.entity2IntersectAttribute, guid),
      readOnly("versionnumber", { attributeType: "BigInt", attributeTypeName: "BigIntType" }),
    ],
  };
}

function readOnly(
  name: string,
  type: Pick<AttributeFile, "attributeType" | "attributeTypeName"> & { readonly isPrimaryId?: boolean },
): AttributeFile {
  return {
    logicalName: name,
    schemaName: name,
    displayName: null,
    requiredLevel: "None",
    isPrimaryId: false,
    isPrimaryName: false,
    isValidForCreate: false,
    isValidForUpdate: false,
    isValidForRead: true,
    isValidODataAttribute: true,
    ...type,
  };
}
