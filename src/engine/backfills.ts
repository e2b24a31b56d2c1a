/**
 * Backfills of chosen records: their values are brought again, a page a turn, after whatever follows changes. They wait
 * for each other, and go on where they stood.
 */
import type { OpenBackfill } from "../core/backfill-port.ts";
import type { SourceRecord } from "../core/change.ts";
import { SyncError, isTransient } from "../core/errors.ts";
import { conditionHolds, parseConditions } from "../core/filter-expression.ts";
import { NO_LIFE } from "../core/life-plan.ts";
import type { Projection } from "../core/mapping.ts";
import { project } from "../core/mapping.ts";
import type { Attribute, Entity } from "../core/organization.ts";
import type { Applied, Lease } from "../core/store-port.ts";
import { concernsOne } from "./concern.ts";
import type { ConnectedEntity } from "./connect.ts";
import { connected } from "./connect.ts";
import { planRecords } from "./page-plan.ts";
import type { CycleSettings, EngineParts } from "./ports.ts";
import { Rate } from "./rate.ts";
import type { Turn, TurnTaker } from "./turns.ts";

/** What a turn did. */
export interface BackfillStep {
  readonly turn: Turn;
  readonly updated: number;
}

interface ReadPage {
  readonly records: readonly SourceRecord[];
  /** Where to go on; null at the end. */
  readonly next: string | null;
}

/** Asked for by the names of the records: more would make the requests of one turn many. */
const MOST_IDS = 1_000;

export class Backfills implements TurnTaker {
  readonly whole = true;
  readonly #parts: EngineParts;
  readonly #lease: Lease;
  readonly #settings: CycleSettings;
  readonly #entities: readonly ConnectedEntity[];
  readonly #rate: Rate;

  constructor(
    parts: EngineParts,
    lease: Lease,
    settings: CycleSettings,
    entities: readonly ConnectedEntity[],
  ) {
    this.#parts = parts;
    this.#lease = lease;
    this.#settings = settings;
    this.#entities = entities;
    this.#rate = new Rate(() => parts.clock.now());
  }

  /** There is nothing to let go of: each turn begins where the last one ended. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Brings one page of the backfill whose turn it is.
   * @throws SyncError what concerns everybody; what concerns the backfill alone ends it, or lets it wait
   */
  async step(signal: AbortSignal): Promise<BackfillStep> {
    const backfill = await this.#parts.store.nextBackfill(this.#entities.map(({ stored }) => stored.id));
    const entity = backfill === null ? null : await this.#entityOf(backfill);
    if (backfill === null || entity === null) return { turn: "end", updated: 0 };
    try {
      return { turn: "again", updated: await this.#bring(backfill, entity, signal) };
    } catch (error) {
      if (!concernsOne(error)) throw error;
      return { turn: await this.#recover(backfill, entity, error), updated: 0 };
    }
  }

  /** With its fields as they are stored now. */
  async #entityOf({ entityId }: OpenBackfill): Promise<ConnectedEntity | null> {
    const entity = this.#entities.find(({ stored }) => stored.id === entityId);
    const all = await this.#parts.store.entities(this.#lease.connectionId);
    const stored = all.find(({ id }) => id === entityId);
    if (entity === undefined || stored === undefined) return null;
    return connected(entity.description, stored, entity.terms);
  }

  async #bring(backfill: OpenBackfill, entity: ConnectedEntity, signal: AbortSignal): Promise<number> {
    const { store } = this.#parts;
    const projection = chosenProjection(entity, new Set(backfill.attributes));
    if (projection.columns.length === 0) {
      await store.failBackfill(this.#lease, backfill.id, "None of its fields is on and can be read.");
      return 0;
    }
    const choice = choiceOf(backfill, entity.description);
    const attributes = [...new Set([...projection.attributes, ...choice.attributes])];
    const { records, next } =
      backfill.way === "ids"
        ? await this.#readIds(backfill, { entity: entity.description, attributes }, signal)
        : await this.#readFiltered(backfill, { entity: entity.description, attributes }, signal);
    const { updated } = await this.#apply(entity, projection, records.filter(choice.holds));
    await store.noteBackfill(this.#lease, backfill.id, {
      position: next,
      read: records.length,
      changed: updated,
      rate: this.#rate.count(records.length),
      last: next === null,
    });
    return updated;
  }

