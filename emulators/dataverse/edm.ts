import type { Attribute, Kind } from "./schema.ts";

const TYPES: Readonly<Record<Kind, string>> = {
  text: "Edm.String",
  choices: "Edm.String",
  none: "Edm.String",
  image: "Edm.Binary",
  guid: "Edm.Guid",
  lookup: "Edm.Guid",
  datetime: "Edm.DateTimeOffset",
  date: "Edm.Date",
  integer: "Edm.Int32",
  choice: "Edm.Int32",
  bigint: "Edm.Int64",
  decimal: "Edm.Decimal",
  money: "Edm.Decimal",
  double: "Edm.Double",
  boolean: "Edm.Boolean",
};

/** The primitive type of a column on the wire. Choices are plain whole numbers. */
export function edmType({ kind }: Attribute): string {
  return TYPES[kind];
}
