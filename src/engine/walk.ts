/**
 * A walk along one entity's feed: read a page, decide, make it take effect, go on. One step is one page.
 */
import type { Page } from "../core/change.ts";
import { SyncError } from "../core/errors.ts";
import { allowedDeletes } from "../core/guard.ts";
import { acceptance } from "../core/link.ts";
import type { Projection } from "../core/mapping.ts";
import { isEmpty } from "../core/plan.ts";
import type { Applied, Lane, Lease, StoredEntity } from "../core/store-port.ts";
import type { Arrivals } from "./arrivals.ts";
import { connected } from "./connect.ts";
import type { ConnectedEntity } from "./connect.ts";
import type { CycleSettings, EngineParts } from "./ports.ts";
import { planRecords } from "./page-plan.ts";
import { Rate } from "./rate.ts";
import { retypedField } from "./retyped.ts";

/** What a step did. `end`: the feed is at its end for now. */
export interface Step {
  readonly end: boolean;
  readonly page: Page;
  readonly applied: Applied;
}

const NOTHING: Applied = { created: 0, updated: 0, deleted: 0, held: 0, unchanged: 0, parked: [] };

/** How often a walk may begin anew within one cycle. */
const BEGINNINGS = 3;

export class Walk {
  readonly lane: Lane;
  readonly #parts: EngineParts;
  readonly #lease: Lease;
  readonly #settings: CycleSettings;
  readonly #arrivals: Arrivals;
  #connected: ConnectedEntity;
  readonly #rate: Rate;
  #stored: StoredEntity;
  #pages: AsyncIterator<Page> | null = null;
  #begun = 0;
  /** Fields that had strange values, and that are what they were. */
  readonly #sameTypes = new Set<string>();
  /** Deletes this cycle has flagged, over however many walks along the feed. */
  #flagged = 0;

  constructor(
    parts: EngineParts,
    lease: Lease,
    settings: CycleSettings,
    on: { entity: ConnectedEntity; lane: Lane; arrivals: Arrivals },
  ) {
    this.#parts = parts;
    this.#lease = lease;
    this.#settings = settings;
    this.#arrivals = on.arrivals;
    this.#connected = on.entity;
    this.#stored = on.entity.stored;
    this.lane = on.lane;
    this.#rate = new Rate(() => parts.clock.now());
  }

  /** The entity as it stands after the pages walked so far. */
  get stored(): StoredEntity {
    return this.#stored;
  }

