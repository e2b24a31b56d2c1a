import { decimalPlaces, encode } from "./codec.ts";
import { compareDecimals, fixed } from "./decimal.ts";
import { ApiError, doesNotExist, invalidArgument } from "./errors.ts";
import type { Organization } from "./organization.ts";
import type { Lookup, WireValue } from "./record.ts";
import type { Attribute, Entity, Option } from "./schema.ts";

/** The stored text of a value that a caller writes, checked against length, range, choices and lookup targets. */
export function checkedText(
  organization: Organization,
  entity: Entity,
  attribute: Attribute,
  value: WireValue,
): string | undefined {
  const text = normalized(entity, attribute, value);
  if (text === undefined) {
    if (attribute.requiredLevel === "SystemRequired") throw requiredMissing(entity, attribute);
    return undefined;
  }
  switch (attribute.kind) {
    case "text":
      checkLength(entity, attribute, JSON.parse(text) as string);
      break;
    case "integer":
    case "decimal":
    case "money":
    case "double":
      checkRange(entity, attribute, text);
      break;
    case "choice":
      checkChoices(entity, attribute, [text]);
      break;
    case "choices":
      checkChoices(entity, attribute, text.slice(1, -1).split(","));
      break;
    case "lookup":
      checkTarget(organization, entity, attribute, value as Lookup);
      break;
    default:
      break;
  }
  return text;
}

/** Text loses blanks at its end, decimals are rounded to their column's precision, wrong types are refused. */
function normalized(entity: Entity, attribute: Attribute, value: WireValue): string | undefined {
  const trimmed = attribute.kind === "text" && typeof value === "string" ? value.trimEnd() : value;
  const dated = attribute.kind === "datetime" || attribute.kind === "date";
  try {
    const text = encode(attribute, rounded(attribute, trimmed));
    if (dated && text !== undefined && text.slice(1, 11) < EARLIEST) throw new RangeError("too early");
    return text;
  } catch (error) {
    if (dated) throw invalidDate(entity, attribute, value);
    throw invalidArgument(error instanceof Error ? error.message : String(error));
  }
}

/** What SQL Server's own type reaches back to. */
const EARLIEST = "1753-01-01";

function invalidDate(entity: Entity, attribute: Attribute, value: WireValue): ApiError {
  const message = `The date-time format for ${JSON.stringify(value)} is invalid for '${attribute.logicalName}' of '${entity.logicalName}', or it is outside the supported range.`;
  return new ApiError(400, "0x80040239", message);
}

function rounded(attribute: Attribute, value: WireValue): WireValue {
  if (attribute.kind === "double" && typeof value === "number" && attribute.precision !== undefined)
    return Number(value.toFixed(attribute.precision));
  if (attribute.kind !== "money" || value === null || typeof value === "object") return value;
  const places = Math.min(attribute.precision ?? 2, decimalPlaces(attribute));
  return fixed(String(value), places) ?? value;
}

function requiredMissing(entity: Entity, attribute: Attribute): ApiError {
  return new ApiError(
    400,
    "0x80040203",
    `The required field '${attribute.logicalName}' of '${entity.logicalName}' is missing.`,
  );
}

function checkLength(entity: Entity, attribute: Attribute, text: string): void {
  if (attribute.maxLength === undefined || text.length <= attribute.maxLength) return;
  throw new ApiError(
    400,
    "0x80044331",
    `A validation error occurred.  The length of the '${attribute.logicalName}' attribute of the '${entity.logicalName}' entity exceeded the maximum allowed length of '${attribute.maxLength}'.`,
  );
}

function checkRange(entity: Entity, attribute: Attribute, text: string): void {
  const { minValue, maxValue } = attribute;
  const low = minValue !== undefined && compareDecimals(text, String(minValue)) < 0;
  const high = maxValue !== undefined && compareDecimals(text, String(maxValue)) > 0;
  if (!low && !high) return;
  const message =
    `A validation error occurred. The value of '${attribute.logicalName}' on record of type '${entity.logicalName}' is outside the valid range. ` +
    `The expected range is from '${minValue}' to '${maxValue}'.`;
  throw new ApiError(400, attribute.kind === "decimal" ? "0x80044330" : "0x8004432f", message);
}

