import { encode, onWire } from "./codec.ts";
import { mappedLookup, mappedValues } from "./entity-maps.ts";
import { invalidArgument } from "./errors.ts";
import { parameter } from "./functions.ts";
import type { Answer } from "./message.ts";
import { jsonAnswer } from "./message.ts";
import { navigationsOf } from "./navigation.ts";
import { readable } from "./record-read.ts";
import type { Lookup, WireValue } from "./record.ts";
import { resolveReference } from "./reference.ts";
import type { Attribute, Entity } from "./schema.ts";
import type { WebCall } from "./web-call.ts";

/**
 * Answers `InitializeFrom(EntityMoniker=@p1,TargetEntityName=@p2,TargetFieldType=@p3)`: the body with which a record can
 * be created that takes after another one. Nothing is created.
 */
export function initializeFrom(call: WebCall, key: string): Answer {
  const { organization } = call;
  const moniker = /['"]@odata\.id['"]\s*:\s*['"]([^'"]+)['"]/.exec(
    parameter(call, key, "EntityMoniker") ?? "",
  );
  const target = (parameter(call, key, "TargetEntityName") ?? "").replaceAll(/['"]/g, "");
  const entity = organization.entity(target);
  if (moniker === null || entity === undefined)
    throw invalidArgument("EntityMoniker and TargetEntityName name a record and an entity.");
  const source = resolveReference(call, moniker[1] ?? "");
  const lookup = mappedLookup({ source: source.entity, target });
  if (lookup === undefined) throw invalidArgument(`There is no map from '${source.entity}' to '${target}'.`);
  const table = organization.table(source.entity);
  const record = table.record(readable(call, table, source.id));
  const values = mappedValues(organization, { source: source.entity, target }, record);
  const wanted = fieldType(call, key);
  const members = Object.entries({ [lookup]: source, ...values }).flatMap(([name, value]) => {
    const attribute = entity.attributes.get(name);
    return attribute !== undefined && wanted(attribute) ? member(call, entity, attribute, value) : [];
  });
  const context = `${call.api}/$metadata#${entity.entitySetName}/$entity`;
  const head = `{"@odata.context":"${context}","@odata.type":"#Microsoft.Dynamics.CRM.${target}"`;
  return jsonAnswer(`${[head, ...members].join(",")}}`);
}

const FIELD_TYPES: Readonly<Record<string, (attribute: Attribute) => boolean>> = {
  All: () => true,
  ValidForCreate: ({ isValidForCreate }) => isValidForCreate,
  ValidForUpdate: ({ isValidForUpdate }) => isValidForUpdate,
  ValidForRead: ({ isValidForRead }) => isValidForRead,
};

/** Which columns are asked for: `Microsoft.Dynamics.CRM.TargetFieldType'ValidForCreate'`. */
function fieldType(call: WebCall, key: string): (attribute: Attribute) => boolean {
  const name = /(\w+)'?$/.exec(parameter(call, key, "TargetFieldType") ?? "")?.[1] ?? "";
  const wanted = Object.hasOwn(FIELD_TYPES, name) ? FIELD_TYPES[name] : undefined;
  if (wanted === undefined) throw invalidArgument(`'${name}' is no TargetFieldType.`);
  return wanted;
}

function member(call: WebCall, entity: Entity, attribute: Attribute, value: WireValue): string[] {
  const stored = encode(attribute, value);
  if (stored === undefined) return [];
  if (attribute.kind !== "lookup") return [`"${attribute.logicalName}":${onWire(attribute, stored)}`];
  const { entity: target, id } = value as Lookup;
  const navigation = navigationsOf(entity).find(
    (candidate) => candidate.attribute === attribute.logicalName && candidate.target === target,
  );
  const set = call.organization.entity(target)?.entitySetName;
  return navigation === undefined || set === undefined
    ? []
    : [`"${navigation.name}@odata.bind":"${set}(${id})"`];
}
