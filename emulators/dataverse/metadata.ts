import { keyParts, keyText } from "./address.ts";
import type { Segment } from "./address.ts";
import { ApiError, badQuery, methodNotAllowed, segmentNotFound } from "./errors.ts";
import { manyToMany } from "./many-to-many.ts";
import type { Answer } from "./message.ts";
import { jsonAnswer } from "./message.ts";
import { filterShapes, parseExpand, selectShape } from "./metadata-query.ts";
import type { ShapeOptions } from "./metadata-query.ts";
import {
  attributeNavigation,
  attributeShape,
  entityShape,
  keyShape,
  manyToManyShape,
  optionSetShape,
  relationshipShape,
} from "./metadata-shapes.ts";
import type { Shape } from "./metadata-shapes.ts";
import { postDefinition } from "./metadata-writes.ts";
import type { Organization } from "./organization.ts";
import type { Attribute, Entity, ManyToMany, Relationship } from "./schema.ts";
import type { WebCall } from "./web-call.ts";

const NAMESPACE = "Microsoft.Dynamics.CRM.";

/** Answers `EntityDefinitions…`: one response, never paged; or makes a column. */
export function entityDefinitions(call: WebCall, path: readonly Segment[]): Answer {
  const [definitions, ...rest] = path;
  if (call.request.method === "POST" && definitions?.key !== undefined)
    return postDefinition(call, definedEntity(call.organization, definitions.key), rest);
  if (call.request.method !== "GET") throw methodNotAllowed(call.request.method);
  const { options } = call.query;
  if (definitions?.key === undefined) {
    const shapes = [...call.organization.entities()].map((entity) => ({
      entity,
      shape: entityShape(entity),
    }));
    const found = new Set(
      filterShapes(
        shapes.map(({ shape }) => shape),
        options.get("$filter"),
      ),
    );
    const value = shapes
      .filter(({ shape }) => found.has(shape))
      .map(({ entity }) => expandedEntity(call, entity, options));
    return collection(call, "EntityDefinitions", value);
  }
  const entity = definedEntity(call.organization, definitions.key);
  if (rest.length > 0) return part(call, entity, rest);
  const context = `${call.api}/$metadata#EntityDefinitions/$entity`;
  return jsonAnswer(JSON.stringify({ "@odata.context": context, ...expandedEntity(call, entity, options) }));
}

/** Answers `GlobalOptionSetDefinitions…`. */
export function globalOptionSets(call: WebCall, path: readonly Segment[]): Answer {
  const sets = new Map<string, Shape>();
  for (const entity of call.organization.entities()) {
    for (const { optionSet, attributeType } of entity.attributes.values()) {
      if (optionSet?.isGlobal === true) sets.set(optionSet.name, optionSetShape(optionSet, attributeType));
    }
  }
  const key = path[0]?.key;
  if (key === undefined) return collection(call, "GlobalOptionSetDefinitions", [...sets.values()]);
  const name = keyText(keyParts(key).get("Name") ?? "");
  const shape = sets.get(name);
  if (shape === undefined)
    throw new ApiError(404, "0x80040217", `Could not find an optionset with Name = ${name}.`);
  return jsonAnswer(
    JSON.stringify({
      "@odata.context": `${call.api}/$metadata#GlobalOptionSetDefinitions/$entity`,
      ...shape,
    }),
  );
}

function collection(call: WebCall, context: string, value: readonly Shape[]): Answer {
  return jsonAnswer(JSON.stringify({ "@odata.context": `${call.api}/$metadata#${context}`, value }));
}

function definedEntity(organization: Organization, key: string): Entity {
  const parts = keyParts(key);
  const name = keyText(parts.get("LogicalName") ?? "");
  const id = keyText(parts.get("MetadataId") ?? parts.get("") ?? "").toLowerCase();
  for (const entity of organization.entities()) {
    if (entity.logicalName === name || (id !== "" && entityShape(entity)["MetadataId"] === id)) return entity;
  }
  throw new ApiError(
    404,
    "0x80060888",
    `Could not find an entity with LogicalName='${name || id}' (The entity is not found in the MetadataCache).`,
  );
}

function expandedEntity(call: WebCall, entity: Entity, options: ShapeOptions): Shape {
  const shape = selectShape(entityShape(entity), options.get("$select"));
  for (const { name, options: inner } of parseExpand(options.get("$expand"))) {
    shape[name] = members(call, entity, name, inner);
  }
  return shape;
}

/** The collection behind a navigation property of an entity definition. */
function members(call: WebCall, entity: Entity, name: string, options: ShapeOptions): Shape[] {
  if (name === "Attributes") return attributes(entity, [...entity.attributes.values()], options);
  const shapes = relations(call.organization, entity, name);
  if (shapes === undefined)
    throw badQuery(
      `Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.EntityMetadata'.`,
    );
  return filterShapes(shapes, options.get("$filter")).map((shape) =>
    selectShape(shape, options.get("$select")),
  );
}

