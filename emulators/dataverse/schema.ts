import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How a column behaves, whatever the several type names of the metadata say. */
export type Kind =
  | "text"
  | "integer"
  | "bigint"
  | "decimal"
  | "double"
  | "money"
  | "boolean"
  | "choice"
  | "choices"
  | "datetime"
  | "date"
  | "guid"
  | "lookup"
  | "image"
  | "none";

export interface Option {
  readonly value: number;
  readonly label: string;
  /** On a status option: the state it belongs to. */
  readonly state?: number;
  /** On a state option: the status that a record gets when only the state is set. */
  readonly defaultStatus?: number;
  readonly invariantName?: string;
}

export interface OptionSet {
  readonly name: string;
  readonly isGlobal: boolean;
  readonly options: readonly Option[];
}

/** A column as the schema file describes it (the names of the file), plus what follows from it. */
export interface Attribute {
  readonly logicalName: string;
  readonly schemaName: string;
  readonly attributeType: string;
  readonly attributeTypeName: string;
  readonly metadataType: string;
  readonly attributeOf?: string;
  readonly displayName: string | null;
  readonly requiredLevel: string;
  readonly isPrimaryId: boolean;
  readonly isPrimaryName: boolean;
  readonly isValidForCreate: boolean;
  readonly isValidForUpdate: boolean;
  readonly isValidForRead: boolean;
  readonly isValidODataAttribute: boolean;
  readonly isCustomAttribute?: boolean;
  readonly isSecured?: boolean;
  readonly isLogical?: boolean;
  readonly columnNumber?: number;
  readonly maxLength?: number;
  readonly databaseLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly precision?: number;
  readonly precisionSource?: number;
  readonly format?: string;
  readonly formatName?: string;
  readonly dateTimeBehavior?: string;
  readonly targets?: readonly string[];
  readonly optionSet?: OptionSet;
  readonly defaultFormValue?: number;
  readonly defaultValue?: boolean;
  readonly calculationOf?: string;
  readonly isBaseCurrency?: boolean;
  readonly kind: Kind;
  /** The name on the wire (`_ownerid_value` for a lookup); undefined for columns that OData does not show. */
  readonly property?: string;
}

export interface Relationship {
  readonly schemaName: string;
  readonly referencedEntity: string;
  readonly referencedAttribute: string;
  readonly referencingEntity: string;
  readonly referencingAttribute: string;
  readonly referencedEntityNavigationPropertyName: string | null;
  readonly referencingEntityNavigationPropertyName: string | null;
  readonly isCustomRelationship?: boolean;
  readonly cascade?: Readonly<Record<string, string>>;
}

export interface ManyToMany {
  readonly schemaName: string;
  readonly entity1LogicalName: string;
  readonly entity1IntersectAttribute: string;
  readonly entity1NavigationPropertyName: string;
  readonly entity2LogicalName: string;
  readonly entity2IntersectAttribute: string;
  readonly entity2NavigationPropertyName: string;
  readonly intersectEntityName: string;
}

export interface AlternateKey {
  readonly logicalName: string;
  readonly schemaName: string;
  readonly keyAttributes: readonly string[];
}

export interface Privilege {
  readonly name: string;
  readonly type: string;
}

/** A table of the organization. Its attributes, keys and switches can change while the emulator runs. */
export interface Entity {
  readonly logicalName: string;
  readonly schemaName: string;
  readonly entitySetName: string;
  readonly objectTypeCode: number;
  readonly primaryIdAttribute: string;
  readonly primaryNameAttribute: string | null;
  readonly ownershipType: string;
  readonly isActivity: boolean;
  readonly isIntersect: boolean;
  readonly isCustomEntity: boolean;
  readonly attributes: Map<string, Attribute>;
  readonly manyToOne: Relationship[];
  readonly oneToMany: Relationship[];
  readonly manyToMany: ManyToMany[];
  readonly keys: AlternateKey[];
  readonly privileges: readonly Privilege[];
  /** The other yes/no and text properties of the schema file, by their name there. */
  readonly traits: Readonly<Record<string, unknown>>;
  displayName: string;
  displayCollectionName: string;
  changeTrackingEnabled: boolean;
  canChangeTrackingBeEnabled: boolean;
}

/** The raw shape of one file in `schema/`. */
export interface EntityFile extends Record<string, unknown> {
  readonly logicalName: string;
  readonly schemaName: string;
  readonly entitySetName: string;
  readonly objectTypeCode: number;
  readonly primaryIdAttribute: string;
  readonly primaryNameAttribute: string | null;
  readonly ownershipType: string;
  readonly displayName: string | null;
  readonly displayCollectionName?: string | null;
  readonly changeTrackingEnabled: boolean | null;
  readonly canChangeTrackingBeEnabled?: boolean | null;
  readonly isActivity?: boolean;
  readonly isIntersect?: boolean;
  readonly isCustomEntity?: boolean;
  readonly attributes: readonly AttributeFile[];
  readonly manyToOneRelationships?: readonly Relationship[] | null;
  readonly oneToManyRelationships?: readonly Relationship[] | null;
  readonly manyToManyRelationships?: readonly ManyToMany[] | null;
  readonly keys?: readonly AlternateKey[] | null;
  readonly privileges?: readonly Privilege[] | null;
}

