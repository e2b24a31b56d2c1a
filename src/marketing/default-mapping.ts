/**
 * The mapping an entity gets when it is connected: the default pairs of `default-mapping.json`, switched on, and
 * every other readable attribute, listed and switched off.
 */
import { columnTypeOf } from "../core/cell.ts";
import type { ColumnType } from "../core/cell.ts";
import type { Direction, EntityMapping, FieldMapping } from "../core/mapping.ts";
import { CURRENCY_COLUMN, columnsFor } from "../core/mapping.ts";
import { fittingName, lookupColumn, typeColumnOf } from "../core/naming.ts";
import type { Attribute, Entity } from "../core/organization.ts";
import pairs from "./default-mapping.json" with { type: "json" };

/** Entities that are connected unless the configuration says otherwise, referenced ones first. */
export const DEFAULT_ENTITIES = [
  "systemuser",
  "team",
  "teammembership",
  "account",
  "contact",
  "lead",
  "opportunity",
  "connectionrole",
  "connection",
] as const;

/** Columns one marketing table has from other entities: what they hold, and as which type. */
export type TakenColumns = ReadonlyMap<string, { readonly attribute: string; readonly type: ColumnType }>;

/** A default pair as the file has it. */
interface DefaultPair {
  readonly column: string;
  readonly attribute: string;
  readonly direction: string;
  readonly targets?: readonly string[];
}

interface Place {
  readonly table: string;
  readonly crmType?: "lead" | "contact";
  readonly pairs: readonly DefaultPair[];
}

/**
 * The mapping of an entity. Fields of `known` keep their column, direction and switch; what is new in Dynamics joins
 * switched off (on for a custom entity, whose table is its own); what disappeared is set aside.
 * @param taken columns the table has from other entities; the same attribute of the same type shares its column
 */
export function mappingFor(entity: Entity, taken: TakenColumns, known?: EntityMapping): EntityMapping {
  const place = placeOf(entity.name);
  const attributes = new Map(entity.attributes.map((attribute) => [attribute.name, attribute]));
  const kept = (known?.fields ?? []).map((field) => present(field, attributes));
  const paired = place.pairs.flatMap((pair) => defaultField(pair, attributes.get(pair.attribute)));
  const fields = [...kept, ...paired.filter((field) => !kept.some((other) => isSame(field, other)))];
  const mapped = new Set(fields.map(({ attribute }) => attribute));
  const further = entity.attributes.filter(
    ({ name, readable }) => readable && name !== entity.primaryId && !mapped.has(name),
  );
  const names = new ColumnNames(entity.name, taken, fields);
  const enabled = place.pairs.length === 0;
  fields.push(...further.map((attribute) => ({ ...names.fieldFor(attribute), enabled })));
  const placed = withCurrency(fields, attributes).map((field) => unlessTaken(field, attributes, taken));
  const winner = known?.winner === undefined ? {} : { winner: known.winner };
  const mapping = { entity: entity.name, table: known?.table ?? place.table, ...winner, fields: placed };
  return place.crmType === undefined ? mapping : { ...mapping, crmType: place.crmType };
}

/** Finds free column names within one entity, beside what the table has from others. */
class ColumnNames {
  readonly #entity: string;
  readonly #taken: TakenColumns;
  readonly #used: Set<string>;

  constructor(entity: string, taken: TakenColumns, fields: readonly FieldMapping[]) {
    this.#entity = entity;
    this.#taken = taken;
    const used = fields.flatMap(({ column, typeColumn }) => [column, typeColumn ?? column]);
    this.#used = new Set([CURRENCY_COLUMN, ...used]);
  }

