import { guid, seededRandom } from "./random.ts";
import type {
  AlternateKey,
  Attribute,
  Entity,
  ManyToMany,
  Option,
  OptionSet,
  Relationship,
} from "./schema.ts";

/** A metadata object in the shape of the Web API. */
export type Shape = Record<string, unknown>;

/** A stable id for a named piece of metadata. */
function metadataId(...names: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (const character of names.join("/"))
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return guid(seededRandom(hash));
}

function label(text: string | null | undefined): Shape {
  if (text === undefined || text === null || text === "")
    return { LocalizedLabels: [], UserLocalizedLabel: null };
  const localized = {
    Label: text,
    LanguageCode: 1033,
    IsManaged: true,
    MetadataId: metadataId("label", text),
    HasChanged: null,
  };
  return { LocalizedLabels: [localized], UserLocalizedLabel: localized };
}

function managed(value: unknown, name: string, changeable = true): Shape {
  return { Value: value, CanBeChanged: changeable, ManagedPropertyLogicalName: name };
}

/** Yes/no properties of an entity that are managed properties: an object with `Value`. */
const MANAGED: ReadonlySet<string> = new Set([
  "isAuditEnabled",
  "isValidForQueue",
  "isConnectionsEnabled",
  "isDuplicateDetectionEnabled",
  "isMailMergeEnabled",
  "canCreateAttributes",
  "canChangeTrackingBeEnabled",
]);

const SHAPED_APART: ReadonlySet<string> = new Set([
  "displayName",
  "displayCollectionName",
  "changeTrackingEnabled",
  "canChangeTrackingBeEnabled",
  "keys",
  "privileges",
  "manyToManyRelationships",
  "changeTrackingEnabledSource",
]);

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** What an entity is, where its file does not say. Pairs of N:N relationships are not sought by themselves. */
function usualTraits({ isCustomEntity, isIntersect, isActivity }: Entity): Shape {
  return {
    IsPrivate: false,
    IsBPFEntity: false,
    IsLogicalEntity: false,
    IsCustomEntity: isCustomEntity,
    IsIntersect: isIntersect,
    IsActivity: isActivity,
    IsValidForAdvancedFind: !isIntersect,
  };
}

/** The entity itself, without attributes, keys and relationships. */
export function entityShape(entity: Entity): Shape {
  const shape: Shape = { MetadataId: metadataId(entity.logicalName), ...usualTraits(entity) };
  for (const [name, value] of Object.entries(entity.traits)) {
    if (SHAPED_APART.has(name)) continue;
    shape[capital(name)] = MANAGED.has(name) ? managed(value, name.toLowerCase()) : value;
  }
  shape["IsOptimisticConcurrencyEnabled"] ??= true;
  shape["LogicalCollectionName"] ??= entity.entitySetName;
  shape["CollectionSchemaName"] ??= `${entity.schemaName}s`;
  shape["ChangeTrackingEnabled"] = entity.changeTrackingEnabled;
  shape["CanChangeTrackingBeEnabled"] = managed(
    entity.canChangeTrackingBeEnabled,
    "canchangetrackingbeenabled",
  );
  shape["DisplayName"] = label(entity.displayName);
  shape["DisplayCollectionName"] = label(entity.displayCollectionName);
  shape["Description"] = label(null);
  shape["HasChanged"] = null;
  shape["Privileges"] = entity.privileges.map(({ name, type }) => ({
    CanBeBasic: true,
    CanBeDeep: true,
    CanBeGlobal: true,
    CanBeLocal: true,
    CanBeEntityReference: false,
    CanBeParentEntityReference: false,
    Name: name,
    PrivilegeId: privilegeId(name),
    PrivilegeType: type,
  }));
  return shape;
}

/** The id of a privilege: the same wherever it is named. */
export function privilegeId(name: string): string {
  return metadataId("privilege", name);
}

