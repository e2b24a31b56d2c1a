/**
 * Reading the map of an organization: five requests, whatever its size, each for a few properties. What a table
 * consists of is not asked for.
 */
import * as z from "zod";

import type { MappedEntity, OrganizationMap, Reference } from "../../core/entity-map.ts";
import { HUBS } from "../../core/entity-map.ts";
import { SyncError } from "../../core/errors.ts";
import type { DataverseClient } from "./client.ts";
import { labelText, labelled, readWhoAmI, reader } from "./metadata.ts";
import { noiseOf } from "./noise.ts";
import { together } from "./together.ts";

const definition = z.object({
  LogicalName: z.string(),
  SchemaName: z.string().nullish(),
  EntitySetName: z.string().nullish(),
  DisplayName: labelled,
  IsIntersect: z.boolean().nullish(),
  IsActivity: z.boolean().nullish(),
  IsCustomEntity: z.boolean().nullish(),
  IsPrivate: z.boolean().nullish(),
  IsBPFEntity: z.boolean().nullish(),
  IsLogicalEntity: z.boolean().nullish(),
  IsValidForAdvancedFind: z.boolean().nullish(),
  ChangeTrackingEnabled: z.boolean().nullish(),
  Privileges: z.array(z.object({ Name: z.string(), PrivilegeType: z.string() })).nullish(),
});

const lookup = z.object({
  SchemaName: z.string(),
  ReferencingEntity: z.string(),
  ReferencingAttribute: z.string(),
  ReferencedEntity: z.string(),
});

const mutual = z.object({
  SchemaName: z.string(),
  IntersectEntityName: z.string(),
  Entity1LogicalName: z.string(),
  Entity1IntersectAttribute: z.string(),
  Entity2LogicalName: z.string(),
  Entity2IntersectAttribute: z.string(),
});

const privilege = z.object({ PrivilegeName: z.string(), Depth: z.string() });

export type DefinitionAnswer = z.infer<typeof definition>;
type MutualAnswer = z.infer<typeof mutual>;

const readDefinitions = listOf(definition, "a list of table definitions");
const readLookups = listOf(lookup, "a list of relationships");
const readMutuals = listOf(mutual, "a list of N:N relationships");
const readPrivileges = reader(z.object({ RolePrivileges: z.array(privilege) }), "a list of privileges");

function listOf<T>(shape: z.ZodType<T>, what: string): (text: string) => { readonly value: T[] } {
  return reader(z.object({ value: z.array(shape) }), what);
}

const DEFINITIONS =
  "EntityDefinitions?$select=LogicalName,SchemaName,EntitySetName,DisplayName,IsIntersect,IsActivity," +
  "IsCustomEntity,IsPrivate,IsBPFEntity,IsLogicalEntity,IsValidForAdvancedFind,ChangeTrackingEnabled,Privileges";
const RELATIONSHIPS = "RelationshipDefinitions/Microsoft.Dynamics.CRM.";
const MUTUALS =
  `${RELATIONSHIPS}ManyToManyRelationshipMetadata?$select=SchemaName,IntersectEntityName,` +
  "Entity1LogicalName,Entity1IntersectAttribute,Entity2LogicalName,Entity2IntersectAttribute";

/** Most relationships lead to whoever owns, made or changed a record; those are not even sent. */
const PERSONNEL = ["systemuser", "team", "owner", "businessunit", "transactioncurrency"];

function lookupsPath(): string {
  const select = "SchemaName,ReferencingEntity,ReferencingAttribute,ReferencedEntity";
  const filter = PERSONNEL.map((name) => `ReferencedEntity ne '${name}'`).join(" and ");
  return `${RELATIONSHIPS}OneToManyRelationshipMetadata?$select=${select}&$filter=${encodeURIComponent(filter)}`;
}

/**
 * As `Source.map` promises.
 * @throws SyncError as every read
 */
export async function readOrganizationMap(
  client: DataverseClient,
  signal: AbortSignal,
): Promise<OrganizationMap> {
  return together(signal, async (all) => {
    const [definitions, lookups, mutuals, depths] = await Promise.all([
      client.get(DEFINITIONS, { read: readDefinitions }, all),
      client.get(lookupsPath(), { read: readLookups }, all),
      client.get(MUTUALS, { read: readMutuals }, all),
      readDepths(client, all),
    ]);
    const pairs = mutuals.body.value;
    const references = [
      ...lookups.body.value.map((answer) => ({
        relationship: answer.SchemaName,
        entity: answer.ReferencingEntity,
        attribute: answer.ReferencingAttribute,
        target: answer.ReferencedEntity,
      })),
      ...pairs.flatMap(endsOf),
    ];
    return { entities: mappedEntities(definitions.body.value, pairs, depths), references };
  });
}