  fieldFor(attribute: Attribute): Omit<FieldMapping, "enabled"> {
    const lookup = attribute.targets !== undefined;
    const wanted = lookup ? lookupColumn(attribute.name) : attribute.name;
    const column = this.#claim(wanted, attribute.name, columnTypeOf(attribute));
    const field = { attribute: attribute.name, column, direction: "pull" } as const;
    // The ids of pairs come without the name of what they are ids of.
    if ((attribute.targets?.length ?? 0) < 2 || attribute.type === "Uniqueidentifier") return field;
    return { ...field, typeColumn: this.#claim(typeColumnOf(column), attribute.name, "text") };
  }

  #claim(wanted: string, attribute: string, type: ColumnType): string {
    const other = this.#taken.get(wanted);
    const shared = other?.attribute === attribute && other.type === type && !this.#used.has(wanted);
    const name = shared
      ? wanted
      : fittingName(wanted, this.#entity, new Set([...this.#used, ...this.#taken.keys()]));
    this.#used.add(name);
    return name;
  }
}

/** Where an entity lives: its default table, or one of its own. */
function placeOf(entity: string): Place {
  for (const [table, entities] of Object.entries<Record<string, readonly DefaultPair[]>>(pairs.tables)) {
    const found = entities[entity];
    if (found === undefined) continue;
    const crmType =
      table === "people" && (entity === "lead" || entity === "contact") ? { crmType: entity } : {};
    return { table, pairs: found, ...(crmType as { crmType?: "lead" | "contact" }) };
  }
  const table = `custom_${entity}`;
  return { table: fittingName(table, "entity", new Set(OF_VIEW.test(table) ? [table] : [])), pairs: [] };
}

/** How the names of views end that stand beside tables: the table of `new_room_people` must not be called as one. */
const OF_VIEW = /_(?:people|view)$/;

/** None where the organization does not have the attribute. */
function defaultField(pair: DefaultPair, attribute: Attribute | undefined): readonly FieldMapping[] {
  if (attribute === undefined) return [];
  const several = (attribute.targets?.length ?? 0) > 1;
  const field: FieldMapping = {
    attribute: pair.attribute,
    column: pair.column,
    direction: directionOf(pair.direction),
    enabled: true,
  };
  return [several ? { ...field, typeColumn: typeColumnOf(pair.column) } : field];
}

function isSame(field: FieldMapping, other: FieldMapping): boolean {
  if (field.attribute !== other.attribute) return false;
  return field.column === other.column || field.column === other.insteadOf;
}

/** Money without its currency is only a number: tables with money columns carry the ISO code. */
function withCurrency(
  fields: readonly FieldMapping[],
  attributes: ReadonlyMap<string, Attribute>,
): readonly FieldMapping[] {
  const hasMoney = fields.some((field) => field.enabled && attributes.get(field.attribute)?.type === "Money");
  const known = fields.some(({ column, insteadOf }) => (insteadOf ?? column) === CURRENCY_COLUMN);
  if (!hasMoney || known || !attributes.has("transactioncurrencyid")) return fields;
  return [
    ...fields,
    { attribute: "transactioncurrencyid", column: CURRENCY_COLUMN, direction: "pull", enabled: true },
  ];
}

/** Two entities share a column only as long as they agree on its type; the later one is set aside with the reason. */
function unlessTaken(
  field: FieldMapping,
  attributes: ReadonlyMap<string, Attribute>,
  taken: TakenColumns,
): FieldMapping {
  const attribute = attributes.get(field.attribute);
  const other = taken.get(field.column);
  if (attribute === undefined || other === undefined || field.setAside !== undefined) return field;
  const [column] = columnsFor(field, attribute);
  if (column === undefined || column.type === other.type) return field;
  const setAside = `The column ${field.column} holds ${other.type} of another entity, not ${column.type}.`;
  return { ...field, setAside };
}

/**
 * A field whose attribute is gone is set aside; one whose attribute has come back flows again. One that Dynamics
 * describes, but has refused to be asked for, stays aside until it is tried again.
 */
function present(field: FieldMapping, attributes: ReadonlyMap<string, Attribute>): FieldMapping {
  const { setAside: aside, refused, ...flowing } = field;
  const attribute = attributes.get(field.attribute);
  if (attribute === undefined) {
    return { ...flowing, setAside: `Dynamics no longer has the column ${field.attribute}.` };
  }
  if (!attribute.readable)
    return { ...flowing, setAside: `Dynamics does not let ${field.attribute} be read.` };
  return refused === true && aside !== undefined ? { ...flowing, setAside: aside, refused } : flowing;
}

function directionOf(text: string): Direction {
  return text === "push" || text === "both" ? text : "pull";
}
