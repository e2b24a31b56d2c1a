/**
 * Which field of which entity lives in which column, compiled into a function from a record to a row.
 */
import type { Cell, CellReader, ColumnType } from "./cell.ts";
import { cellReader, columnTypeOf } from "./cell.ts";
import type { SourceRecord } from "./change.ts";
import { SyncError } from "./errors.ts";
import type { FilterCondition } from "./filter-expression.ts";
import type { Attribute, Currency, Entity } from "./organization.ts";
import type { FieldPolicy, FieldRule, Winner } from "./policy.ts";
import { defaultWinner, isOptOut } from "./policy.ts";
import type { ReadCondition, Standing } from "./standing.ts";
import { standingReader } from "./standing.ts";
import { NATIVE_FILTER } from "./sync-filter.ts";

/** `pull`: Dynamics to marketing only. `push`: marketing to Dynamics only. `both`: two-way. */
export type Direction = "pull" | "push" | "both";

export interface FieldMapping {
  /** Attribute in Dynamics (logical name). */
  readonly attribute: string;
  /** Column in the marketing table. */
  readonly column: string;
  /** For lookups of several target types: the column that holds the target's entity name. */
  readonly typeColumn?: string;
  readonly direction: Direction;
  readonly enabled: boolean;
  /** True while a backfill still has to bring the values of records that were read before it was switched on. */
  readonly unfilled?: boolean;
  /** The column it would have by default, where people chose another. */
  readonly insteadOf?: string;
  /** True where its values are kept as text, whatever their type. */
  readonly asText?: true;
  /** Why the field is set aside although it is switched on; absent while it flows. */
  readonly setAside?: string;
  /** True while Dynamics, which describes the field, has refused to be asked for it, and is not asked again yet. */
  readonly refused?: boolean;
  /** Who wins a conflict over this field; absent where the entity's rule holds. */
  readonly winner?: Winner;
  readonly rule?: FieldRule;
}

export interface EntityMapping {
  readonly entity: string;
  readonly table: string;
  /** Value of `crm_type` where the table holds several entities (`people`). */
  readonly crmType?: "lead" | "contact";
  /** Who wins a conflict; absent where the default of the entity holds. */
  readonly winner?: Winner;
  readonly fields: readonly FieldMapping[];
}

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** What the field never lets happen to the column's values. */
  readonly rule?: FieldRule;
  /** Column of the reference whose target's entity this one names: together they are one value. */
  readonly typeOf?: string;
}

/** One record on its way into the marketing table. */
export interface Row {
  readonly id: string;
  readonly version: string;
  /** In the order of `Projection.columns`. */
  readonly cells: readonly Cell[];
  /** The same cells as `cellsWriter` of `row-text.ts` writes them, in UTF-8, where the source has written them already. */
  readonly text?: Uint8Array;
}

/** A compiled entity mapping. */
export interface Projection {
  readonly columns: readonly Column[];
  /** Policies of the columns whose edits travel to Dynamics; the others follow Dynamics. */
  readonly policies: ReadonlyMap<string, FieldPolicy>;
  /** Attributes to ask the source for: those of the columns, and those that a record's standing is read from. */
  readonly attributes: readonly string[];
  /** What this was compiled from. */
  readonly reading: Reading;
  /** Pure. @throws UnstorableValue when a value cannot be kept. */
  readonly row: (record: SourceRecord) => Row;
  /** Whose person a record says it is. Pure. */
  readonly standing: (record: SourceRecord) => Standing;
}

/** Name of the column that holds the ISO code of a record's currency, on every table with money columns. */
export const CURRENCY_COLUMN = "currency";
const CURRENCY_ATTRIBUTE = "transactioncurrencyid";

interface ProjectedColumn extends Column {
  readonly property: string;
  readonly read: CellReader;
}

/** How records are read, as plain values: another thread can compile the same projection from it. */
export interface Reading {
  readonly mapping: EntityMapping;
  readonly input: ProjectionInput;
}

/** What to compile a mapping against. */
export interface ProjectionInput {
  readonly entity: Entity;
  readonly currencies: readonly Currency[];
  /** The backfill reads all fields; what follows changes reads those that are filled. */
  readonly lane: "live" | "backfill";
  /** Logical name of the sync filter's column; that of the native sync where it is absent. */
  readonly filterColumn?: string;
  /** Attributes to write; the others are read only as far as a record's standing depends on them. Absent: all. */
  readonly only?: ReadonlySet<string>;
  /** Further conditions that a record has to meet to take part. */
  readonly conditions?: readonly FilterCondition[];
}

/**
 * Compiles the enabled, readable fields of a mapping against the entity's description. Fields whose attribute the
 * entity does not have are left out: the engine has set them aside.
 */
