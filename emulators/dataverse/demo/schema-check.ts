import type { WireRecord, WireValue } from "../record.ts";
import type { AttributeFile, EntityFile } from "../schema.ts";

/** What a checked record is measured by. */
export interface Measure {
  readonly definition: EntityFile;
  /** Whether the target of a lookup is there. */
  readonly exists: (entity: string, id: string) => boolean;
  /** What is done with the record: a stored one may hold what only the service writes. */
  readonly use: "stored" | "create" | "update";
}

/**
 * Makes a check that tells what is wrong with a record by its schema: unknown attributes, types, lengths, ranges,
 * choices, state and status that do not belong together, lookups to what is not there, missing required columns. It
 * gives an empty list when nothing is.
 */
export function checkOf(measure: Measure): (record: WireRecord) => string[] {
  const usable = measure.definition.attributes.filter((one) => one.isValidODataAttribute);
  const attributes = new Map(usable.map((one) => [one.logicalName, one]));
  const required = usable
    .filter((one) => one.requiredLevel === "ApplicationRequired" && one.isValidForCreate)
    .map((one) => one.logicalName);
  return (record) => {
    const found = Object.entries(record).flatMap(([name, value]) => {
      const attribute = attributes.get(name);
      if (attribute === undefined) return [`${name}: no such attribute`];
      const problem = notWritable(measure, attribute) ?? problemOf(measure, attribute, value);
      return problem === undefined ? [] : [`${name}: ${problem} (${JSON.stringify(value).slice(0, 80)})`];
    });
    const absent = measure.use === "update" ? [] : required.filter((name) => (record[name] ?? null) === null);
    return [...found, ...statusProblem(attributes, record), ...absent.map((name) => `${name}: required`)];
  };
}

function notWritable({ definition, use }: Measure, attribute: AttributeFile): string | undefined {
  if (attribute.logicalName === definition.primaryIdAttribute) return undefined;
  const refused =
    (use === "create" && !attribute.isValidForCreate) || (use === "update" && !attribute.isValidForUpdate);
  return refused ? `not valid for ${use}` : undefined;
}

function problemOf(measure: Measure, attribute: AttributeFile, value: WireValue): string | undefined {
  if (value === null) return undefined;
  const check = CHECKS[attribute.attributeTypeName];
  return check === undefined
    ? `a ${attribute.attributeTypeName} carries no value`
    : check(attribute, value, measure);
}

type Check = (attribute: AttributeFile, value: WireValue, measure: Measure) => string | undefined;

const CHECKS: Readonly<Record<string, Check>> = {
  StringType: textProblem,
  MemoType: textProblem,
  IntegerType: (attribute, value) =>
    Number.isInteger(value) ? rangeProblem(attribute, Number(value)) : "no whole number",
  DoubleType: (attribute, value) =>
    typeof value === "number" ? rangeProblem(attribute, value) : "no number",
  BigIntType: (_attribute, value) => bigProblem(value),
  DecimalType: decimalProblem,
  MoneyType: decimalProblem,
  BooleanType: (_attribute, value) => (typeof value === "boolean" ? undefined : "no yes or no"),
  PicklistType: choiceProblem,
  StateType: choiceProblem,
  StatusType: choiceProblem,
  MultiSelectPicklistType: choicesProblem,
  DateTimeType: dateProblem,
  UniqueidentifierType: (_attribute, value) => (isGuid(value) ? undefined : "no identifier"),
  LookupType: lookupProblem,
  OwnerType: lookupProblem,
  CustomerType: lookupProblem,
};

function textProblem({ maxLength }: AttributeFile, value: WireValue): string | undefined {
  if (typeof value !== "string" || value === "") return "no text";
  if (!value.isWellFormed()) return "half of a surrogate pair";
  if (value !== value.trimEnd()) return "blanks at the end";
  return value.length > (maxLength ?? Infinity) ? `${value.length} long` : undefined;
}

function rangeProblem({ minValue, maxValue }: AttributeFile, value: number): string | undefined {
  return value < (minValue ?? -Infinity) || value > (maxValue ?? Infinity) ? "out of range" : undefined;
}

function bigProblem(value: WireValue): string | undefined {
  if (typeof value !== "string" || !/^-?\d+$/.test(value)) return "no digits";
  return BigInt.asIntN(64, BigInt(value)) === BigInt(value) ? undefined : "more than 64 bits";
}

function decimalProblem(attribute: AttributeFile, value: WireValue): string | undefined {
  if (typeof value !== "string" || !/^-?\d+\.\d+$/.test(value)) return "no decimal text";
  const places = value.replace(/0+$/, "").split(".")[1]?.length ?? 0;
  if (places > (attribute.precision ?? 10)) return `${places} decimals`;
  return rangeProblem(attribute, Number(value));
}

function choiceProblem({ optionSet }: AttributeFile, value: WireValue): string | undefined {
  return optionSet?.options.some((option) => option.value === value) === true ? undefined : "no such choice";
}

function choicesProblem(attribute: AttributeFile, value: WireValue): string | undefined {
  if (typeof value !== "string") return "no text of choices";
  const values = value.split(",").map(Number);
  if (values.some((one, place) => place > 0 && one <= (values[place - 1] ?? 0))) return "not ascending";
  return values.map((one) => choiceProblem(attribute, one)).find((problem) => problem !== undefined);
}

function dateProblem({ dateTimeBehavior }: AttributeFile, value: WireValue): string | undefined {
  const form = dateTimeBehavior === "DateOnly" ? /^\d{4}-\d\d-\d\d$/ : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
  if (typeof value !== "string" || !form.test(value)) return `not written as ${dateTimeBehavior ?? "a date"}`;
  if (
    Number.isNaN(Date.parse(value)) ||
    !new Date(value).toISOString().startsWith(value.slice(0, 19).replace("Z", ""))
  )
    return "no such day";
  return value < "1753-01-01" ? "before 1753" : undefined;
}

function lookupProblem(attribute: AttributeFile, value: WireValue, { exists }: Measure): string | undefined {
  if (typeof value !== "object" || value === null || !isGuid(value.id)) return "no lookup";
  if (attribute.targets?.includes(value.entity) !== true) return `cannot point to a ${value.entity}`;
  return exists(value.entity, value.id) ? undefined : "points to nothing";
}

function isGuid(value: WireValue): boolean {
  return (
    typeof value === "string" &&
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(value)
  );
}

function statusProblem(attributes: ReadonlyMap<string, AttributeFile>, record: WireRecord): string[] {
  const state = record["statecode"] ?? null;
  const status = record["statuscode"] ?? null;
  if (state === null) return [];
  const reasons = attributes.get("statuscode")?.optionSet?.options ?? [];
  const fits = reasons.some((option) => option.value === status && option.state === state);
  return fits
    ? []
    : [`statuscode: ${JSON.stringify(status)} does not belong to state ${JSON.stringify(state)}`];
}
