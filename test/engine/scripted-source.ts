import type { FeedPhase, Page, SourceRecord, WireValue } from "../../src/core/change.ts";
import type { OrganizationMap } from "../../src/core/entity-map.ts";
import { SyncError } from "../../src/core/errors.ts";
import type { Entity } from "../../src/core/organization.ts";
import type {
  ChoiceRequest,
  ChosenPage,
  FeedRequest,
  OrganizationDescription,
  Source,
} from "../../src/core/ports.ts";
import { guid } from "../support/entity.ts";

/** Told before each page; may throw what a source throws, or change the organization meanwhile. */
export type BeforePage = (read: Read) => void | Promise<void>;

/** A page that is about to be delivered. */
export interface Read {
  readonly entity: string;
  readonly phase: FeedPhase;
  readonly from: string | null;
  /** How many pages were delivered before, of all entities. */
  readonly number: number;
}

interface Place {
  readonly phase: FeedPhase;
  /** Id after which a whole read goes on. */
  readonly after: string;
  /** Event at which the changes go on, or will after the whole read. */
  readonly event: number;
}

/** One entity's records and what happened to them, in order. */
class Shelf {
  description: Entity;
  readonly records = new Map<string, SourceRecord>();
  readonly events: string[] = [];
  /** Events before this one are forgotten: positions that reach back further have lost their history. */
  reachesBack = 0;
  /** Why it cannot be read. */
  denied: SyncError | null = null;
  /** Attributes that are described, and refused when they are asked for. */
  readonly refused = new Set<string>();
  /** Pages to deliver before anything else, at the position that is reached. */
  readonly interjected: Partial<Page>[] = [];

  constructor(description: Entity) {
    this.description = description;
  }
}

/**
 * An organization in memory with change feeds as Dynamics has them: a snapshot in the order of ids, then changes
 * since the snapshot began, each record as it is when it is told.
 */
export class ScriptedSource implements Source {
  readonly #shelves = new Map<string, Shelf>();
  readonly #reads: Read[] = [];
  #version = 100;
  requests = 0;
  currencies: OrganizationDescription["currencies"] = [];
  /** Why the map of the organization cannot be read. */
  mapFault: SyncError | null = null;
  before: BeforePage = () => undefined;
  /** What `existing` answers instead of the truth. */
  existingAnswer: ((ids: readonly string[]) => Promise<ReadonlySet<string>>) | null = null;

  constructor(...entities: readonly Entity[]) {
    for (const entity of entities) this.#shelves.set(entity.name, new Shelf(entity));
  }

  /** Pages that were delivered so far. */
  get reads(): readonly Read[] {
    return this.#reads;
  }

