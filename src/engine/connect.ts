/**
 * Connecting: read the organization's description, decide where its fields live, make the columns, follow labels
 * that were renamed. Repeating it on an unchanged organization changes nothing.
 */
import { choiceLabels, columnTypeOf } from "../core/cell.ts";
import { SyncError } from "../core/errors.ts";
import { columnsFor, project } from "../core/mapping.ts";
import type { Column, EntityMapping, Projection } from "../core/mapping.ts";
import type { Currency, Entity } from "../core/organization.ts";
import type { OrganizationDescription } from "../core/ports.ts";
import { relabellings } from "../core/relabelling.ts";
import type { Clash, Lane, Lease, StoredChoice, StoredEntity } from "../core/store-port.ts";
import type { SyncFilter } from "../core/sync-filter.ts";
import type { EngineParts, TakenColumn } from "./ports.ts";

/** An entity ready to be read. */
export interface ConnectedEntity {
  readonly description: Entity;
  readonly stored: StoredEntity;
  /** What each lane reads of it. */
  readonly projections: Readonly<Record<Lane, Projection>>;
  readonly terms: ReadingTerms;
}

/** What all entities of a connection are read by. */
export interface ReadingTerms {
  readonly currencies: readonly Currency[];
  readonly filter: SyncFilter;
}

export interface Connected {
  /** Entities that were wanted, those that are missing included. */
  readonly names: readonly string[];
  readonly entities: readonly ConnectedEntity[];
  /** Entities that are missing or forbidden, with the error that says so. */
  readonly missing: readonly SyncError[];
  readonly terms: ReadingTerms;
}

interface ClaimedColumn {
  readonly attribute: string;
  readonly column: Column;
  readonly enabled: boolean;
}

/** Columns by the entity that holds them. */
type Claims = Map<string, { readonly table: string; readonly columns: readonly ClaimedColumn[] }>;

/**
 * Brings stored mappings, tables and labels in line with the organization. Entities that are missing or forbidden
 * are set aside with the reason; the rest is returned.
 * @throws SyncError as `Source.describe`, `fenced`, `database_unreachable`
 */