/** An attribute as a schema file or a caller of the control API gives it. */
export type AttributeFile = Omit<Attribute, "kind" | "property" | "metadataType"> & {
  readonly metadataType?: string;
};

const KINDS: Readonly<Record<string, Kind>> = {
  StringType: "text",
  MemoType: "text",
  EntityNameType: "text",
  IntegerType: "integer",
  BigIntType: "bigint",
  DecimalType: "decimal",
  DoubleType: "double",
  MoneyType: "money",
  BooleanType: "boolean",
  PicklistType: "choice",
  StateType: "choice",
  StatusType: "choice",
  MultiSelectPicklistType: "choices",
  DateTimeType: "datetime",
  UniqueidentifierType: "guid",
  LookupType: "lookup",
  CustomerType: "lookup",
  OwnerType: "lookup",
  ImageType: "image",
};

const METADATA_TYPES: Readonly<Record<string, string>> = {
  CustomerType: "LookupAttributeMetadata",
  OwnerType: "LookupAttributeMetadata",
  PartyListType: "LookupAttributeMetadata",
  UniqueidentifierType: "UniqueIdentifierAttributeMetadata",
  VirtualType: "AttributeMetadata",
};

/** Completes an attribute of a file with its kind and its name on the wire. */
export function attributeFrom(file: AttributeFile): Attribute {
  const dateOnly = file.attributeTypeName === "DateTimeType" && file.dateTimeBehavior === "DateOnly";
  const kind = dateOnly ? "date" : (KINDS[file.attributeTypeName] ?? "none");
  const metadataType =
    file.metadataType ||
    (METADATA_TYPES[file.attributeTypeName] ?? file.attributeTypeName.replace(/Type$/, "AttributeMetadata"));
  const shown = file.isValidODataAttribute && kind !== "none";
  const property = kind === "lookup" ? `_${file.logicalName}_value` : file.logicalName;
  return { ...file, kind, metadataType, ...(shown ? { property } : {}) };
}

const PRIVILEGE_TYPES = ["Create", "Read", "Write", "Delete", "Assign", "Share", "Append", "AppendTo"];

function privilegesOf(file: EntityFile): readonly Privilege[] {
  const given = file.privileges ?? [];
  if (given.length > 0) return given;
  const subject = file.isActivity === true ? "Activity" : file.schemaName;
  return PRIVILEGE_TYPES.map((type) => ({ name: `prv${type}${subject}`, type }));
}

/** Names of one thing in the singular and the plural where the file leaves one out. */
function displayNames(file: EntityFile): Pick<Entity, "displayName" | "displayCollectionName"> {
  const displayName = file.displayName ?? file.schemaName;
  return { displayName, displayCollectionName: file.displayCollectionName ?? `${displayName}s` };
}

/** The relationships and keys of a file, as lists of the entity's own. */
function relationshipsOf(file: EntityFile): Pick<Entity, "manyToOne" | "oneToMany" | "manyToMany" | "keys"> {
  return {
    manyToOne: [...(file.manyToOneRelationships ?? [])],
    oneToMany: [...(file.oneToManyRelationships ?? [])],
    manyToMany: [...(file.manyToManyRelationships ?? [])],
    keys: [...(file.keys ?? [])],
  };
}

/** The entity that a schema file describes. Attributes are shared between emulators, the rest is its own. */
export function entityFrom(file: EntityFile, attributes = file.attributes.map(attributeFrom)): Entity {
  const { attributes: _a, manyToOneRelationships: _m, oneToManyRelationships: _o, ...traits } = file;
  return {
    logicalName: file.logicalName,
    schemaName: file.schemaName,
    entitySetName: file.entitySetName,
    objectTypeCode: file.objectTypeCode,
    primaryIdAttribute: file.primaryIdAttribute,
    primaryNameAttribute: file.primaryNameAttribute,
    ownershipType: file.ownershipType,
    isActivity: file.isActivity ?? false,
    isIntersect: file.isIntersect ?? false,
    isCustomEntity: file.isCustomEntity ?? false,
    attributes: new Map(attributes.map((attribute) => [attribute.logicalName, attribute])),
    ...relationshipsOf(file),
    privileges: privilegesOf(file),
    traits,
    ...displayNames(file),
    changeTrackingEnabled: file.changeTrackingEnabled ?? false,
    canChangeTrackingBeEnabled: file.canChangeTrackingBeEnabled ?? true,
  };
}

const SCHEMA_FOLDER = join(import.meta.dirname, "schema");
let files: readonly { file: EntityFile; attributes: Attribute[] }[] | undefined;

function loaded(): readonly { file: EntityFile; attributes: Attribute[] }[] {
  files ??= readdirSync(SCHEMA_FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(SCHEMA_FOLDER, name), "utf8")) as EntityFile)
    .map((file) => ({ file, attributes: file.attributes.map(attributeFrom) }));
  return files;
}

/** The definitions of the stock entities as the files in `schema/` hold them; read once per process. */
export function standardFiles(): EntityFile[] {
  return loaded().map(({ file }) => file);
}

/** Fresh entities from the files in `schema/`. */
export function standardEntities(): Entity[] {
  return loaded().map(({ file, attributes }) => entityFrom(file, attributes));
}
