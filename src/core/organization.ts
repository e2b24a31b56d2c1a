/**
 * What an organization says about itself: entities, their attributes, choices and currencies.
 */

/** Attribute types of the Web API that can carry a value we keep. */
export type AttributeType =
  | "String"
  | "Memo"
  | "Integer"
  | "BigInt"
  | "Decimal"
  | "Double"
  | "Money"
  | "Boolean"
  | "DateTime"
  | "Picklist"
  | "State"
  | "Status"
  | "MultiSelectPicklist"
  | "Lookup"
  | "Owner"
  | "Customer"
  | "Uniqueidentifier"
  | "EntityName";

/** How a date behaves: `DateOnly` is a calendar day, `TimeZoneIndependent` a wall clock, `UserLocal` an instant. */
export type DateBehavior = "UserLocal" | "DateOnly" | "TimeZoneIndependent";

export interface Choice {
  readonly value: number;
  readonly label: string;
  /** Of a status reason: the state it belongs to. */
  readonly state?: number;
}

export interface Attribute {
  /** Logical name, lower case: `emailaddress1`. */
  readonly name: string;
  readonly label: string;
  readonly type: AttributeType;
  /** Property on the wire: `emailaddress1`, or `_ownerid_value` for lookups. */
  readonly property: string;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly required: "None" | "Recommended" | "ApplicationRequired" | "SystemRequired";
  readonly readable: boolean;
  readonly creatable: boolean;
  readonly updatable: boolean;
  readonly dateBehavior?: DateBehavior;
  readonly choices?: readonly Choice[];
  /** Lookup targets (entity logical names), in metadata order. */
  readonly targets?: readonly string[];
  /** Navigation property per target, for writing: `{ account: "parentcustomerid_account" }`. */
  readonly navigation?: Readonly<Record<string, string>>;
}

/** An attribute that Tandem does not carry, and why, in words a person can use. */
export interface LeftOutAttribute {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly reason: string;
}

export interface Entity {
  /** Logical name: `contact`. */
  readonly name: string;
  readonly label: string;
  /** Entity set: `contacts`. */
  readonly set: string;
  readonly primaryId: string;
  readonly primaryName: string | null;
  readonly changeTracking: boolean;
  readonly canEnableChangeTracking: boolean;
  readonly attributes: readonly Attribute[];
  readonly leftOut: readonly LeftOutAttribute[];
}

/** A currency of the organization. Amounts are kept beside their ISO 4217 code. */
export interface Currency {
  readonly id: string;
  readonly code: string;
}