export async function connectOrganization(
  parts: EngineParts,
  lease: Lease,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Connected> {
  const { source, store } = parts;
  const organization = await source.describe(names, signal);
  const terms = { currencies: organization.currencies, filter: parts.filter };
  await store.confirmOrganization(lease, organization.organizationId);
  await store.letGo(lease, names);
  const known = new Map(
    (await store.entities(lease.connectionId)).map((entity) => [entity.mapping.entity, entity]),
  );
  const claims = claimsOf(known, organization);
  const entities: ConnectedEntity[] = [];
  const missing: SyncError[] = [];
  for (const name of names) {
    const description = organization.entities.get(name);
    const entity =
      description === undefined
        ? missingError(name, organization)
        : await connectEntity(parts, lease, description, { known: known.get(name), claims })
            .then((stored) => connected(description, stored, terms))
            .catch(refusalOf);
    if (!(entity instanceof SyncError)) {
      entities.push(entity);
      continue;
    }
    await setAside(parts, lease, { name, stored: known.get(name), error: entity });
    missing.push(entity);
  }
  const counts = await source.counts(
    entities.map(({ description }) => description.name),
    signal,
  );
  await store.saveCounts(lease, counts);
  return { names, entities, missing, terms };
}

/** What PostgreSQL refuses about one table concerns that entity alone; everything else is thrown on. */
function refusalOf(error: unknown): SyncError {
  if (error instanceof SyncError && error.code === "table_refused") return error;
  throw error;
}

/** An entity ready to be read, with its mapping compiled for both lanes. */
export function connected(description: Entity, stored: StoredEntity, terms: ReadingTerms): ConnectedEntity {
  const { currencies, filter } = terms;
  const of = (lane: Lane): Projection =>
    project(stored.mapping, {
      entity: description,
      currencies,
      lane,
      filterColumn: filter.column,
      conditions: filter.expressions?.get(description.name) ?? [],
    });
  return { description, stored, projections: { live: of("live"), backfill: of("backfill") }, terms };
}

interface Known {
  readonly known: StoredEntity | undefined;
  readonly claims: Claims;
}

async function connectEntity(
  { store, tables, mappingFor }: EngineParts,
  lease: Lease,
  entity: Entity,
  { known, claims }: Known,
): Promise<StoredEntity> {
  const { table } = mappingFor(entity, new Map(), known?.mapping);
  const wanted = mappingFor(entity, takenBesides(claims, entity.name, table), known?.mapping);
  const shape = columnsOf(wanted, entity);
  claims.set(entity.name, { table, columns: shape });
  const { clashing } = await tables.prepare(
    table,
    shape.filter(({ enabled }) => enabled).map(({ column }) => column),
  );
  const mapping = besideClashes(wanted, clashing);
  const choices = labelsOf(entity);
  const before = known === undefined ? [] : await store.choices(known);
  return store.saveEntity(lease, {
    mapping,
    label: entity.label,
    changeTracking: entity.changeTracking,
    attributes: new Map(
      entity.attributes.map((attribute) => {
        const { name, label, type, updatable, targets = [] } = attribute;
        return [name, { label, type, columnType: columnTypeOf(attribute), writable: updatable, targets }];
      }),
    ),
    choices,
    terms: termsOf(entity),
    relabellings: known === undefined ? [] : relabellings(mapping, entity, before, choices),
  });
}

/** Everything by which a value is checked before it is sent. */
function termsOf({ attributes }: Entity): string {
  return JSON.stringify(
    attributes
      .filter(({ creatable, updatable }) => creatable || updatable)
      .map(
        ({ name, type, maxLength, precision, minValue, maxValue, required, choices, targets, updatable }) => [
          [name, type, maxLength, precision, minValue, maxValue, required, updatable],
          [choices?.map(({ value, label }) => [value, label]), targets],
        ],
      ),
  );
}

/** A column of another type than its field needs is left as it is, and the field is set aside. */
function besideClashes(mapping: EntityMapping, clashing: readonly Clash[]): EntityMapping {
  const clashes = new Map(clashing.map((clash) => [clash.name, clash]));
  const fields = mapping.fields.map((field) => {
    const clash = clashes.get(field.column) ?? clashes.get(field.typeColumn ?? field.column);
    if (clash === undefined || field.setAside !== undefined) return field;
    return {
      ...field,
      setAside: `The column ${clash.name} is ${clash.has}, and the values are ${clash.wanted}.`,
    };
  });
  return { ...mapping, fields };
}

/** What others hold of a table already; the first to have claimed a name holds it. */
function takenBesides(claims: Claims, entity: string, table: string): ReadonlyMap<string, TakenColumn> {
  const taken = new Map<string, TakenColumn>();
  for (const [name, claim] of claims) {
    if (name === entity || claim.table !== table) continue;
    for (const { attribute, column } of claim.columns) {
      if (!taken.has(column.name)) taken.set(column.name, { attribute, type: column.type });
    }
  }
  return taken;
}

/** Columns that entities hold from before, so that what is new in one never takes a name from another. */
function claimsOf(
  known: ReadonlyMap<string, StoredEntity>,
  { entities }: Pick<OrganizationDescription, "entities">,
): Claims {
  const claims: Claims = new Map();
  for (const [name, { mapping }] of known) {
    const description = entities.get(name);
    if (description === undefined) continue;
    claims.set(name, { table: mapping.table, columns: columnsOf(mapping, description) });
  }
  return claims;
}

/** Every column of the mapping with its type; a field that is off has none yet, but its name is taken. */
function columnsOf(mapping: EntityMapping, entity: Entity): ClaimedColumn[] {
  const attributes = new Map(entity.attributes.map((attribute) => [attribute.name, attribute]));
  return mapping.fields.flatMap((field) => {
    const attribute = attributes.get(field.attribute);
    if (attribute === undefined) return [];
    return columnsFor(field, attribute).map((column) => ({
      attribute: field.attribute,
      column,
      enabled: field.enabled,
    }));
  });
}

function labelsOf(entity: Entity): readonly StoredChoice[] {
  return entity.attributes.flatMap((attribute) =>
    [...choiceLabels(attribute.choices ?? [])].map(([value, label]) => ({
      attribute: attribute.name,
      value,
      label,
    })),
  );
}

interface Missing {
  readonly name: string;
  readonly stored: StoredEntity | undefined;
  readonly error: SyncError;
}

/** An entity that cannot be read is shown with its reason and remedy; what was read before stays. */
async function setAside(
  { store, mappingFor }: EngineParts,
  lease: Lease,
  { name, stored, error }: Missing,
): Promise<void> {
  const entity =
    stored ??
    (await store.saveEntity(lease, {
      mapping: mappingFor(unknownEntity(name), new Map()),
      label: name,
      changeTracking: false,
      attributes: new Map(),
      choices: [],
      relabellings: [],
    }));
  await store.setTrouble(lease, entity, { code: error.code, message: error.message });
}

function missingError(name: string, { missing }: OrganizationDescription): SyncError {
  const { code, detail } = missing.get(name) ?? {
    code: "entity_missing",
    detail: `Dynamics did not describe the entity ${name}.`,
  };
  return new SyncError(code, detail, { entity: name });
}

function unknownEntity(name: string): Entity {
  return {
    name,
    label: name,
    set: "",
    primaryId: `${name}id`,
    primaryName: null,
    changeTracking: false,
    canEnableChangeTracking: false,
    attributes: [],
    leftOut: [],
  };
}