function checkChoices(entity: Entity, attribute: Attribute, values: readonly string[]): void {
  const options = attribute.optionSet?.options;
  if (options === undefined || options.length === 0) return;
  for (const value of values) {
    if (options.some((option) => String(option.value) === value)) continue;
    throw new ApiError(
      400,
      "0x8004431a",
      `A validation error occurred. The value '${value}' of '${attribute.logicalName}' on record of type '${entity.logicalName}' is outside the valid range. Accepted Values: ${options.map((option) => option.value).join(",")}`,
    );
  }
}

function checkTarget(organization: Organization, entity: Entity, attribute: Attribute, lookup: Lookup): void {
  const targets = attribute.targets ?? [];
  if (targets.length > 0 && !targets.includes(lookup.entity) && !targets.includes("owner")) {
    throw invalidArgument(
      `${attribute.logicalName} of ${entity.logicalName} cannot point to a record of ${lookup.entity}.`,
    );
  }
  const table = organization.findTable(lookup.entity);
  if (table !== undefined && table.row(lookup.id.toLowerCase()) === undefined) {
    throw doesNotExist(lookup.entity, lookup.id);
  }
}

/**
 * The state and status that follow from what is written, by the rules of section 4.4 of the wire facts.
 * @param current the state of the record; undefined when it is being created, where not every entity takes a state
 */
export function stateAndStatus(
  entity: Entity,
  given: Readonly<Record<string, WireValue>>,
  current: number | undefined,
): Record<string, WireValue> {
  const { statuscode: status = null } = given;
  const state = wantedState(entity, given, current);
  const first = optionsOf(entity, "statecode")[0];
  if (first === undefined || (state === null && status === null)) return {};
  const target = state === null ? (current ?? first.value) : Number(state);
  if (status === null) return { statecode: target, statuscode: defaultStatus(entity, target) };
  const known = optionsOf(entity, "statuscode").find((option) => option.value === Number(status));
  if (known !== undefined && (known.state ?? target) === target)
    return { statecode: target, statuscode: known.value };
  throw wrongState(entity, target, status);
}

/** Activities are made open, whatever their metadata says; the ones that close something are made closed. */
function opensOnly({ isActivity, logicalName }: Entity): boolean {
  return isActivity && logicalName !== "opportunityclose";
}

function wrongState({ logicalName }: Entity, target: number, status: WireValue): ApiError {
  return new ApiError(
    400,
    "0x80048408",
    `State code is invalid or state code is valid but status code is invalid for a specified state code. ${JSON.stringify(status)} is not a valid status code for state code ${target} on ${logicalName}.`,
  );
}

/** The state that a caller chooses; not every entity lets a record be created in one. */
function wantedState(
  entity: Entity,
  { statecode = null }: Readonly<Record<string, WireValue>>,
  current: number | undefined,
): WireValue {
  if (current !== undefined || statecode === null) return statecode;
  if (entity.attributes.get("statecode")?.isValidForCreate === false) return null;
  const isDefault = Number(statecode) === optionsOf(entity, "statecode")[0]?.value;
  if (opensOnly(entity) && !isDefault) throw wrongState(entity, Number(statecode), null);
  return statecode;
}

function optionsOf(entity: Entity, name: string): readonly Option[] {
  return entity.attributes.get(name)?.optionSet?.options ?? [];
}

/** The status that a record gets when only its state is set. */
export function defaultStatus(entity: Entity, state: number): number | null {
  const chosen = optionsOf(entity, "statecode").find((option) => option.value === state);
  const first = optionsOf(entity, "statuscode").find((option) => option.state === state);
  return chosen?.defaultStatus ?? first?.value ?? null;
}