function optionShape(option: Option, set: OptionSet, type: string): Shape {
  const shape: Shape = {
    Value: option.value,
    Label: label(option.label),
    Description: label(null),
    Color: null,
    IsManaged: true,
    ExternalValue: "",
    ParentValues: [],
    Tag: null,
    IsHidden: false,
    MetadataId: metadataId(set.name, String(option.value)),
    HasChanged: null,
  };
  if (type === "Status") Object.assign(shape, { State: option.state, TransitionData: null });
  if (type === "State")
    Object.assign(shape, {
      DefaultStatus: option.defaultStatus ?? null,
      InvariantName: option.invariantName ?? option.label,
    });
  return shape;
}

const OPTION_SET_TYPES: Readonly<Record<string, string>> = {
  State: "State",
  Status: "Status",
  Boolean: "Boolean",
};

/** An option set as its attribute or `GlobalOptionSetDefinitions` shows it. */
export function optionSetShape(set: OptionSet, attributeType: string): Shape {
  const type = OPTION_SET_TYPES[attributeType] ?? "Picklist";
  const shape: Shape = {
    MetadataId: metadataId("optionset", set.name),
    HasChanged: null,
    IsCustomOptionSet: false,
    IsGlobal: set.isGlobal,
    IsManaged: true,
    Name: set.name,
    ExternalTypeName: "",
    OptionSetType: type,
    DisplayName: label(set.name),
    Description: label(null),
    IsCustomizable: managed(true, "iscustomizable"),
  };
  if (type !== "Boolean")
    return { ...shape, Options: set.options.map((option) => optionShape(option, set, type)) };
  const option = (value: number): Shape => {
    const found = set.options.find((candidate) => candidate.value === value);
    return optionShape(found ?? { value, label: value === 1 ? "Yes" : "No" }, set, type);
  };
  return { ...shape, TrueOption: option(1), FalseOption: option(0) };
}

/** Properties that only some attribute types have: name here, name in the schema. */
const TYPED: Readonly<Record<string, readonly (keyof Attribute)[]>> = {
  StringAttributeMetadata: ["maxLength", "databaseLength", "format"],
  MemoAttributeMetadata: ["maxLength", "format"],
  IntegerAttributeMetadata: ["minValue", "maxValue", "format"],
  BigIntAttributeMetadata: ["minValue", "maxValue"],
  DecimalAttributeMetadata: ["minValue", "maxValue", "precision"],
  DoubleAttributeMetadata: ["minValue", "maxValue", "precision"],
  MoneyAttributeMetadata: [
    "minValue",
    "maxValue",
    "precision",
    "precisionSource",
    "calculationOf",
    "isBaseCurrency",
  ],
  BooleanAttributeMetadata: ["defaultValue"],
  DateTimeAttributeMetadata: ["format"],
  LookupAttributeMetadata: ["targets", "format"],
  PicklistAttributeMetadata: ["defaultFormValue"],
  MultiSelectPicklistAttributeMetadata: ["defaultFormValue"],
  StateAttributeMetadata: ["defaultFormValue"],
  StatusAttributeMetadata: ["defaultFormValue"],
};

/** What every attribute has, whatever its type. */
function commonShape(entity: Entity, attribute: Attribute): Shape {
  const {
    attributeOf = null,
    columnNumber = 0,
    isCustomAttribute = false,
    isLogical = false,
    isSecured = false,
  } = attribute;
  return {
    "@odata.type": `#Microsoft.Dynamics.CRM.${attribute.metadataType}`,
    MetadataId: metadataId(entity.logicalName, attribute.logicalName),
    HasChanged: null,
    LogicalName: attribute.logicalName,
    SchemaName: attribute.schemaName,
    EntityLogicalName: entity.logicalName,
    AttributeType: attribute.attributeType,
    AttributeTypeName: { Value: attribute.attributeTypeName },
    AttributeOf: attributeOf,
    ColumnNumber: columnNumber,
    DisplayName: label(attribute.displayName),
    Description: label(null),
    IsCustomAttribute: isCustomAttribute,
    IsPrimaryId: attribute.isPrimaryId,
    IsPrimaryName: attribute.isPrimaryName,
    IsValidForCreate: attribute.isValidForCreate,
    IsValidForRead: attribute.isValidForRead,
    IsValidForUpdate: attribute.isValidForUpdate,
    IsValidODataAttribute: attribute.isValidODataAttribute,
    IsLogical: isLogical,
    IsSecured: isSecured,
    IsManaged: true,
    RequiredLevel: managed(attribute.requiredLevel, "canmodifyrequirementlevelsettings"),
  };
}

