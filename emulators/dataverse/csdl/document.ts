import { methodNotAllowed } from "../errors.ts";
import type { Answer } from "../message.ts";
import { wantsAnnotation } from "../message.ts";
import type { Entity } from "../schema.ts";
import type { WebCall } from "../web-call.ts";
import { element } from "../xml.ts";
import { entityType, keyElement, linksOf } from "./entity-type.ts";
import type { Wanted } from "./entity-type.ts";
import { operationElement, operations, operationTypes } from "./operations.ts";

/** Answers `GET $metadata`: types, sets and operations in the Common Schema Definition Language. */
export function metadataDocument(call: WebCall): Answer {
  if (call.request.method !== "GET") throw methodNotAllowed(call.request.method);
  const annotated =
    call.query.options.get("annotations") === "true" ||
    wantsAnnotation(call.prefer.annotations, "Org.OData.Core.V1.Computed");
  const wanted = { organization: call.organization, annotated };
  const entities = [...call.organization.entities()].toSorted(byName);
  const writable = entities.filter(
    ({ logicalName, isIntersect }) => !isIntersect && !call.settings.withoutMultiple.includes(logicalName),
  );
  const content = [
    ...ABSTRACT,
    ...entities.map((entity) => entityType(wanted, entity)),
    ...operationTypes(),
    ...operations(writable).map(operationElement),
    container(wanted, entities),
  ];
  const schema = element("Schema", SCHEMA, content.join(""));
  const body = element("edmx:Edmx", EDMX, REFERENCES + element("edmx:DataServices", {}, schema));
  return {
    status: 200,
    headers: { "Content-Type": "application/xml", "OData-Version": "4.0" },
    body: `<?xml version="1.0" encoding="utf-8"?>${body}`,
  };
}

const EDMX = { Version: "4.0", "xmlns:edmx": "http://docs.oasis-open.org/odata/ns/edmx" };
const SCHEMA = {
  Namespace: "Microsoft.Dynamics.CRM",
  Alias: "mscrm",
  xmlns: "http://docs.oasis-open.org/odata/ns/edm",
};

const REFERENCES = ["Keys", "Display"]
  .map((name) => {
    const namespace = `OData.Community.${name}.V1`;
    const content =
      element("edmx:Include", { Namespace: namespace, Alias: name }) +
      element("edmx:IncludeAnnotations", { TermNamespace: namespace });
    return element("edmx:Reference", { Uri: `http://vocabularies.odata.org/${namespace}.xml` }, content);
  })
  .join("");

/** What every entity inherits from; principals share their key. */
const ABSTRACT = [
  element("EntityType", { Name: "crmbaseentity", Abstract: "true" }),
  element("EntityType", { Name: "expando", BaseType: "mscrm.crmbaseentity", OpenType: "true" }),
  element(
    "EntityType",
    { Name: "principal", BaseType: "mscrm.crmbaseentity" },
    keyElement("ownerid") + element("Property", { Name: "ownerid", Type: "Edm.Guid" }),
  ),
];

function byName(left: Entity, right: Entity): number {
  return left.logicalName < right.logicalName ? -1 : 1;
}

function container(wanted: Wanted, entities: readonly Entity[]): string {
  return element(
    "EntityContainer",
    { Name: "System" },
    entities.map((entity) => entitySet(wanted, entity)).join(""),
  );
}

function entitySet({ organization, annotated }: Wanted, entity: Entity): string {
  const bindings = linksOf(organization, entity).flatMap(({ name, target }) => {
    const set = organization.entity(target)?.entitySetName;
    return set === undefined ? [] : [element("NavigationPropertyBinding", { Path: name, Target: set })];
  });
  return element(
    "EntitySet",
    { Name: entity.entitySetName, EntityType: `Microsoft.Dynamics.CRM.${entity.logicalName}` },
    bindings.join("") + (annotated && entity.changeTrackingEnabled ? CHANGE_TRACKING : ""),
  );
}

const CHANGE_TRACKING = element(
  "Annotation",
  { Term: "Org.OData.Capabilities.V1.ChangeTracking" },
  element("Record", {}, element("PropertyValue", { Property: "Supported", Bool: "true" })),
);