  get connected(): ConnectedEntity {
    return { ...this.#connected, stored: this.#stored };
  }

  /** True while everything is read, not only changes: such a walk gives way to those that follow changes. */
  get whole(): boolean {
    return this.lane === "backfill" || !this.#stored.complete || this.#stored.compare === "owed";
  }

  /** True a few times a cycle: a history that is lost again and again is a trouble, not a reason to begin for ever. */
  mayBeginAnew(): boolean {
    this.#begun += 1;
    return this.#begun <= BEGINNINGS;
  }

  /** Goes on with another position or other fields. The feed must have been closed. */
  restart(entity: ConnectedEntity): void {
    this.#connected = entity;
    this.#stored = entity.stored;
  }

  /**
   * At the end of the walk: fails when deletes wait for a person.
   * @throws SyncError `mass_change`
   */
  requireNothingHeld(): void {
    const { held, mapping } = this.#stored;
    if (held === 0) return;
    const allowed = allowedDeletes(this.#settings.guard, this.#stored, "fromDynamics");
    const message = `${mapping.entity}: ${held} deletes wait for approval; ${allowed} pass without. None of them was flagged.`;
    throw new SyncError("mass_change", message, { entity: mapping.entity });
  }

  /** The compare pass has been settled: its memory is gone, and its deletes count among those of the cycle. */
  compareSettled(deleted: number): void {
    this.#flagged += deleted;
    this.#stored = { ...this.#stored, compare: null };
  }

  /**
   * Reads one page and makes it take effect.
   * @throws SyncError what the source or the store throws
   */
  async step(signal: AbortSignal): Promise<Step> {
    this.#pages ??= this.#open(await this.#mustCompare(), signal);
    const next = await this.#pages.next();
    if (next.done === true) throw endedEarly(this.#stored.mapping.entity);
    const page = next.value;
    const applied = await this.#take(page, signal).finally(() => page.release?.());
    if (page.last) await this.close();
    return { end: page.last, page, applied };
  }

  /** Lets go of the feed; a later step opens it again at the last committed position. */
  async close(): Promise<void> {
    const pages = this.#pages;
    this.#pages = null;
    await pages?.return?.();
  }

  get #allowedDeletes(): number {
    const allowed = allowedDeletes(this.#settings.guard, this.#stored, "fromDynamics");
    return Math.max(0, allowed - this.#flagged);
  }

  get #projection(): Projection {
    return this.#connected.projections[this.lane];
  }

  /**
   * A first read compares where people were made in Dynamics before it: who was deleted there again by then is in no page of
   * it, and no feed tells of them.
   */
  async #mustCompare(): Promise<boolean> {
    const { compare, position } = this.#stored;
    if (compare === "owed") return true;
    return this.lane === "live" && position === null && (await this.#parts.store.hasLinks(this.#stored));
  }

  #open(compare: boolean, signal: AbortSignal): AsyncIterator<Page> {
    const { description } = this.#connected;
    const from = this.lane === "backfill" ? this.#stored.backfillPosition : this.#stored.position;
    const pages = this.#parts.source.changes(
      {
        entity: description,
        attributes: this.#projection.attributes,
        from,
        compare,
        pageSize: this.#settings.pageSize,
        reading: this.#projection.reading,
      },
      signal,
    );
    return pages[Symbol.asyncIterator]();
  }

  async #take(page: Page, signal: AbortSignal): Promise<Applied> {
    const { store } = this.#parts;
    const planned = await planRecords(store, this.connected, {
      page,
      lane: this.lane,
      accept: acceptance(page.phase, this.lane, this.#stored.refill),
    });
    await this.#requireSameTypes(
      planned.parked.flatMap(({ field }) => field ?? []),
      signal,
    );
    const { entity } = this.#stored.mapping;
    const plan = await this.#arrivals.meet({ entity, plan: planned, records: page.upserts }, signal);
    const comparing = this.#stored.compare !== null || page.phase === "compare";
    const seen = comparing && this.lane === "live" ? page.upserts.map(({ id }) => id) : [];
    if (isEmpty(plan) && seen.length === 0 && this.#staysPut(page)) {
      return { ...NOTHING, unchanged: plan.unchanged };
    }
    const applied = await store.apply(this.#lease, {
      entity: this.#stored,
      lane: this.lane,
      columns: this.#projection.columns,
      policies: this.#projection.policies,
      plan,
      filterExit: this.#connected.terms.filter.exit,
      page,
      seen,
      allowedDeletes: this.#allowedDeletes,
      read: page.upserts.length,
      rate: this.#rate.count(page.upserts.length + page.deletes.length),
    });
    this.#flagged += applied.deleted;
    this.#advance(page, applied);
    return applied;
  }

  /** Before records are parked for their values: asks whether it is the field that is another one, once a field. */
  async #requireSameTypes(strange: readonly string[], signal: AbortSignal): Promise<void> {
    const fields = [...new Set(strange)].filter((field) => !this.#sameTypes.has(field));
    if (fields.length === 0) return;
    for (const field of fields) this.#sameTypes.add(field);
    const { description } = this.#connected;
    const retyped = await retypedField(this.#parts.source, description, fields, signal);
    if (retyped !== null) throw retyped;
  }

  /** True when even the position is where it was: a quiet entity costs no write. */
  #staysPut(page: Page): boolean {
    const { held, position, refill } = this.#stored;
    const settled = held === 0 && !refill && page.phase === "changes";
    return this.lane === "live" && settled && page.next === position;
  }

  #advance(page: Page, applied: Applied): void {
    const rows = this.#stored.rows + applied.created;
    if (this.lane === "backfill") {
      const position = page.last ? null : page.next;
      this.#stored = { ...this.#stored, rows, backfill: !page.last, backfillPosition: position };
      return;
    }
    const ended = page.last && page.phase !== "changes";
    this.#stored = {
      ...this.#stored,
      rows,
      held: applied.held,
      position: page.next,
      refill: this.#stored.refill && !page.last,
      complete: this.#stored.complete || ended,
      compare: page.phase === "compare" ? (page.last ? "open" : "owed") : this.#stored.compare,
    };
  }
}

function endedEarly(entity: string): SyncError {
  return new SyncError("unexpected_answer", `The feed of ${entity} broke off before its last page.`, {
    entity,
  });
}

/** The same entity without a field that Dynamics no longer has. */
export function withoutField(
  { description, stored, terms }: ConnectedEntity,
  field: string,
): ConnectedEntity {
  const fields = stored.mapping.fields.filter(({ attribute }) => attribute !== field);
  return connected(description, { ...stored, mapping: { ...stored.mapping, fields } }, terms);
}

/** The same entity, where it stands, with its fields as they are stored now. */
export function withFieldsOf(
  { description, stored, terms }: ConnectedEntity,
  { mapping, fieldsRevision, backfillPosition }: StoredEntity,
): ConnectedEntity {
  return connected(description, { ...stored, mapping, fieldsRevision, backfillPosition }, terms);
}