const WITH_PRECISION: ReadonlySet<string> = new Set(["MoneyAttributeMetadata", "DecimalAttributeMetadata"]);

/** An attribute with the properties of its own type; option sets only as navigation (`OptionSet`, `GlobalOptionSet`). */
export function attributeShape(entity: Entity, attribute: Attribute): Shape {
  const shape = commonShape(entity, attribute);
  for (const name of TYPED[attribute.metadataType] ?? []) shape[capital(name)] = attribute[name] ?? null;
  if (WITH_PRECISION.has(attribute.metadataType)) shape["Precision"] = attribute.precision ?? 2;
  if (attribute.formatName !== undefined) shape["FormatName"] = { Value: attribute.formatName };
  if (attribute.attributeType === "DateTime") {
    shape["DateTimeBehavior"] = { Value: attribute.dateTimeBehavior ?? "UserLocal" };
    shape["CanChangeDateTimeBehavior"] = managed(true, "canchangedatetimebehavior");
  }
  return shape;
}

/** The navigation properties of an attribute: its option set, local or global. */
export function attributeNavigation(attribute: Attribute): Shape {
  const set = attribute.optionSet ?? yesNoSet(attribute);
  if (set === undefined) return {};
  const shape = optionSetShape(set, attribute.attributeType);
  return { OptionSet: shape, GlobalOptionSet: set.isGlobal ? shape : null };
}

/** Every two-option column has an option set, also where the schema files carry no labels for it. */
function yesNoSet({ attributeType, logicalName }: Attribute): OptionSet | undefined {
  if (attributeType !== "Boolean") return undefined;
  return { name: logicalName, isGlobal: false, options: [] };
}

export function keyShape(entity: Entity, key: AlternateKey): Shape {
  return {
    MetadataId: metadataId("key", entity.logicalName, key.logicalName),
    HasChanged: null,
    LogicalName: key.logicalName,
    SchemaName: key.schemaName,
    EntityLogicalName: entity.logicalName,
    KeyAttributes: key.keyAttributes,
    EntityKeyIndexStatus: "Active",
    IsManaged: true,
    DisplayName: label(key.schemaName),
  };
}

export function relationshipShape(relationship: Relationship): Shape {
  return {
    "@odata.type": "#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
    MetadataId: metadataId("relationship", relationship.schemaName),
    HasChanged: null,
    SchemaName: relationship.schemaName,
    ReferencedEntity: relationship.referencedEntity,
    ReferencedAttribute: relationship.referencedAttribute,
    ReferencingEntity: relationship.referencingEntity,
    ReferencingAttribute: relationship.referencingAttribute,
    ReferencedEntityNavigationPropertyName: relationship.referencedEntityNavigationPropertyName,
    ReferencingEntityNavigationPropertyName: relationship.referencingEntityNavigationPropertyName,
    IsCustomRelationship: relationship.isCustomRelationship ?? false,
    RelationshipType: "OneToManyRelationship",
    CascadeConfiguration: relationship.cascade ?? null,
  };
}

export function manyToManyShape(relationship: ManyToMany): Shape {
  const shape: Shape = {
    "@odata.type": "#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata",
    MetadataId: metadataId("relationship", relationship.schemaName),
    HasChanged: null,
    RelationshipType: "ManyToManyRelationship",
  };
  for (const [name, value] of Object.entries(relationship)) shape[capital(name)] = value;
  return shape;
}
