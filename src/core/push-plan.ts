/**
 * Decides how a pending change travels to Dynamics. Pure: the same change gives the same plan.
 */
import { sameCell } from "./canonical-cell.ts";
import type { Cell } from "./cell.ts";
import type { Column, EntityMapping, FieldMapping } from "./mapping.ts";
import { columnsFor, policyOf, pushes } from "./mapping.ts";
import type { MergeField } from "./merge.ts";
import { mergeRecord } from "./merge.ts";
import type { Attribute, Entity } from "./organization.ts";
import { outValue } from "./out-value.ts";
import type { Cells } from "./pending.ts";
import type { FieldPolicy } from "./policy.ts";
import type { DueChange } from "./push-port.ts";
import type { OutValue, Write } from "./sink-port.ts";

/** A field whose edits travel to Dynamics. */
export interface PushField {
  readonly attribute: Attribute;
  readonly policy: FieldPolicy;
  readonly column: string;
  /** Column that names the entity a reference of several target types leads to. */
  readonly typeColumn: string | null;
  /** One, or two with the type's. */
  readonly columns: readonly Column[];
}

/** The fields of a mapping that travel to Dynamics now; those that are off or set aside wait. */
export function pushFields(mapping: EntityMapping, entity: Entity): readonly PushField[] {
  const attributes = new Map(entity.attributes.map((attribute) => [attribute.name, attribute]));
  return mapping.fields.flatMap((field) => {
    const attribute = attributes.get(field.attribute);
    if (attribute === undefined || !pushes(field, attribute)) return [];
    return [pushField(mapping, field, attribute)];
  });
}

/**
 * The same without those that a backfill still fills: nobody knows yet what Dynamics has in them, so that an edit would
 * overwrite it unseen.
 */
export function filledFields(mapping: EntityMapping, entity: Entity): readonly PushField[] {
  return pushFields(
    { ...mapping, fields: mapping.fields.filter(({ unfilled }) => unfilled !== true) },
    entity,
  );
}

function pushField(mapping: EntityMapping, field: FieldMapping, attribute: Attribute): PushField {
  return {
    attribute,
    policy: policyOf(mapping, field),
    column: field.column,
    typeColumn: field.typeColumn ?? null,
    columns: columnsFor(field, attribute),
  };
}

/**
 * - `write`: these values go, and nothing else of the record; `sent` has them by column.
 * - `over`: nothing has to be written.
 * - `refused`: a value does not fit its field, so the record is not sent.
 * - `meet`: a rule changes the row in marketing; the record is read and merged instead.
 */
export type PushPlan =
  | (Over & { readonly kind: "write"; readonly write: Write; readonly sent: Cells })
  | (Over & { readonly kind: "over" })
  | { readonly kind: "refused"; readonly field: string; readonly detail: string; readonly sent: Cells }
  | { readonly kind: "meet" };

/** Columns that are no longer pending without having been written, and those of them that stay different. */
interface Over {
  readonly over: readonly string[];
  readonly keptApart: readonly string[];
}

export interface PushRules {
  /** Entity (logical name). */
  readonly entity: string;
  readonly fields: readonly PushField[];
  /** Write only what still has the version that was applied last. */
  readonly guarded: boolean;
}

/** Plans one change: it is merged with the record as both sides last agreed on it, and what stays pending is sent. */
export function planPush(change: DueChange, { entity, fields, guarded }: PushRules): PushPlan {
  const merged = mergeRecord(
    fields.flatMap((field) => mergeFields(field, change)),
    entity,
  );
  if (merged.take.size > 0) return { kind: "meet" };
  const stays = fields.filter(({ columns }) => columns.some(({ name }) => merged.pending.has(name)));
  const sent = new Map([...merged.pending.keys()].map((column) => [column, cell(change.now, column)]));
  const values: OutValue[] = [];
  for (const field of stays) {
    const value = outOf(field, change);
    if ("refusal" in value) return { kind: "refused", field: field.column, detail: value.refusal, sent };
    values.push(value);
  }
  const { settled: over, keptApart } = merged;
  if (values.length === 0) return { kind: "over", over, keptApart };
  const guard = guarded ? change.version : null;
  return {
    kind: "write",
    write: { kind: "update", id: change.crmId, guard, values },
    sent,
    over,
    keptApart,
  };
}

function mergeFields({ columns, policy }: PushField, { agreed, now }: DueChange): MergeField[] {
  return columns.flatMap(({ name, type }) => {
    const before = agreed.get(name);
    if (before === undefined) return [];
    const marketing = cell(now, name);
    return [{ column: name, type, policy, crm: before, marketing, pending: { agreed: before } }];
  });
}

function outOf(
  { attribute, column, typeColumn }: PushField,
  { now }: DueChange,
): ReturnType<typeof outValue> {
  const target = typeColumn === null ? null : now.get(typeColumn);
  return outValue(attribute, cell(now, column), typeof target === "string" ? target : undefined);
}

/** All columns of the fields, each once. */
export function pushColumns(fields: readonly PushField[]): readonly Column[] {
  const columns = fields.flatMap((field) => field.columns);
  return [...new Map(columns.map((column) => [column.name, column])).values()];
}

/**
 * True when what was sent is what the record holds. Fields that are never read cannot be compared; a record is written
 * whole or not at all, so that one field speaks for all.
 */
export function hasArrived(sent: Cells, record: Cells, columns: readonly Column[]): boolean {
  const told = columns.filter(({ name }) => sent.has(name) && record.has(name));
  return (
    told.length > 0 && told.every(({ name, type }) => sameCell(type, cell(sent, name), cell(record, name)))
  );
}

function cell(cells: Cells, column: string): Cell {
  return cells.get(column) ?? null;
}
