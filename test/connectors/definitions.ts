/**
 * Definitions of a table as the metadata part of the Web API writes them.
 */
import type { Line } from "./script.ts";
import { refused } from "./script.ts";

const label = (text: string): object => ({
  LocalizedLabels: [{ Label: text, LanguageCode: 1033 }],
  UserLocalizedLabel: { Label: text, LanguageCode: 1033 },
});

/** A column, with what deviates from an ordinary text column. */
export function column(name: string, more: Readonly<Record<string, unknown>> = {}): object {
  const type = typeof more["AttributeType"] === "string" ? more["AttributeType"] : "String";
  return {
    "@odata.type": `#Microsoft.Dynamics.CRM.${type}AttributeMetadata`,
    LogicalName: name,
    AttributeType: type,
    AttributeTypeName: { Value: `${type}Type` },
    AttributeOf: null,
    DisplayName: label(`The ${name}`),
    RequiredLevel: { Value: "None" },
    IsValidForRead: true,
    IsValidForCreate: true,
    IsValidForUpdate: true,
    IsValidODataAttribute: true,
    ...more,
  };
}

export const option = (Value: number, text: string): object => ({ Value, Label: label(text) });

export interface Definition {
  readonly table?: Readonly<Record<string, unknown>>;
  readonly columns: readonly object[];
  readonly relationships?: readonly object[];
  /** By cast: `StringAttributeMetadata`. */
  readonly details?: Readonly<Record<string, readonly object[]>>;
}

/** Script lines that answer everything `describe` asks about one table. */
export function tableLines(name: string, set: string, definition: Definition): Record<string, Line> {
  const details = Object.entries(definition.details ?? {}).map(([cast, value]) => [
    `(LogicalName='${name}')/Attributes/Microsoft.Dynamics.CRM.${cast}`,
    { body: { value } },
  ]);
  return {
    ...(Object.fromEntries(details) as Record<string, Line>),
    [`(LogicalName='${name}')/Attributes/`]: { body: { value: [] } },
    [`(LogicalName='${name}')?`]: {
      body: {
        LogicalName: name,
        SchemaName: name,
        EntitySetName: set,
        PrimaryIdAttribute: `${name}id`,
        PrimaryNameAttribute: "name",
        DisplayName: label(`A ${name}`),
        ChangeTrackingEnabled: true,
        CanChangeTrackingBeEnabled: { Value: true },
        Attributes: definition.columns,
        ManyToOneRelationships: definition.relationships ?? [],
        ...definition.table,
      },
    },
    [`/${set}?`]: { body: { value: [] } },
  };
}

export const ME = {
  "/WhoAmI": { body: { UserId: "user-1", BusinessUnitId: "bu-1", OrganizationId: "org-1" } },
} satisfies Record<string, Line>;

export const CURRENCIES = {
  "transactioncurrencies?$skiptoken": {
    body: { value: [{ transactioncurrencyid: "C-2", isocurrencycode: "EUR" }] },
  },
  transactioncurrencies: {
    body: {
      value: [{ transactioncurrencyid: "C-1", isocurrencycode: "USD" }],
      "@odata.nextLink": "https://contoso.crm.dynamics.com/api/data/v9.2/transactioncurrencies?$skiptoken=a",
    },
  },
} satisfies Record<string, Line>;

export const NO_TABLE = refused(404, "0x80040217", "Could not find an entity with LogicalName='nosuch'.");
