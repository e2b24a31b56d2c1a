import type { AttributeFile, EntityFile, ManyToMany, Relationship } from "../schema.ts";
import { column, READ_ONLY, STANDARD } from "./definitions.ts";

/** What a custom entity of a demo organization is made of; the service adds the rest. */
export interface CustomEntity {
  /** `new_ProductInterest`; its logical name is the same in lower case. */
  readonly schemaName: string;
  readonly label: string;
  readonly labels: string;
  readonly objectTypeCode: number;
  /** Its own columns, lookups among them; the first is the primary name. */
  readonly columns: readonly AttributeFile[];
  /** Status reasons of the state Active beside the usual one. */
  readonly reasons?: readonly { readonly value: number; readonly label: string }[];
  readonly manyToMany?: readonly ManyToMany[];
}

/** A user-owned custom entity with change tracking, as the service describes one. */
export function customEntity(custom: CustomEntity): EntityFile {
  const { schemaName, label, labels, objectTypeCode, columns, manyToMany = [] } = custom;
  const name = schemaName.toLowerCase();
  const hasMoney = columns.some(({ attributeType }) => attributeType === "Money");
  return {
    logicalName: name,
    schemaName,
    entitySetName: `${name}s`,
    collectionSchemaName: `${schemaName}s`,
    logicalCollectionName: `${name}s`,
    objectTypeCode,
    primaryIdAttribute: `${name}id`,
    primaryNameAttribute: columns[0]?.logicalName ?? null,
    ownershipType: "UserOwned",
    displayName: label,
    displayCollectionName: labels,
    changeTrackingEnabled: true,
    canChangeTrackingBeEnabled: true,
    isActivity: false,
    isIntersect: false,
    isCustomEntity: true,
    attributes: [...given(custom), ...(hasMoney ? MONEY : []), ...columns],
    manyToOneRelationships: [...lookupsOf(name, columns), ...givenRelationships(name, hasMoney)],
    oneToManyRelationships: [],
    manyToManyRelationships: manyToMany,
    keys: [],
  };
}

/** Columns that every user-owned custom entity gets from the service. */
function given({ schemaName, label, reasons = [] }: CustomEntity): readonly AttributeFile[] {
  const name = schemaName.toLowerCase();
  return [
    column("Uniqueidentifier", `${schemaName}Id`, label, {
      ...STANDARD,
      isPrimaryId: true,
      requiredLevel: "SystemRequired",
      isValidForUpdate: false,
    }),
    column("State", "statecode", "Status", {
      ...STANDARD,
      requiredLevel: "SystemRequired",
      isValidForCreate: false,
      defaultFormValue: 0,
      optionSet: {
        name: `${name}_statecode`,
        isGlobal: false,
        options: [
          { value: 0, label: "Active", defaultStatus: 1, invariantName: "Active" },
          { value: 1, label: "Inactive", defaultStatus: 2, invariantName: "Inactive" },
        ],
      },
    }),
    column("Status", "statuscode", "Status Reason", {
      ...STANDARD,
      defaultFormValue: -1,
      optionSet: {
        name: `${name}_statuscode`,
        isGlobal: false,
        options: [
          { value: 1, label: "Active", state: 0 },
          { value: 2, label: "Inactive", state: 1 },
          ...reasons.map((reason) => ({ ...reason, state: 0 })),
        ],
      },
    }),
    ...SERVED,
  ];
}

const SERVED: readonly AttributeFile[] = [
  column("Owner", "OwnerId", "Owner", {
    ...STANDARD,
    requiredLevel: "SystemRequired",
    targets: ["systemuser", "team"],
  }),
  served("Lookup", "OwningBusinessUnit", "Owning Business Unit", { targets: ["businessunit"] }),
  served("Lookup", "OwningUser", "Owning User", { targets: ["systemuser"] }),
  served("Lookup", "OwningTeam", "Owning Team", { targets: ["team"] }),
  served("Lookup", "CreatedBy", "Created By", { targets: ["systemuser"] }),
  served("Lookup", "ModifiedBy", "Modified By", { targets: ["systemuser"] }),
  served("DateTime", "CreatedOn", "Created On", { format: "DateAndTime", dateTimeBehavior: "UserLocal" }),
  served("DateTime", "ModifiedOn", "Modified On", { format: "DateAndTime", dateTimeBehavior: "UserLocal" }),
  served("BigInt", "VersionNumber", "Version Number", {}),
];

/** What comes along with the first money column. */
const MONEY: readonly AttributeFile[] = [
  served("Decimal", "ExchangeRate", "Exchange Rate", { minValue: 1e-12, maxValue: 1e11, precision: 12 }),
  column("Lookup", "TransactionCurrencyId", "Currency", { ...STANDARD, targets: ["transactioncurrency"] }),
];

function served(
  type: string,
  schemaName: string,
  displayName: string,
  rest: Partial<AttributeFile>,
): AttributeFile {
  return column(type, schemaName, displayName, { ...STANDARD, ...READ_ONLY, ...rest });
}

/** A relationship for each of the entity's own lookups: its property here has the lookup's name, capitals included. */
function lookupsOf(name: string, columns: readonly AttributeFile[]): readonly Relationship[] {
  return columns.flatMap(({ schemaName, targets = [] }) =>
    targets.map((target) => {
      const relationship = `${name}_${target}_${schemaName}`;
      return {
        ...relationshipTo(name, target, schemaName.toLowerCase()),
        schemaName: relationship,
        referencedEntityNavigationPropertyName: relationship,
        referencingEntityNavigationPropertyName: schemaName,
        isCustomRelationship: true,
      };
    }),
  );
}

function givenRelationships(name: string, hasMoney: boolean): readonly Relationship[] {
  return [
    relationshipTo(name, "businessunit", "owningbusinessunit"),
    relationshipTo(name, "systemuser", "owninguser"),
    relationshipTo(name, "team", "owningteam"),
    relationshipTo(name, "systemuser", "createdby"),
    relationshipTo(name, "systemuser", "modifiedby"),
    ...(hasMoney ? [relationshipTo(name, "transactioncurrency", "transactioncurrencyid")] : []),
    { ...relationshipTo(name, "owner", "ownerid"), schemaName: `owner_${name}` },
  ];
}

function relationshipTo(name: string, referencedEntity: string, referencingAttribute: string): Relationship {
  const schemaName = `${referencedEntity}_${name}_${referencingAttribute}`;
  return {
    schemaName,
    referencedEntity,
    referencedAttribute: `${referencedEntity}id`,
    referencingEntity: name,
    referencingAttribute,
    referencedEntityNavigationPropertyName: schemaName,
    referencingEntityNavigationPropertyName: referencingAttribute,
    isCustomRelationship: false,
    cascade: { Assign: "NoCascade", Delete: "RemoveLink", Merge: "Cascade", Reparent: "NoCascade" },
  };
}