  async #readIds(
    backfill: OpenBackfill,
    { entity, attributes }: Reading,
    signal: AbortSignal,
  ): Promise<ReadPage> {
    const limit = Math.min(this.#settings.pageSize, MOST_IDS);
    const ids = await this.#parts.store.backfillIds(backfill, limit);
    const records = ids.length === 0 ? [] : await this.#parts.sink.read(entity, ids, attributes, signal);
    return { records, next: ids.length < limit ? null : (ids.at(-1) ?? null) };
  }

  #readFiltered(
    { conditions, position }: OpenBackfill,
    reading: Reading,
    signal: AbortSignal,
  ): Promise<ReadPage> {
    const { created, changed } = conditions;
    return this.#parts.source.choose(
      {
        ...reading,
        ...(created === undefined ? {} : { created }),
        ...(changed === undefined ? {} : { changed }),
        from: position,
        pageSize: this.#settings.pageSize,
      },
      signal,
    );
  }

  /** Only values of people who are there already: who is new or gone is the feed's to tell, and so are versions. */
  async #apply(
    entity: ConnectedEntity,
    projection: Projection,
    upserts: readonly SourceRecord[],
  ): Promise<Pick<Applied, "updated">> {
    const { store } = this.#parts;
    const { stored, terms } = entity;
    const projections = { live: projection, backfill: projection };
    const plan = await planRecords(
      store,
      { stored, projections },
      { page: { phase: "changes", upserts, deletes: [] }, lane: "backfill", accept: "same" },
    );
    const { columns, policies } = projection;
    const life = { ...NO_LIFE, follows: plan.life.follows };
    return store.applyRecords(this.#lease, {
      entity: stored,
      lane: "backfill",
      partial: true,
      columns,
      policies,
      plan: { ...plan, creates: [], deletes: [], life },
      filterExit: terms.filter.exit,
    });
  }

  async #recover(backfill: OpenBackfill, entity: ConnectedEntity, error: SyncError): Promise<Turn> {
    const { store, log } = this.#parts;
    const { stored, description } = entity;
    const { code, message, field } = error;
    log("warn", "backfill.trouble", { backfill: backfill.id, entity: description.name, code, message });
    const mapped = stored.mapping.fields.some(({ attribute }) => attribute === field);
    if (code === "field_missing" && field !== undefined && mapped) {
      await store.setFieldAside(this.#lease, stored, field, message);
      return "again";
    }
    if (isTransient(error) || code === "permission_missing" || code === "entity_missing") return "drop";
    if (code === "history_lost") {
      const anew = { position: null, read: 0, changed: 0, rate: 0, last: false };
      await store.noteBackfill(this.#lease, backfill.id, anew);
      return "drop";
    }
    await store.failBackfill(this.#lease, backfill.id, message);
    return "again";
  }
}

interface Reading {
  readonly entity: Entity;
  readonly attributes: readonly string[];
}

function chosenProjection(
  { description, stored, terms }: ConnectedEntity,
  only: ReadonlySet<string>,
): Projection {
  return project(stored.mapping, {
    entity: description,
    currencies: terms.currencies,
    lane: "backfill",
    filterColumn: terms.filter.column,
    conditions: terms.filter.expressions?.get(description.name) ?? [],
    only,
  });
}

interface Choice {
  /** Attributes that its conditions are about. */
  readonly attributes: readonly string[];
  readonly holds: (record: SourceRecord) => boolean;
}

/** @throws SyncError `field_missing` when a condition is about a field that the entity does not have */
function choiceOf({ conditions: { where } }: OpenBackfill, entity: Entity): Choice {
  if (where === undefined) return { attributes: [], holds: () => true };
  const conditions = parseConditions(where);
  const attributes = new Map(entity.attributes.map((attribute) => [attribute.name, attribute]));
  const known = conditions.map((condition) => ({
    condition,
    attribute: demand(attributes, condition, entity),
  }));
  return {
    attributes: known.map(({ attribute }) => attribute.name),
    holds: ({ fields }) =>
      known.every(({ condition, attribute }) =>
        conditionHolds(condition, attribute, fields[attribute.property]),
      ),
  };
}

function demand(
  attributes: ReadonlyMap<string, Attribute>,
  { attribute: name }: { readonly attribute: string },
  entity: Entity,
): Attribute {
  const attribute = attributes.get(name);
  if (attribute !== undefined && attribute.readable) return attribute;
  throw new SyncError("refused", `${entity.name} has no readable field ${name}.`, { entity: entity.name });
}
