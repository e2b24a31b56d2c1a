import type { Segment } from "./address.ts";
import { ApiError, badQuery, invalidArgument, methodNotAllowed, segmentNotFound } from "./errors.ts";
import { ExactNumber, isArray, isObject, parseExactly } from "./json-body.ts";
import type { Json, JsonObject } from "./json-body.ts";
import type { Answer } from "./message.ts";
import { attributeShape, entityShape } from "./metadata-shapes.ts";
import { SchemaChanges } from "./schema-changes.ts";
import type { AttributeFile, Entity } from "./schema.ts";
import type { WebCall } from "./web-call.ts";

/** Answers `POST EntityDefinitions(…)/Attributes`: a new column, which the administrator or a role with the right may make. */
export function postDefinition(call: WebCall, entity: Entity, path: readonly Segment[]): Answer {
  const [part, beyond] = path;
  if (part?.name !== "Attributes" || part.key !== undefined) throw methodNotAllowed(call.request.method);
  if (beyond !== undefined) throw segmentNotFound(beyond.name);
  demandPrivilege(call);
  const wanted = attributeOf(bodyOf(call));
  if (entity.attributes.has(wanted.logicalName)) {
    throw new ApiError(
      400,
      "0x80047013",
      `An attribute with the specified name ${wanted.logicalName} already exists for entity ${entity.logicalName}.`,
    );
  }
  new SchemaChanges(call.organization).addAttribute(entity.logicalName, wanted);
  const made = entity.attributes.get(wanted.logicalName);
  const id = made === undefined ? "" : String(attributeShape(entity, made)["MetadataId"]);
  const address = `${call.api}/EntityDefinitions(${String(entityShape(entity)["MetadataId"])})/Attributes(${id})`;
  return { status: 204, headers: { "OData-Version": "4.0", "OData-EntityId": address }, body: "" };
}

/** Columns are made by whoever may create what the service calls an attribute; application users seldom may. */
function demandPrivilege({ access, caller }: WebCall): void {
  if (access.depth(caller, "attribute", "Create") !== "none") return;
  throw new ApiError(
    403,
    "0x80040220",
    `Principal user (Id=${caller}, type=8) is missing prvCreateAttribute privilege for entity 'attribute'.`,
  );
}

function bodyOf({ request }: WebCall): JsonObject {
  try {
    const body = parseExactly(request.body);
    if (isObject(body)) return body;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw badQuery("A definition of an attribute is a JSON object.");
}

type Facts = Pick<AttributeFile, "attributeType" | "attributeTypeName"> & Partial<AttributeFile>;

/** By `@odata.type`: what each kind of column takes, within the limits that the service documents. */
const KINDS: Readonly<Record<string, (body: JsonObject) => Facts>> = {
  StringAttributeMetadata: (body) => ({
    attributeType: "String",
    attributeTypeName: "StringType",
    maxLength: within(body, "MaxLength", { least: 1, most: 4_000, standard: 100 }),
    format: "Text",
    formatName: valueOf(body["FormatName"]) ?? "Text",
  }),
  MemoAttributeMetadata: (body) => ({
    attributeType: "Memo",
    attributeTypeName: "MemoType",
    maxLength: within(body, "MaxLength", { least: 1, most: 1_048_576, standard: 2_000 }),
    format: "TextArea",
  }),
  IntegerAttributeMetadata: (body) => {
    const whole = { least: -2_147_483_648, most: 2_147_483_647 };
    const minValue = within(body, "MinValue", { ...whole, standard: whole.least });
    const maxValue = within(body, "MaxValue", { ...whole, standard: whole.most });
    if (minValue > maxValue) throw invalidArgument("The minimum is larger than the maximum.");
    return { attributeType: "Integer", attributeTypeName: "IntegerType", minValue, maxValue, format: "None" };
  },
  DateTimeAttributeMetadata: (body) => ({
    attributeType: "DateTime",
    attributeTypeName: "DateTimeType",
    format: textOf(body["Format"]) ?? "DateAndTime",
    dateTimeBehavior: valueOf(body["DateTimeBehavior"]) ?? "UserLocal",
  }),
};

/** The prefix of a publisher, two to eight signs, and a name. */
const SCHEMA_NAME = /^[A-Za-z][A-Za-z0-9]{1,7}_\w+$/;

function attributeOf(body: JsonObject): AttributeFile {
  const type = textOf(body["@odata.type"])?.replace(/^#?Microsoft\.Dynamics\.CRM\./, "") ?? "";
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind === undefined) throw badQuery(`A column of the type '${type}' cannot be made here.`);
  const schemaName = textOf(body["SchemaName"]) ?? "";
  if (!SCHEMA_NAME.test(schemaName)) {
    throw invalidArgument(
      `Invalid name for attribute ${schemaName}. Custom attribute names must start with a valid customization prefix.`,
    );
  }
  return {
    logicalName: schemaName.toLowerCase(),
    schemaName,
    displayName: labelOf(body["DisplayName"]) ?? schemaName,
    requiredLevel: valueOf(body["RequiredLevel"]) ?? "None",
    isPrimaryId: false,
    isPrimaryName: false,
    isValidForCreate: true,
    isValidForUpdate: true,
    isValidForRead: true,
    isValidODataAttribute: true,
    isLogical: false,
    isSecured: false,
    isCustomAttribute: true,
    ...kind(body),
  };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The text within `{"Value": "…"}`, as managed properties and their kind have it. */
function valueOf(value: Json | undefined): string | undefined {
  return isObject(value) ? textOf(value["Value"]) : undefined;
}

/** The first of the localized labels. */
function labelOf(value: Json | undefined): string | undefined {
  const labels = isObject(value) ? value["LocalizedLabels"] : undefined;
  const first = isArray(labels) ? labels[0] : undefined;
  return isObject(first) ? textOf(first["Label"]) : undefined;
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly standard: number;
}

function within(body: JsonObject, name: string, { least, most, standard }: Range): number {
  const given = body[name];
  if (given === undefined || given === null) return standard;
  const number = given instanceof ExactNumber ? Number(given.text) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
  throw invalidArgument(`${name} is a whole number from ${least} to ${most}.`);
}
