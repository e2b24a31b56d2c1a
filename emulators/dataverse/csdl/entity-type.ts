import { isPrincipal } from "../columns.ts";
import { edmType } from "../edm.ts";
import { manyToManyOf } from "../many-to-many.ts";
import { collectionsOf, navigationsOf } from "../navigation.ts";
import type { Organization } from "../organization.ts";
import type { AlternateKey, Attribute, Entity } from "../schema.ts";
import { element } from "../xml.ts";

/** What of the document is asked for. */
export interface Wanted {
  readonly organization: Organization;
  /** Whether the annotations that the service leaves out by default are wanted. */
  readonly annotated: boolean;
}

/** A navigation property as the document shows it: where it leads is an entity that exists, or `principal`. */
export interface Link {
  readonly name: string;
  readonly target: string;
  readonly many: boolean;
  readonly partner: string | undefined;
  /** Of a single-valued one: the lookup behind it. */
  readonly attribute?: string;
}

const ACTIVITY = "activitypointer";

/** The type that an entity inherits from: principals and activities share columns with their kind. */
function baseOf(entity: Entity): string {
  if (isPrincipal(entity)) return "principal";
  return entity.isActivity && entity.logicalName !== ACTIVITY ? ACTIVITY : "crmbaseentity";
}

/** The `EntityType` of an entity. */
export function entityType(wanted: Wanted, entity: Entity): string {
  const base = baseOf(entity);
  const inherited = base === ACTIVITY ? wanted.organization.entity(ACTIVITY) : undefined;
  const properties = [...entity.attributes.values()].filter(
    ({ property }) =>
      property !== undefined &&
      !inherits(inherited, property) &&
      (base !== "principal" || property !== "ownerid"),
  );
  const known = new Set(inherited && linksOf(wanted.organization, inherited).map(({ name }) => name));
  const links = linksOf(wanted.organization, entity).filter(({ name }) => !known.has(name));
  const key = base === "crmbaseentity" ? keyElement(entity.primaryIdAttribute) : "";
  const content = [
    key,
    ...properties.map((attribute) => propertyElement(wanted, attribute)),
    ...links.map((link) => linkElement(wanted.organization, link)),
    ...(entity.keys.length > 0 ? [alternateKeys(entity)] : []),
  ];
  return element("EntityType", { Name: entity.logicalName, BaseType: `mscrm.${base}` }, content.join(""));
}

function inherits(base: Entity | undefined, property: string): boolean {
  if (base === undefined) return false;
  for (const attribute of base.attributes.values()) if (attribute.property === property) return true;
  return false;
}

/** The `Key` of a type. */
export function keyElement(name: string): string {
  return element("Key", {}, element("PropertyRef", { Name: name }));
}

function propertyElement({ annotated }: Wanted, attribute: Attribute): string {
  const type = edmType(attribute);
  const facets = {
    Unicode: type === "Edm.String" ? "false" : undefined,
    Scale: type === "Edm.Decimal" ? "Variable" : undefined,
  };
  const readOnly = !attribute.isValidForCreate && !attribute.isValidForUpdate;
  const content = annotated && readOnly ? READ_ONLY : "";
  return element("Property", { Name: attribute.property, Type: type, ...facets }, content);
}

const READ_ONLY =
  element("Annotation", { Term: "Org.OData.Core.V1.Computed", Bool: "true" }) +
  element(
    "Annotation",
    { Term: "Org.OData.Core.V1.Permissions" },
    element("EnumMember", {}, "Org.OData.Core.V1.PermissionType/Read"),
  );

/** Every navigation property of an entity that leads to something that exists. */
export function linksOf(organization: Organization, entity: Entity): Link[] {
  const exists = (name: string): boolean => organization.entity(name) !== undefined;
  const single = navigationsOf(entity).flatMap(({ name, attribute, target, partner }): Link[] => {
    const type = target === "owner" ? "principal" : target;
    if (type !== "principal" && !exists(type)) return [];
    return entity.attributes.get(attribute)?.kind === "lookup"
      ? [{ name, target: type, many: false, partner: partner ?? undefined, attribute }]
      : [];
  });
  const collections = collectionsOf(entity, organization.entities())
    .filter((collection) => exists(collection.entity))
    .map(({ name, entity: target, partner }) => ({
      name,
      target,
      many: true,
      partner: partner ?? undefined,
    }));
  const mutual = manyToManyOf(organization, entity).map(({ name, other, partner }) => ({
    name,
    target: other.entity,
    many: true,
    partner,
  }));
  const links = new Map<string, Link>();
  for (const link of [...single, ...collections, ...mutual])
    if (!links.has(link.name)) links.set(link.name, link);
  return [...links.values()];
}

function linkElement(organization: Organization, link: Link): string {
  const { name, target, many, partner, attribute } = link;
  const type = many ? `Collection(mscrm.${target})` : `mscrm.${target}`;
  if (many) return element("NavigationProperty", { Name: name, Type: type, Partner: partner });
  const constraint = {
    Property: `_${attribute ?? ""}_value`,
    ReferencedProperty:
      target === "principal" ? "ownerid" : organization.table(target).entity.primaryIdAttribute,
  };
  return element(
    "NavigationProperty",
    { Name: name, Type: type, Nullable: "false", Partner: partner },
    element("ReferentialConstraint", constraint),
  );
}

function alternateKeys(entity: Entity): string {
  return element(
    "Annotation",
    { Term: "OData.Community.Keys.V1.AlternateKeys" },
    element("Collection", {}, entity.keys.map((key) => alternateKey(entity, key)).join("")),
  );
}

function alternateKey(entity: Entity, { keyAttributes }: AlternateKey): string {
  const parts = keyAttributes.map((name) => {
    const property = entity.attributes.get(name)?.property ?? name;
    return element(
      "Record",
      { Type: "OData.Community.Keys.V1.PropertyRef" },
      element("PropertyValue", { Property: "Alias", String: property }) +
        element("PropertyValue", { Property: "Name", PropertyPath: property }),
    );
  });
  const references = element("Collection", {}, parts.join(""));
  return element(
    "Record",
    { Type: "OData.Community.Keys.V1.AlternateKey" },
    element("PropertyValue", { Property: "Key" }, references),
  );
}
