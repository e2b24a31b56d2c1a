import type { AttributeFile, EntityFile, Relationship } from "../schema.ts";
import {
  bigWhole,
  choice,
  choices,
  column,
  date,
  decimalNumber,
  double,
  lookup,
  memo,
  moment,
  money,
  READ_ONLY,
  STANDARD,
  text,
  whole,
  yesNo,
} from "./definitions.ts";
import { PRODUCTS } from "./words.ts";

const NAME = "new_productinterest";
const ID = "new_productinterestid";

/** Columns of the demo's own making: one of every type the Web API knows. */
const OWN: readonly AttributeFile[] = [
  { ...text("new_Name", "Name", 100), isPrimaryName: true, requiredLevel: "ApplicationRequired" },
  memo("new_Remarks", "Remarks", 4000),
  whole("new_Attendees", "Attendees", -2_147_483_648, 2_147_483_647),
  bigWhole("new_ExternalNumber", "External Number"),
  decimalNumber("new_Ratio", "Ratio", 10),
  double("new_Fit", "Fit", 5),
  ...money("new_Budget", "Budget"),
  yesNo("new_Confirmed", "Confirmed"),
  date("new_PreferredDate", "Preferred Date"),
  moment("new_NextCallOn", "Next Call On", "UserLocal"),
  moment("new_DemoAt", "Demo At", "TimeZoneIndependent"),
  choice("new_Stage", "Stage", [
    { value: 100_000_000, label: "Curious" },
    { value: 100_000_001, label: "Evaluating" },
    { value: 100_000_002, label: "Decided" },
    { value: 100_000_003, label: 'On hold, "maybe later"' },
  ]),
  choices(
    "new_Products",
    "Products",
    PRODUCTS.map((label, value) => ({ value: value + 1, label })),
  ),
  lookup("new_ContactId", "Contact", ["contact"]),
  lookup("new_LeadId", "Lead", ["lead"]),
];

/** Columns that every user-owned custom entity gets from the service. */
const GIVEN: readonly AttributeFile[] = [
  column("Uniqueidentifier", "new_ProductInterestId", "Product Interest", {
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
      name: `${NAME}_statecode`,
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
      name: `${NAME}_statuscode`,
      isGlobal: false,
      options: [
        { value: 1, label: "Active", state: 0 },
        { value: 2, label: "Inactive", state: 1 },
        { value: 100_000_000, label: "Waiting for Stock", state: 0 },
      ],
    },
  }),
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

const RELATIONSHIPS: readonly Relationship[] = [
  custom("contact", "contactid", "new_ContactId"),
  custom("lead", "leadid", "new_LeadId"),
  given("businessunit", "businessunitid", "owningbusinessunit"),
  given("systemuser", "systemuserid", "owninguser"),
  given("team", "teamid", "owningteam"),
  given("systemuser", "systemuserid", "createdby"),
  given("systemuser", "systemuserid", "modifiedby"),
  given("transactioncurrency", "transactioncurrencyid", "transactioncurrencyid"),
  { ...given("owner", "ownerid", "ownerid"), schemaName: `owner_${NAME}` },
];

/** A custom relation. Its property on this side has the lookup's schema name, capitals included. */
function custom(referencedEntity: string, referencedAttribute: string, lookupName: string): Relationship {
  const schemaName = `${NAME}_${referencedEntity}_${lookupName}`;
  return {
    ...given(referencedEntity, referencedAttribute, lookupName.toLowerCase()),
    schemaName,
    referencedEntityNavigationPropertyName: schemaName,
    referencingEntityNavigationPropertyName: lookupName,
    isCustomRelationship: true,
  };
}

function given(
  referencedEntity: string,
  referencedAttribute: string,
  referencingAttribute: string,
): Relationship {
  const schemaName = `${referencedEntity}_${NAME}_${referencingAttribute}`;
  return {
    schemaName,
    referencedEntity,
    referencedAttribute,
    referencingEntity: NAME,
    referencingAttribute,
    referencedEntityNavigationPropertyName: schemaName,
    referencingEntityNavigationPropertyName: referencingAttribute,
    isCustomRelationship: false,
    cascade: { Assign: "NoCascade", Delete: "RemoveLink", Merge: "Cascade", Reparent: "NoCascade" },
  };
}

/** The custom entity of the demo organization: which products a contact or a lead has asked about. */
export const productInterest: EntityFile = {
  logicalName: NAME,
  schemaName: "new_ProductInterest",
  entitySetName: "new_productinterests",
  collectionSchemaName: "new_ProductInterests",
  logicalCollectionName: "new_productinterests",
  objectTypeCode: 10_042,
  primaryIdAttribute: ID,
  primaryNameAttribute: "new_name",
  ownershipType: "UserOwned",
  displayName: "Product Interest",
  displayCollectionName: "Product Interests",
  changeTrackingEnabled: true,
  canChangeTrackingBeEnabled: true,
  isActivity: false,
  isIntersect: false,
  isCustomEntity: true,
  attributes: [...GIVEN, ...OWN],
  manyToOneRelationships: RELATIONSHIPS,
  oneToManyRelationships: [],
  manyToManyRelationships: [],
  keys: [],
};
