import type { AttributeFile, Option } from "../schema.ts";

type Rest = Partial<AttributeFile>;

/** Builders for the definitions of custom columns, in the form of the schema files. */

export function text(schemaName: string, displayName: string, maxLength: number): AttributeFile {
  return column("String", schemaName, displayName, { maxLength, format: "Text", formatName: "Text" });
}

export function memo(schemaName: string, displayName: string, maxLength: number): AttributeFile {
  return column("Memo", schemaName, displayName, { maxLength, format: "TextArea", formatName: "TextArea" });
}

export function whole(
  schemaName: string,
  displayName: string,
  minValue: number,
  maxValue: number,
): AttributeFile {
  return column("Integer", schemaName, displayName, { minValue, maxValue, format: "None" });
}

export function bigWhole(schemaName: string, displayName: string): AttributeFile {
  return column("BigInt", schemaName, displayName, { minValue: -(2 ** 63), maxValue: 2 ** 63 });
}

export function decimalNumber(schemaName: string, displayName: string, precision: number): AttributeFile {
  return column("Decimal", schemaName, displayName, {
    minValue: -100_000_000_000,
    maxValue: 100_000_000_000,
    precision,
  });
}

export function double(schemaName: string, displayName: string, precision: number): AttributeFile {
  return column("Double", schemaName, displayName, {
    minValue: -100_000_000_000,
    maxValue: 100_000_000_000,
    precision,
  });
}

/** A money column and the column of its amount in the base currency. */
export function money(schemaName: string, displayName: string): AttributeFile[] {
  const range = { minValue: -922_337_203_685_477, maxValue: 922_337_203_685_477, precision: 4 };
  const base = { calculationOf: schemaName.toLowerCase(), isBaseCurrency: true, ...READ_ONLY };
  return [
    column("Money", schemaName, displayName, { ...range, precisionSource: 0, isBaseCurrency: false }),
    column("Money", `${schemaName}_Base`, `${displayName} (Base)`, { ...range, precisionSource: 2, ...base }),
  ];
}

export function yesNo(schemaName: string, displayName: string): AttributeFile {
  const options = [
    { value: 0, label: "No" },
    { value: 1, label: "Yes" },
  ];
  return column("Boolean", schemaName, displayName, {
    defaultValue: false,
    optionSet: optionSet(schemaName, options),
  });
}

export function date(schemaName: string, displayName: string): AttributeFile {
  return column("DateTime", schemaName, displayName, { format: "DateOnly", dateTimeBehavior: "DateOnly" });
}

export function moment(
  schemaName: string,
  displayName: string,
  dateTimeBehavior: "UserLocal" | "TimeZoneIndependent",
): AttributeFile {
  return column("DateTime", schemaName, displayName, { format: "DateAndTime", dateTimeBehavior });
}

export function choice(schemaName: string, displayName: string, options: readonly Option[]): AttributeFile {
  const set = { defaultFormValue: -1, optionSet: optionSet(schemaName, options) };
  return column("Picklist", schemaName, displayName, set);
}

/** A multi-choice. The service calls its type `Virtual`; only the type's name tells what it is. */
export function choices(schemaName: string, displayName: string, options: readonly Option[]): AttributeFile {
  const attributeTypeName = "MultiSelectPicklistType";
  const metadataType = "MultiSelectPicklistAttributeMetadata";
  const set = { defaultFormValue: -1, optionSet: optionSet(schemaName, options) };
  return column("Virtual", schemaName, displayName, { attributeTypeName, metadataType, ...set });
}

export function lookup(schemaName: string, displayName: string, targets: readonly string[]): AttributeFile {
  return column("Lookup", schemaName, displayName, { targets, format: "None" });
}

/** A column that only the service itself writes. */
export const READ_ONLY: Rest = { isValidForCreate: false, isValidForUpdate: false };

/** A column that every entity has, not a custom one. */
export const STANDARD: Rest = { isCustomAttribute: false };

/** A column of the given attribute type, with everything that is not said left at its usual value. */
export function column(
  attributeType: string,
  schemaName: string,
  displayName: string,
  rest: Rest,
): AttributeFile {
  return {
    logicalName: schemaName.toLowerCase(),
    schemaName,
    attributeType,
    attributeTypeName: `${attributeType}Type`,
    displayName,
    requiredLevel: "None",
    isPrimaryId: false,
    isPrimaryName: false,
    isValidForCreate: true,
    isValidForUpdate: true,
    isValidForRead: true,
    isValidODataAttribute: true,
    isLogical: false,
    isSecured: false,
    isCustomAttribute: true,
    ...rest,
  };
}

function optionSet(schemaName: string, options: readonly Option[]) {
  return { name: schemaName.toLowerCase(), isGlobal: false, options };
}
