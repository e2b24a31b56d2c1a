import { keyParts, keyText } from "./address.ts";
import type { Segment } from "./address.ts";
import { ApiError, badQuery, methodNotAllowed, segmentNotFound } from "./errors.ts";
import { manyToMany } from "./many-to-many.ts";
import type { Answer } from "./message.ts";
import { jsonAnswer } from "./message.ts";
import { filterShapes, selectShape } from "./metadata-query.ts";
import { manyToManyShape, relationshipShape } from "./metadata-shapes.ts";
import type { Shape } from "./metadata-shapes.ts";
import type { Organization } from "./organization.ts";
import type { Relationship } from "./schema.ts";
import type { WebCall } from "./web-call.ts";

const NAMESPACE = "Microsoft.Dynamics.CRM.";
const SET = "RelationshipDefinitions";

/** Answers `RelationshipDefinitions…`: all of them or one by schema name or id, with or without cast. */
export function relationshipDefinitions(call: WebCall, path: readonly Segment[]): Answer {
  if (call.request.method !== "GET") throw methodNotAllowed(call.request.method);
  const [definitions, cast, beyond] = path;
  if (beyond !== undefined) throw segmentNotFound(beyond.name);
  const shapes = ofType(call.organization, cast);
  const { options } = call.query;
  const select = options.get("$select");
  if (options.has("$expand")) throw badQuery("Relationships have nothing to expand.");
  if (definitions?.key !== undefined) {
    const shape = selectShape(named(shapes, definitions.key), select);
    const context = `${call.api}/$metadata#${SET}/$entity`;
    return jsonAnswer(JSON.stringify({ "@odata.context": context, ...shape }));
  }
  const value = filterShapes(shapes, options.get("$filter")).map((shape) => selectShape(shape, select));
  const context = `${call.api}/$metadata#${cast === undefined ? SET : `${SET}/${cast.name}`}`;
  return jsonAnswer(JSON.stringify({ "@odata.context": context, value }));
}

function ofType(organization: Organization, cast: Segment | undefined): Shape[] {
  const mutual = (): Shape[] => Array.from(manyToMany(organization).values(), manyToManyShape);
  switch (cast?.name) {
    case undefined:
      return [...allOneToMany(organization).map(relationshipShape), ...mutual()];
    case `${NAMESPACE}OneToManyRelationshipMetadata`:
      return allOneToMany(organization).map(relationshipShape);
    case `${NAMESPACE}ManyToManyRelationshipMetadata`:
      return mutual();
    default:
      throw segmentNotFound(cast?.name ?? "");
  }
}

/** All 1:N relationships that either side's file names, by schema name. */
function allOneToMany(organization: Organization): Relationship[] {
  const found = new Map<string, Relationship>();
  for (const { manyToOne, oneToMany } of organization.entities()) {
    for (const relationship of [...manyToOne, ...oneToMany])
      if (!found.has(relationship.schemaName)) found.set(relationship.schemaName, relationship);
  }
  return [...found.values()];
}

function named(shapes: readonly Shape[], key: string): Shape {
  const parts = keyParts(key);
  const name = keyText(parts.get("SchemaName") ?? "");
  const id = keyText(parts.get("MetadataId") ?? parts.get("") ?? "").toLowerCase();
  const shape = shapes.find(
    (candidate) => candidate["SchemaName"] === name || candidate["MetadataId"] === id,
  );
  if (shape !== undefined) return shape;
  throw new ApiError(404, "0x80040217", `Could not find a relationship with SchemaName = ${name || id}.`);
}