function relations(organization: Organization, entity: Entity, name: string): Shape[] | undefined {
  switch (name) {
    case "Keys":
      return entity.keys.map((key) => keyShape(entity, key));
    case "ManyToOneRelationships":
      return entity.manyToOne.map(relationshipShape);
    case "OneToManyRelationships":
      return oneToMany(organization, entity).map(relationshipShape);
    case "ManyToManyRelationships":
      return manyToManyAround(organization, entity).map(manyToManyShape);
    default:
      return undefined;
  }
}

/** From the entity's own file, and from those of the others. */
function manyToManyAround(organization: Organization, { logicalName }: Entity): ManyToMany[] {
  return [...manyToMany(organization).values()].filter(
    ({ entity1LogicalName: first, entity2LogicalName: second }) =>
      first === logicalName || second === logicalName,
  );
}

/** From the entity's own file, and from the other side where that names more. */
function oneToMany(organization: Organization, entity: Entity): Relationship[] {
  const found = new Map(entity.oneToMany.map((relationship) => [relationship.schemaName, relationship]));
  for (const other of organization.entities()) {
    for (const relationship of other.manyToOne) {
      const { schemaName, referencedEntity } = relationship;
      if (referencedEntity === entity.logicalName && !found.has(schemaName))
        found.set(schemaName, relationship);
    }
  }
  return [...found.values()];
}

function attributes(entity: Entity, chosen: readonly Attribute[], options: ShapeOptions): Shape[] {
  const shapes = new Map(chosen.map((attribute) => [attributeShape(entity, attribute), attribute] as const));
  return filterShapes([...shapes.keys()], options.get("$filter")).map((shape) => {
    const attribute = shapes.get(shape);
    return attribute === undefined ? shape : finishedAttribute(shape, attribute, options);
  });
}

function finishedAttribute(shape: Shape, attribute: Attribute, options: ShapeOptions): Shape {
  const finished = selectShape(shape, options.get("$select"));
  const navigation = attributeNavigation(attribute);
  for (const { name, options: inner } of parseExpand(options.get("$expand"))) {
    if (!Object.hasOwn(navigation, name))
      throw badQuery(
        `Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${attribute.metadataType}'.`,
      );
    const target = navigation[name];
    finished[name] =
      target === undefined || target === null ? null : selectShape(target as Shape, inner.get("$select"));
  }
  return finished;
}

/** Everything below one entity definition: attributes with and without cast, keys, relationships. */
function part(call: WebCall, entity: Entity, path: readonly Segment[]): Answer {
  const [first, second, third] = path;
  const name = first?.name ?? "";
  if (name === "Attributes") {
    if (first?.key === undefined) return allAttributes(call, entity, second);
    return oneAttribute(call, entity, { key: first.key, cast: second, navigation: third });
  }
  if (second !== undefined || relations(call.organization, entity, name) === undefined)
    throw segmentNotFound(name);
  return collection(call, contextOf(entity, name), members(call, entity, name, call.query.options));
}

function contextOf(entity: Entity, name: string): string {
  return `EntityDefinitions('${entity.logicalName}')/${name}`;
}

function allAttributes(call: WebCall, entity: Entity, cast: Segment | undefined): Answer {
  const base = contextOf(entity, "Attributes");
  const all = [...entity.attributes.values()];
  if (cast === undefined) return collection(call, base, attributes(entity, all, call.query.options));
  if (!cast.name.startsWith(NAMESPACE)) throw segmentNotFound(cast.name);
  const type = cast.name.slice(NAMESPACE.length);
  const chosen = all.filter((attribute) => isOfType(attribute, type));
  return collection(call, `${base}/${cast.name}`, attributes(entity, chosen, call.query.options));
}

function isOfType(attribute: Attribute, cast: string): boolean {
  if (cast === "EnumAttributeMetadata") throw badQuery("Casting to EnumAttributeMetadata is not supported.");
  return cast === "AttributeMetadata" || attribute.metadataType === cast;
}

interface AttributeAddress {
  readonly key: string;
  readonly cast: Segment | undefined;
  readonly navigation: Segment | undefined;
}

function oneAttribute(call: WebCall, entity: Entity, { key, cast, navigation }: AttributeAddress): Answer {
  const name = keyText(keyParts(key).get("LogicalName") ?? "");
  const attribute = entity.attributes.get(name);
  if (
    attribute === undefined ||
    (cast !== undefined && !isOfType(attribute, cast.name.slice(NAMESPACE.length)))
  ) {
    throw new ApiError(
      404,
      "0x80040217",
      `Could not find an attribute with LogicalName = ${name} on entity ${entity.logicalName}.`,
    );
  }
  const context = `${call.api}/$metadata#EntityDefinitions('${entity.logicalName}')/Attributes`;
  if (navigation !== undefined) {
    const target = attributeNavigation(attribute)[navigation.name];
    if (target === undefined || target === null) throw segmentNotFound(navigation.name);
    return jsonAnswer(
      JSON.stringify({ "@odata.context": `${context}/${navigation.name}/$entity`, ...(target as Shape) }),
    );
  }
  const [shape] = attributes(entity, [attribute], call.query.options);
  return jsonAnswer(JSON.stringify({ "@odata.context": `${context}/$entity`, ...shape }));
}