/** The pairs of an N:N relationship refer to both ends. */
export function endsOf(answer: MutualAnswer): readonly Reference[] {
  const own = { relationship: answer.SchemaName, entity: answer.IntersectEntityName };
  return [
    { ...own, attribute: answer.Entity1IntersectAttribute, target: answer.Entity1LogicalName },
    { ...own, attribute: answer.Entity2IntersectAttribute, target: answer.Entity2LogicalName },
  ];
}

/** The references of one intersect entity: which of its two ids is whose. */
export async function readEnds(
  client: DataverseClient,
  intersect: string,
  signal: AbortSignal,
): Promise<readonly Reference[]> {
  const filter = encodeURIComponent(`IntersectEntityName eq '${intersect}'`);
  const { body } = await client.get(
    `${MUTUALS}&$filter=${filter}`,
    { entity: intersect, read: readMutuals },
    signal,
  );
  return body.value.flatMap(endsOf);
}

type Readable = MappedEntity["readable"];

function mappedEntities(
  definitions: readonly DefinitionAnswer[],
  pairs: readonly MutualAnswer[],
  depths: ReadonlyMap<string, string> | null,
): readonly MappedEntity[] {
  const plain = definitions.map((answer) => {
    return { answer, noise: noiseOf(answer), readable: readableOf(answer, depths) };
  });
  const byName = new Map(plain.map((one) => [one.answer.LogicalName, one]));
  const endsByName = Map.groupBy(pairs, ({ IntersectEntityName }) => IntersectEntityName);
  return plain.map(({ answer, noise, readable }) => {
    const name = answer.LogicalName;
    const both = (endsByName.get(name) ?? []).flatMap((pair) => [
      byName.get(pair.Entity1LogicalName),
      byName.get(pair.Entity2LogicalName),
    ]);
    return {
      name,
      label: labelText(answer.DisplayName) ?? answer.SchemaName ?? name,
      kind: answer.IsIntersect === true ? "relation" : answer.IsActivity === true ? "activity" : "table",
      // A relation seldom has privileges of its own: who may read both ends may read the pairs.
      readable: answer.IsIntersect === true && readable === null ? leastOf(both) : readable,
      tracked: answer.IsIntersect === true ? areTracked(both) : (answer.ChangeTrackingEnabled ?? false),
      noise: noise ?? (answer.IsIntersect === true ? noiseOfEnds(both) : null),
    };
  });
}

type End = { readonly answer: DefinitionAnswer; readonly noise: string | null; readonly readable: Readable };

function noiseOfEnds(ends: readonly (End | undefined)[]): string | null {
  const hub = ends.find((end) => end !== undefined && HUBS.has(end.answer.LogicalName));
  if (hub !== undefined) return `It relates to ${hub.answer.LogicalName}, to which everything is related.`;
  return ends.find((end) => typeof end?.noise === "string")?.noise ?? null;
}

function areTracked(ends: readonly (End | undefined)[]): boolean {
  return ends.length > 0 && ends.every((end) => end?.answer.ChangeTrackingEnabled === true);
}

function leastOf(ends: readonly (End | undefined)[]): Readable {
  const found = new Set(ends.map((end) => end?.readable ?? null));
  if (ends.length === 0 || found.has(null)) return null;
  return found.has("none") ? "none" : found.has("part") ? "part" : "all";
}

/** Change feeds demand the whole organization; less lets single records be read. */
function readableOf(answer: DefinitionAnswer, depths: ReadonlyMap<string, string> | null): Readable {
  const read = answer.Privileges?.find(({ PrivilegeType }) => PrivilegeType === "Read");
  if (depths === null || read === undefined) return null;
  const depth = depths.get(read.Name.toLowerCase());
  if (depth === undefined) return "none";
  return depth === "Global" ? "all" : "part";
}

/** How far each privilege of the user reaches, by name in lower case; null when the organization does not tell. */
async function readDepths(
  client: DataverseClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | null> {
  try {
    const { body: me } = await client.get("WhoAmI", { read: readWhoAmI }, signal);
    const path = `systemusers(${me.UserId})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()`;
    const { body } = await client.get(path, { read: readPrivileges }, signal);
    return new Map(
      body.RolePrivileges.map(({ PrivilegeName, Depth }) => [PrivilegeName.toLowerCase(), Depth]),
    );
  } catch (error) {
    if (error instanceof SyncError && NOT_TOLD.has(error.code)) return null;
    throw error;
  }
}

const NOT_TOLD: ReadonlySet<string> = new Set([
  "permission_missing",
  "refused",
  "entity_missing",
  "unexpected_answer",
]);