  /** Creates or changes a record. Returns its version. */
  put(entity: string, id: number | string, fields: Readonly<Record<string, WireValue>>): string {
    const shelf = this.#shelf(entity);
    this.#version += 1;
    const own = idOf(id);
    const known = shelf.records.get(own)?.fields ?? {};
    const version = String(this.#version);
    shelf.records.set(own, { id: own, version, fields: { ...known, ...fields } });
    shelf.events.push(own);
    return version;
  }

  remove(entity: string, ...ids: readonly (number | string)[]): void {
    const shelf = this.#shelf(entity);
    for (const id of ids.map(idOf)) {
      shelf.records.delete(id);
      shelf.events.push(id);
    }
  }

  /** Sets the organization back to records as they were, without telling any feed. */
  restore(entity: string, records: ReadonlyMap<string, SourceRecord>): void {
    const shelf = this.#shelf(entity);
    shelf.records.clear();
    for (const [id, record] of records) shelf.records.set(id, record);
  }

  /** The records as they are. */
  records(entity: string): ReadonlyMap<string, SourceRecord> {
    return new Map(this.#shelf(entity).records);
  }

  loseHistory(entity: string): void {
    const shelf = this.#shelf(entity);
    shelf.reachesBack = shelf.events.length + 1;
    shelf.events.push(guid(0));
  }

  deny(entity: string, error: SyncError | null): void {
    this.#shelf(entity).denied = error;
  }

  /** Describes an attribute and refuses to be asked for it, as an organization does whose description is wrong. */
  refuseField(entity: string, attribute: string): void {
    this.#shelf(entity).refused.add(attribute);
  }

  redescribe(entity: string, change: (description: Entity) => Entity): void {
    const shelf = this.#shelf(entity);
    shelf.description = change(shelf.description);
  }

  /** Delivers a page of one's own before the next one. */
  interject(entity: string, page: Partial<Page>): void {
    this.#shelf(entity).interjected.push(page);
  }

  async describe(names: readonly string[]): Promise<OrganizationDescription> {
    this.requests += 1;
    const entities = new Map<string, Entity>();
    const missing = new Map<string, { code: "permission_missing" | "entity_missing"; detail: string }>();
    for (const name of names) {
      const shelf = this.#shelves.get(name);
      if (shelf === undefined) missing.set(name, { code: "entity_missing", detail: `There is no ${name}.` });
      else if (shelf.denied?.code === "permission_missing")
        missing.set(name, { code: "permission_missing", detail: shelf.denied.message });
      else entities.set(name, shelf.description);
    }
    return { organizationId: guid(999), userId: guid(998), entities, missing, currencies: this.currencies };
  }

  async map(): Promise<OrganizationMap> {
    this.requests += 1;
    if (this.mapFault !== null) throw this.mapFault;
    const known = [...this.#shelves.values()].map(({ description }) => description);
    return {
      entities: known.map(({ name, label, changeTracking: tracked }) => {
        return { name, label, kind: "table", readable: "all", tracked, noise: null } as const;
      }),
      references: known.flatMap(({ name, attributes }) =>
        attributes.flatMap(({ name: attribute, targets = [] }) =>
          targets.map((target) => ({ relationship: attribute, entity: name, attribute, target })),
        ),
      ),
    };
  }

  async *changes(request: FeedRequest, signal: AbortSignal): AsyncGenerator<Page, void> {
    const shelf = this.#shelf(request.entity.name);
    let from = request.from;
    for (;;) {
      const place = placeOf(from, request, shelf.events.length);
      this.requests += 1;
      const read = { entity: request.entity.name, phase: place.phase, from, number: this.#reads.length };
      await this.before(read);
      if (signal.aborted) throw new SyncError("stopped", "stopped");
      refuse(shelf, request, place);
      const page = this.#pageAt(shelf, place, request);
      this.#reads.push(read);
      yield page;
      if (page.last) return;
      from = page.next;
    }
  }

  /** Told before each page of chosen records; may throw what a source throws. */
  beforeChoice: (request: ChoiceRequest) => void | Promise<void> = () => undefined;

  async choose(request: ChoiceRequest): Promise<ChosenPage> {
    const { entity, attributes, created = {}, changed = {}, from, pageSize } = request;
    this.requests += 1;
    await this.beforeChoice(request);
    const shelf = this.#shelf(entity.name);
    const known = new Set(shelf.description.attributes.map(({ name }) => name));
    const field = attributes.find((name) => !known.has(name) || shelf.refused.has(name));
    if (field !== undefined) {
      throw new SyncError("field_missing", `${entity.name} has no ${field}`, { entity: entity.name, field });
    }
    const within = (span: typeof created, time: WireValue | undefined): boolean =>
      (span.from === undefined || String(time) >= span.from) &&
      (span.before === undefined || String(time) < span.before);
    const left = [...shelf.records.values()]
      .filter(({ id, fields }) => {
        return (
          id > (from ?? "") && within(created, fields["createdon"]) && within(changed, fields["modifiedon"])
        );
      })
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const records = left.slice(0, pageSize);
    return { records, next: left.length > pageSize ? (records.at(-1)?.id ?? null) : null };
  }

  #pageAt(shelf: Shelf, place: Place, { attributes, pageSize }: FeedRequest): Page {
    const own = shelf.interjected.shift();
    if (own !== undefined) {
      const next = write(place, this.#reads.length);
      return { phase: place.phase, upserts: [], deletes: [], next, last: false, bytes: 0, ...own };
    }
    const page =
      place.phase === "changes" ? changesAt(shelf, place, pageSize) : wholeAt(shelf, place, pageSize);
    const properties = new Set(
      shelf.description.attributes
        .filter(({ name }) => attributes.includes(name))
        .flatMap(({ property }) => [property, `${property}@Microsoft.Dynamics.CRM.lookuplogicalname`]),
    );
    const upserts = page.upserts.map(({ id, version, fields }) => ({
      id,
      version,
      fields: Object.fromEntries(Object.entries(fields).filter(([name]) => properties.has(name))),
    }));
    return { ...page, upserts };
  }

  async existing(entity: Entity, ids: readonly string[]): Promise<ReadonlySet<string>> {
    this.requests += 1;
    if (this.existingAnswer !== null) return this.existingAnswer(ids);
    const { records } = this.#shelf(entity.name);
    return new Set(ids.filter((id) => records.has(id)));
  }

  async versions(entity: Entity, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.requests += 1;
    const { records, denied } = this.#shelf(entity.name);
    if (denied !== null) throw denied;
    const found = ids.flatMap((id) => records.get(id) ?? []);
    return new Map(found.map(({ id, version }) => [id, version]));
  }

  async counts(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return new Map(names.map((name) => [name, this.#shelf(name).records.size]));
  }

  async close(): Promise<void> {}

  #shelf(name: string): Shelf {
    const shelf = this.#shelves.get(name);
    if (shelf === undefined) throw new Error(`the scripted organization has no ${name}`);
    return shelf;
  }
}

function idOf(id: number | string): string {
  return typeof id === "number" ? guid(id) : id;
}

function refuse(shelf: Shelf, { attributes, entity }: FeedRequest, { phase, event }: Place): void {
  if (shelf.denied !== null) throw shelf.denied;
  if (phase === "changes" && event < shelf.reachesBack) {
    throw new SyncError("history_lost", `${entity.name}: the token has expired`);
  }
  const known = new Set(shelf.description.attributes.map(({ name }) => name));
  const field = attributes.find((name) => !known.has(name) || shelf.refused.has(name));
  if (field === undefined) return;
  throw new SyncError("field_missing", `${entity.name} has no ${field}`, { entity: entity.name, field });
}

function placeOf(from: string | null, { compare = false }: FeedRequest, event: number): Place {
  if (from === null) return { phase: compare ? "compare" : "snapshot", after: "", event };
  const [phase = "", after = "", at = ""] = from.split("|");
  return { phase: phase as FeedPhase, after, event: Number(at) };
}

/** `turn` makes the position of an interjected page another one, although it leads to the same place. */
function write({ phase, after, event }: Place, turn?: number): string {
  return [phase, after, event, ...(turn === undefined ? [] : [turn])].join("|");
}

function wholeAt({ records }: Shelf, place: Place, size: number): Page {
  const left = [...records.values()]
    .filter(({ id }) => id > place.after)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const upserts = left.slice(0, size);
  const last = left.length <= size;
  const next: Place = last
    ? { phase: "changes", after: "", event: place.event }
    : { ...place, after: upserts.at(-1)?.id ?? "" };
  return { phase: place.phase, upserts, deletes: [], next: write(next), last, bytes: 0 };
}

function changesAt({ records, events }: Shelf, place: Place, size: number): Page {
  const end = Math.min(events.length, place.event + size);
  const told = [...new Set(events.slice(place.event, end))].filter((id) => id !== guid(0));
  const upserts = told.flatMap((id) => records.get(id) ?? []);
  const deletes = told.filter((id) => !records.has(id));
  const next = write({ phase: "changes", after: "", event: end });
  return { phase: "changes", upserts, deletes, next, last: end === events.length, bytes: 0 };
}