export function project(mapping: EntityMapping, input: ProjectionInput): Projection {
  const { entity, currencies, lane, filterColumn = NATIVE_FILTER.column, conditions = [] } = input;
  const attributes = new Map(entity.attributes.map((attribute) => [attribute.name, attribute]));
  const columns: ProjectedColumn[] = [];
  const policies = new Map<string, FieldPolicy>();
  const readable = new Set<string>();
  const asked = new Set<string>();
  for (const field of mapping.fields) {
    const attribute = attributes.get(field.attribute);
    if (attribute === undefined || !pulls(field, attribute)) continue;
    if (field.unfilled === true && lane === "live") continue;
    readable.add(attribute.name);
    if (input.only?.has(attribute.name) === false) continue;
    const projected = columnsOf(field, attribute, currencies);
    columns.push(...projected);
    asked.add(attribute.name);
    if (!pushes(field, attribute)) continue;
    for (const { name } of projected) policies.set(name, policyOf(mapping, field));
  }
  const cells = columns.map(({ property, read }) => ({ property, read }));
  const rowOf = ({ id, version, fields }: SourceRecord): Row => {
    return { id, version, cells: cells.map(({ property, read }) => read(fields[property])) };
  };
  const known = readConditions(mapping, conditions, { asked: readable, attributes });
  const standing = standingReader(entity, filterColumn, known);
  return {
    columns: columns.map(({ property: _property, read: _read, ...column }) => column),
    policies,
    attributes: [
      ...new Set([...asked, ...standing.attributes, ...known.map(({ attribute }) => attribute.name)]),
    ],
    reading: { mapping, input },
    standing: (record) => record.made?.standing ?? standing.read(record),
    row: (record) => record.made?.row() ?? rowOf(record),
  };
}

/**
 * Conditions with their attributes. Of a field that is being filled nothing is known yet: its conditions wait.
 * @throws SyncError `configuration_invalid` when one is about a field that is not read
 */
function readConditions(
  { entity, fields }: EntityMapping,
  conditions: readonly FilterCondition[],
  read: { readonly asked: ReadonlySet<string>; readonly attributes: ReadonlyMap<string, Attribute> },
): readonly ReadCondition[] {
  return conditions.flatMap((condition) => {
    const attribute = read.attributes.get(condition.attribute);
    if (attribute !== undefined && read.asked.has(attribute.name)) return [{ condition, attribute }];
    const filling = fields.some(({ attribute: name, enabled, unfilled }) => {
      return name === condition.attribute && enabled && unfilled === true;
    });
    if (filling) return [];
    throw new SyncError(
      "configuration_invalid",
      `TANDEM_FILTER: the field ${condition.attribute} of ${entity} is not read; switch it on first (tandem fields ${entity} --on ${condition.attribute}).`,
    );
  });
}

/** True when the field's values travel from Dynamics to marketing. */
export function pulls(field: FieldMapping, attribute: Attribute): boolean {
  return field.enabled && field.setAside === undefined && field.direction !== "push" && attribute.readable;
}

/** True when edits of the field's column travel from marketing to Dynamics. */
export function pushes(field: FieldMapping, attribute: Attribute): boolean {
  if (field.asText === true) return false;
  return field.enabled && field.setAside === undefined && field.direction !== "pull" && attribute.updatable;
}

/** How a field is merged: its own rule, else that of the entity, else the default of the native sync. */
export function policyOf(
  mapping: Pick<EntityMapping, "entity" | "winner">,
  field: FieldMapping,
): FieldPolicy {
  return {
    winner: field.winner ?? mapping.winner ?? defaultWinner(mapping.entity),
    rule: field.rule ?? null,
    optOut: isOptOut(field.attribute),
  };
}

/** The columns a field needs, with their types: one, or two for a lookup of several target types. */
export function columnsFor(field: FieldMapping, attribute: Attribute): readonly Column[] {
  if (isCurrency(field)) return [{ name: field.column, type: "text" }];
  const value = {
    name: field.column,
    type: field.asText === true ? ("text" as const) : columnTypeOf(attribute),
  };
  return field.typeColumn === undefined ? [value] : [value, typeColumn(field.typeColumn, field.column)];
}

function typeColumn(name: string, typeOf: string): Column {
  return { name, type: "text", typeOf };
}

function columnsOf(
  field: FieldMapping,
  attribute: Attribute,
  currencies: readonly Currency[],
): ProjectedColumn[] {
  const { property } = attribute;
  const rule = field.rule === undefined ? {} : { rule: field.rule };
  if (isCurrency(field)) {
    return [{ name: field.column, type: "text", ...rule, property, read: currencyReader(currencies) }];
  }
  const { asText = false } = field;
  const type = asText ? ("text" as const) : columnTypeOf(attribute);
  const cell = cellReader(attribute);
  const value = { name: field.column, type, ...rule, property, read: asText ? textReader(cell) : cell };
  if (field.typeColumn === undefined) return [value];
  const read: CellReader = (name) => (typeof name === "string" ? name : null);
  const typeProperty = `${property}@Microsoft.Dynamics.CRM.lookuplogicalname`;
  return [value, { ...typeColumn(field.typeColumn, field.column), ...rule, property: typeProperty, read }];
}

/** Lists of choices become one text. */
function textReader(read: CellReader): CellReader {
  return (value) => {
    const cell = read(value);
    return typeof cell === "string" || cell === null ? cell : cell.join("; ");
  };
}

function isCurrency(field: FieldMapping): boolean {
  return field.column === CURRENCY_COLUMN && field.attribute === CURRENCY_ATTRIBUTE;
}

/** The ISO code says what a number means; an unknown currency keeps its id rather than nothing. */
function currencyReader(currencies: readonly Currency[]): CellReader {
  const codes = new Map(currencies.map(({ id, code }) => [id, code]));
  return (id) => (typeof id === "string" ? (codes.get(id) ?? id) : null);
}
