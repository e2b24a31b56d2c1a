/**
 * Reading an organization's description: a handful of small requests per entity, side by side under the limiter.
 * The whole metadata of an organization is hundreds of megabytes; it is never asked for.
 */
import { SyncError } from "../../core/errors.ts";
import type { Entity } from "../../core/organization.ts";
import type { OrganizationDescription } from "../../core/ports.ts";
import type { SortedAttributes } from "./attributes.ts";
import { attributeType, sortAttributes } from "./attributes.ts";
import type { DataverseClient } from "./client.ts";
import { readCurrencies } from "./currencies.ts";
import { demandWholeRead } from "./existing.ts";
import type { DetailAnswer, EntityAnswer } from "./metadata.ts";
import { labelText, readDetails, readEntity, readWhoAmI } from "./metadata.ts";
import { readEnds } from "./organization-map.ts";
import { pairsOf } from "./pairs.ts";
import { readCollection } from "./records.ts";
import { together } from "./together.ts";

/** As `Source.describe` promises. */
export async function describeOrganization(
  client: DataverseClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<OrganizationDescription> {
  // First and alone: it says in one request whether there is any point in asking the rest.
  const { body: me } = await client.get("WhoAmI", { read: readWhoAmI }, signal);
  const { entities, missing, currencies } = await together(signal, async (all) => {
    const [described, money] = await Promise.all([
      Promise.all(names.map(async (name) => describeOrReason(client, name, all))),
      readCurrencies(client, all),
    ]);
    return { ...partition(described), currencies: money };
  });
  return { organizationId: me.OrganizationId, userId: me.UserId, entities, missing, currencies };
}

type Missing = OrganizationDescription["missing"] extends ReadonlyMap<string, infer M> ? M : never;
type Described = { readonly name: string } & ({ readonly entity: Entity } | { readonly reason: Missing });

async function describeOrReason(
  client: DataverseClient,
  name: string,
  signal: AbortSignal,
): Promise<Described> {
  try {
    return { name, entity: await describeEntity(client, name, signal) };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const { code } = error;
    if (code !== "permission_missing" && code !== "entity_missing") throw error;
    return { name, reason: { code, detail: error.message } };
  }
}

function partition(described: readonly Described[]): Pick<OrganizationDescription, "entities" | "missing"> {
  const entities = new Map<string, Entity>();
  const missing = new Map<string, Missing>();
  for (const one of described) {
    if ("entity" in one) entities.set(one.name, one.entity);
    else missing.set(one.name, one.reason);
  }
  return { entities, missing };
}

/** @throws SyncError `entity_missing`, `permission_missing`, and as every read */
export async function describeEntity(
  client: DataverseClient,
  name: string,
  signal: AbortSignal,
): Promise<Entity> {
  const { body } = await client.get(definitionPath(name), { entity: name, read: readEntity }, signal);
  const set = body.EntitySetName ?? "";
  const primaryId = body.PrimaryIdAttribute ?? "";
  if (set === "" || primaryId === "") {
    throw new SyncError("entity_missing", `${name} cannot be read through the Web API.`, { entity: name });
  }
  const { attributes, leftOut } = await readColumns(client, body, signal);
  const entity: Entity = {
    name,
    label: labelText(body.DisplayName) ?? body.SchemaName ?? name,
    set,
    primaryId,
    primaryName: body.PrimaryNameAttribute ?? null,
    changeTracking: mayBeTracked(body),
    canEnableChangeTracking: body.CanChangeTrackingBeEnabled?.Value ?? false,
    attributes,
    leftOut,
  };
  return demandReadable(client, entity, signal);
}

async function readColumns(
  client: DataverseClient,
  answer: EntityAnswer,
  signal: AbortSignal,
): Promise<SortedAttributes> {
  const sorted = sortAttributes(answer, await readAllDetails(client, answer, signal));
  if (answer.IsIntersect !== true) return sorted;
  return pairsOf(sorted, await readEnds(client, answer.LogicalName, signal));
}

/** The pairs of an N:N relationship are tracked when both ends are, whatever their own switch says. */
function mayBeTracked({ IsIntersect, ChangeTrackingEnabled }: EntityAnswer): boolean {
  return IsIntersect === true || ChangeTrackingEnabled === true;
}

/**
 * Reads one record in the way the feed will. Metadata may say that change tracking is on where the service then
 * says otherwise; the service wins.
 * @throws SyncError `permission_missing`
 */
async function demandReadable(client: DataverseClient, entity: Entity, signal: AbortSignal): Promise<Entity> {
  if (entity.changeTracking) {
    try {
      await demandWholeRead(client, entity, signal);
      return entity;
    } catch (error) {
      if (!(error instanceof SyncError && error.code === "change_tracking_off")) throw error;
    }
  }
  const path = `${entity.set}?$select=${entity.primaryId}&$top=1`;
  await client.get(path, { entity: entity.name, read: readCollection }, signal);
  return { ...entity, changeTracking: false };
}

const ENTITY =
  "LogicalName,SchemaName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,DisplayName," +
  "ChangeTrackingEnabled,CanChangeTrackingBeEnabled,IsIntersect";
const ATTRIBUTES =
  "LogicalName,AttributeType,AttributeTypeName,AttributeOf,DisplayName,RequiredLevel," +
  "IsValidForRead,IsValidForCreate,IsValidForUpdate,IsValidODataAttribute";
const RELATIONSHIPS = "ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName";

function definition(name: string): string {
  return `EntityDefinitions(LogicalName='${encodeURIComponent(name.replaceAll("'", "''"))}')`;
}

function definitionPath(name: string): string {
  const expand = `Attributes($select=${ATTRIBUTES}),ManyToOneRelationships($select=${RELATIONSHIPS})`;
  return `${definition(name)}?$select=${ENTITY}&$expand=${expand}`;
}

const OPTIONS = "&$expand=OptionSet($select=Options),GlobalOptionSet($select=Options)";

/** What must be asked per kind of attribute, because only that kind has the property. */
const DETAILS: Readonly<Record<string, string>> = {
  String: "StringAttributeMetadata?$select=LogicalName,MaxLength",
  Memo: "MemoAttributeMetadata?$select=LogicalName,MaxLength",
  Integer: "IntegerAttributeMetadata?$select=LogicalName,MinValue,MaxValue",
  Decimal: "DecimalAttributeMetadata?$select=LogicalName,MinValue,MaxValue,Precision",
  Double: "DoubleAttributeMetadata?$select=LogicalName,MinValue,MaxValue,Precision",
  Money: "MoneyAttributeMetadata?$select=LogicalName,MinValue,MaxValue,Precision",
  DateTime: "DateTimeAttributeMetadata?$select=LogicalName,DateTimeBehavior",
  Lookup: "LookupAttributeMetadata?$select=LogicalName,Targets",
  Owner: "LookupAttributeMetadata?$select=LogicalName,Targets",
  Customer: "LookupAttributeMetadata?$select=LogicalName,Targets",
  Picklist: `PicklistAttributeMetadata?$select=LogicalName${OPTIONS}`,
  MultiSelectPicklist: `MultiSelectPicklistAttributeMetadata?$select=LogicalName${OPTIONS}`,
  State: "StateAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)",
  Status: "StatusAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)",
  Boolean: "BooleanAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=TrueOption,FalseOption)",
};

async function readAllDetails(
  client: DataverseClient,
  entity: EntityAnswer,
  signal: AbortSignal,
): Promise<DetailAnswer[]> {
  const kinds = entity.Attributes.flatMap((attribute) => attributeType(attribute) ?? []);
  const casts = new Set(kinds.flatMap((kind) => DETAILS[kind] ?? []));
  const ask = { entity: entity.LogicalName, read: readDetails };
  const root = `${definition(entity.LogicalName)}/Attributes/Microsoft.Dynamics.CRM.`;
  const reads = [...casts].map(async (cast) => (await client.get(root + cast, ask, signal)).body.value);
  return (await Promise.all(reads)).flat();
}
