/**
 * Decides what a person of marketing becomes in Dynamics: the values of a new record. Pure.
 */
import { isBlank } from "./canonical-cell.ts";
import type { Cell } from "./cell.ts";
import type { EntityMapping, FieldMapping } from "./mapping.ts";
import { columnsFor, policyOf } from "./mapping.ts";
import type { Attribute, Entity } from "./organization.ts";
import { outValue } from "./out-value.ts";
import type { Cells } from "./pending.ts";
import type { PushField } from "./push-plan.ts";
import type { Owner } from "./request-port.ts";
import type { OutValue, Write } from "./sink-port.ts";
import { filterAttribute } from "./sync-filter.ts";

/** How records of one entity are made. */
export interface CreationRules {
  /** Fields whose values travel with a creation, each attribute once for each of its columns. */
  readonly fields: readonly PushField[];
  /** The attribute that says who owns a record; absent where nobody can be named. */
  readonly owner?: Attribute;
  /** The column of the sync filter; absent where the entity has none that can be set. */
  readonly filter?: Attribute;
  /** Attributes that only the forms of Dynamics insist on, so that a record is made without them. */
  readonly optional: ReadonlySet<string>;
}

/** What to make. */
export interface CreationWish {
  /** Id of the record, chosen and stored before. */
  readonly id: string;
  /** Values of the person by column. */
  readonly now: Cells;
  /** Who shall own the record; null leaves it to Dynamics. */
  readonly owner: Owner | null;
}

/**
 * - `create`: the write, and by column what it sends. - `refused`: a value does not fit, or one is missing that Dynamics
 * requires; nothing is sent, and nothing is invented.
 */
export type CreationPlan =
  | { readonly kind: "create"; readonly write: Write; readonly sent: Cells }
  | { readonly kind: "refused"; readonly field: string; readonly detail: string };

/** What creations of every entity have in common. */
export interface CreationTerms {
  readonly optional: ReadonlySet<string>;
  /** Logical name of the sync filter's column. */
  readonly filterColumn: string;
}

/** The rules of an entity. Fields that are off or set aside, or only come from Dynamics, do not travel. */
export function creationRules(
  mapping: EntityMapping,
  entity: Pick<Entity, "attributes">,
  { optional, filterColumn }: CreationTerms,
): CreationRules {
  const byName = new Map(entity.attributes.map((attribute) => [attribute.name, attribute]));
  const fields = mapping.fields.flatMap((field) => {
    const attribute = byName.get(field.attribute);
    if (attribute === undefined || !creates(field, attribute)) return [];
    return [creationField(mapping, field, attribute)];
  });
  const owner = byName.get("ownerid");
  const filter = filterAttribute(entity, filterColumn);
  return {
    fields,
    optional,
    ...(owner?.creatable === true ? { owner } : {}),
    ...(filter?.creatable === true ? { filter } : {}),
  };
}

function creates(field: FieldMapping, attribute: Attribute): boolean {
  return field.enabled && field.setAside === undefined && field.direction !== "pull" && attribute.creatable;
}

function creationField(mapping: EntityMapping, field: FieldMapping, attribute: Attribute): PushField {
  return {
    attribute,
    policy: policyOf(mapping, field),
    column: field.column,
    typeColumn: field.typeColumn ?? null,
    columns: columnsFor(field, attribute),
  };
}

/** Plans one creation: everything the person has, and nothing else; what is blank is Dynamics' own default. */
export function planCreation({ id, now, owner }: CreationWish, rules: CreationRules): CreationPlan {
  const sent = new Map<string, Cell>();
  const values: OutValue[] = [];
  for (const field of travelling(now, rules)) {
    const value = outOf(field, now);
    if ("refusal" in value) return { kind: "refused", field: field.column, detail: value.refusal };
    values.push(value);
    for (const { name } of field.columns) sent.set(name, now.get(name) ?? null);
  }
  for (const [attribute, cell, target] of besides(owner, rules)) {
    const value = outValue(attribute, cell, target, "create");
    if ("refusal" in value) return { kind: "refused", field: attribute.name, detail: value.refusal };
    if (!values.some((known) => isSame(known, value))) values.push(value);
  }
  return { kind: "create", write: { kind: "create", id, guard: null, values }, sent };
}

/**
 * What is sent without being the person's: the owner, and that the record takes part in the sync. Whoever was asked for
 * shall not be left out because the organization leaves out new records by default.
 */
function besides(
  owner: Owner | null,
  rules: CreationRules,
): readonly (readonly [attribute: Attribute, cell: string, target?: string])[] {
  const { owner: owned, filter } = rules;
  return [
    ...(owner === null || owned === undefined ? [] : [[owned, owner.id, owner.entity] as const]),
    ...(filter === undefined ? [] : [[filter, "true"] as const]),
  ];
}

/** True for two values of one attribute. */
function isSame(one: OutValue, other: OutValue): boolean {
  return one.kind === "value" && other.kind === "value" && one.property === other.property;
}

/** Fields with a value, or that must have one; an attribute in several columns goes with the first of them. */
function travelling(now: Cells, { fields, optional }: CreationRules): readonly PushField[] {
  const filled = fields.filter(
    ({ attribute, column }) => !isBlank(now.get(column) ?? null) || isDemanded(attribute, optional),
  );
  return [
    ...new Map(filled.toReversed().map((field) => [field.attribute.name, field])).values(),
  ].toReversed();
}

function outOf({ attribute, column, typeColumn }: PushField, now: Cells): ReturnType<typeof outValue> {
  const target = typeColumn === null ? null : now.get(typeColumn);
  const said = typeof target === "string" ? target : undefined;
  return outValue(attribute, now.get(column) ?? null, said, "create");
}

/** True for what Dynamics asks of people; what the service itself fills in is never asked of them. */
function isDemanded({ name, required }: Attribute, optional: ReadonlySet<string>): boolean {
  return required === "ApplicationRequired" && !optional.has(name);
}
