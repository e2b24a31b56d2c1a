/**
 * Custom entities around people, as an organization that holds events has them: registrations of contacts and leads for
 * sessions in rooms, dishes of orders of bookings, topics that contacts follow (N:N).
 */
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import { column, lookup, text } from "../../emulators/dataverse/demo/definitions.ts";
import type {
  AttributeFile,
  EntityFile,
  ManyToMany,
  Relationship,
} from "../../emulators/dataverse/schema.ts";

/** Name of the relation between contacts and topics, and of the entity that holds its pairs. */
export const FOLLOWED_TOPICS = "new_Contact_Topic";
export const FOLLOWED_TOPICS_TABLE = "new_contact_topic";

interface Sketch {
  readonly name: string;
  readonly label: string;
  /** Entity by lookup. */
  readonly refersTo?: Readonly<Record<string, string>>;
  readonly manyToMany?: readonly ManyToMany[];
  readonly facts?: Partial<EntityFile>;
}

const TOPICS: ManyToMany = {
  schemaName: FOLLOWED_TOPICS,
  entity1LogicalName: "contact",
  entity1IntersectAttribute: "contactid",
  entity1NavigationPropertyName: "new_topics",
  entity2LogicalName: "new_topic",
  entity2IntersectAttribute: "new_topicid",
  entity2NavigationPropertyName: "new_contacts",
  intersectEntityName: FOLLOWED_TOPICS_TABLE,
};

const SKETCHES: readonly Sketch[] = [
  { name: "new_room", label: "Room" },
  { name: "new_session", label: "Session", refersTo: { new_roomid: "new_room" } },
  {
    name: "new_registration",
    label: "Registration",
    refersTo: { new_sessionid: "new_session", new_contactid: "contact", new_leadid: "lead" },
  },
  { name: "new_booking", label: "Booking", refersTo: { new_accountid: "account" } },
  { name: "new_order", label: "Order", refersTo: { new_bookingid: "new_booking" } },
  { name: "new_dish", label: "Dish", refersTo: { new_orderid: "new_order" } },
  { name: "new_topic", label: "Topic", manyToMany: [TOPICS] },
  { name: "new_island", label: "Island" },
  {
    name: "new_stages",
    label: "Stages",
    refersTo: { new_contactid: "contact" },
    facts: { isBPFEntity: true },
  },
  { name: "new_secret", label: "Secret", refersTo: { new_contactid: "contact" }, facts: { isPrivate: true } },
];

/** Adds the entities to an organization. */
export function defineEvents({ schema }: Emulator): void {
  for (const [at, sketch] of SKETCHES.entries()) schema.define(fileOf(sketch, 10_500 + at));
}

/** The definition of one of them. */
export function definitionOf(name: string): EntityFile {
  const at = SKETCHES.findIndex((sketch) => sketch.name === name);
  const sketch = SKETCHES[at];
  if (sketch === undefined) throw new Error(`there is no sketch of ${name}`);
  return fileOf(sketch, 10_500 + at);
}

function fileOf(sketch: Sketch, objectTypeCode: number): EntityFile {
  const { name, label, refersTo = {}, manyToMany = [], facts = {} } = sketch;
  const targets = Object.entries(refersTo);
  return {
    logicalName: name,
    schemaName: name,
    entitySetName: `${name}s`,
    objectTypeCode,
    primaryIdAttribute: `${name}id`,
    primaryNameAttribute: "new_name",
    ownershipType: "OrganizationOwned",
    displayName: label,
    changeTrackingEnabled: true,
    isCustomEntity: true,
    attributes: [...ownAttributes(name), ...targets.map(([attribute, to]) => lookup(attribute, to, [to]))],
    manyToOneRelationships: targets.map(([attribute, to]) => relationship(name, attribute, to)),
    manyToManyRelationships: manyToMany,
    ...facts,
  };
}

function ownAttributes(name: string): readonly AttributeFile[] {
  const served = { isValidForCreate: false, isValidForUpdate: false };
  const states = [
    { value: 0, label: "Active", defaultStatus: 1, invariantName: "Active" },
    { value: 1, label: "Inactive", defaultStatus: 2, invariantName: "Inactive" },
  ];
  const reasons = [
    { value: 1, label: "Active", state: 0 },
    { value: 2, label: "Inactive", state: 1 },
  ];
  return [
    column("Uniqueidentifier", `${name}id`, "Id", { isPrimaryId: true, isValidForUpdate: false }),
    { ...text("new_name", "Name", 100), isPrimaryName: true },
    column("State", "statecode", "Status", {
      isValidForCreate: false,
      defaultFormValue: 0,
      optionSet: { name: `${name}_statecode`, isGlobal: false, options: states },
    }),
    column("Status", "statuscode", "Status Reason", {
      defaultFormValue: -1,
      optionSet: { name: `${name}_statuscode`, isGlobal: false, options: reasons },
    }),
    column("DateTime", "createdon", "Created On", { ...served, dateTimeBehavior: "UserLocal" }),
    column("DateTime", "modifiedon", "Modified On", { ...served, dateTimeBehavior: "UserLocal" }),
    column("BigInt", "versionnumber", "Version Number", served),
  ];
}

function relationship(entity: string, attribute: string, to: string): Relationship {
  const schemaName = `${to}_${entity}_${attribute}`;
  return {
    schemaName,
    referencedEntity: to,
    referencedAttribute: `${to}id`,
    referencingEntity: entity,
    referencingAttribute: attribute,
    referencedEntityNavigationPropertyName: schemaName,
    referencingEntityNavigationPropertyName: attribute,
    cascade: { Delete: "RemoveLink" },
  };
}
