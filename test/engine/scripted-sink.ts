import type { SourceRecord, WireValue } from "../../src/core/change.ts";
import { SyncError } from "../../src/core/errors.ts";
import type { Entity } from "../../src/core/organization.ts";
import type { OutValue, Outcome, Search, Sink, Write } from "../../src/core/sink-port.ts";
import { guid } from "../support/entity.ts";
import type { ScriptedSource } from "./scripted-source.ts";

/** A batch that was asked for. */
export interface Asked {
  readonly entity: string;
  readonly writes: readonly Write[];
}

/** What goes wrong, or happens, around a batch: it may throw what a sink throws. */
export type Around = (asked: Asked) => void | Promise<void>;

/** The writing side of a scripted organization: what it writes is in the feeds of its source. */
export class ScriptedSink implements Sink {
  readonly #source: ScriptedSource;
  /** Batches so far, those that failed included. */
  readonly asked: Asked[] = [];
  /** Merges that were asked for, in order. */
  readonly merges: { readonly entity: string; readonly target: string; readonly subordinate: string }[] = [];
  afterMerge: () => void | Promise<void> = () => undefined;
  /** Ids of records that were read one by one. */
  readonly looked: string[] = [];
  before: Around = () => undefined;
  after: Around = () => undefined;
  /** Answers instead of writing, by id. */
  readonly answers = new Map<string, Outcome>();
  /** Ids of records that are written without the answer being told. */
  readonly lost = new Set<string>();
  /** What Dynamics makes of values: a plug-in, a rule. */
  normalise: (fields: Readonly<Record<string, WireValue>>) => Readonly<Record<string, WireValue>> = (
    fields,
  ) => fields;
  /** Written records are told without their version. */
  silent = false;
  /** Why no record can be read. */
  denied: SyncError | null = null;
  /** Searches so far. */
  readonly searched: { readonly entity: string; readonly values: readonly string[] }[] = [];
  /** Why no lead can be qualified. */
  unqualifiable: SyncError | null = null;
  /** Properties that a contact takes over from the lead it is made of. */
  inherited: ReadonlySet<string> = new Set(["firstname", "lastname", "emailaddress1"]);
  afterQualify: () => void | Promise<void> = () => undefined;

  constructor(source: ScriptedSource) {
    this.#source = source;
  }

  /** All writes that were asked for, in order. */
  get writes(): readonly Write[] {
    return this.asked.flatMap(({ writes }) => writes);
  }

  async write(entity: Entity, writes: readonly Write[]): Promise<ReadonlyMap<string, Outcome>> {
    const asked = { entity: entity.name, writes };
    this.asked.push(asked);
    this.#source.requests += 1;
    await this.before(asked);
    const outcomes = new Map(writes.map((write) => [write.id, this.#one(entity, write)]));
    await this.after(asked);
    return outcomes;
  }

  async read(entity: Entity, ids: readonly string[]): Promise<readonly SourceRecord[]> {
    this.looked.push(...ids);
    this.#source.requests += 1;
    if (this.denied !== null) throw this.denied;
    const records = this.#source.records(entity.name);
    return ids.flatMap((id) => records.get(id) ?? []);
  }

  async find({ entity, attribute, values }: Search): Promise<readonly SourceRecord[]> {
    this.searched.push({ entity: entity.name, values });
    this.#source.requests += 1;
    const property = entity.attributes.find(({ name }) => name === attribute)?.property ?? attribute;
    const wanted = new Set(values.map((value) => value.toLowerCase()));
    return [...this.#source.records(entity.name).values()].filter(({ fields }) =>
      wanted.has(String(fields[property] ?? "").toLowerCase()),
    );
  }

  async qualify(leadId: string): Promise<string> {
    this.#source.requests += 1;
    if (this.unqualifiable !== null) throw this.unqualifiable;
    const lead = this.#source.records("lead").get(leadId);
    if (lead === undefined) throw new SyncError("record_gone", "there is no such lead", { entity: "lead" });
    const known = lead.fields["_parentcontactid_value"];
    if (typeof known === "string") return known;
    const contactId = guid(500_000 + this.#source.records("contact").size);
    const taken = Object.entries(lead.fields).filter(([property]) => this.inherited.has(property));
    this.#source.put("contact", contactId, {
      ...Object.fromEntries(taken),
      _originatingleadid_value: leadId,
    });
    this.#source.put("lead", leadId, { statecode: 1, _parentcontactid_value: contactId });
    await this.afterQualify();
    return contactId;
  }

  async merge(entity: Entity, target: string, subordinate: string): Promise<Outcome> {
    this.merges.push({ entity: entity.name, target, subordinate });
    this.#source.requests += 1;
    const answer = this.answers.get(subordinate);
    if (answer !== undefined) return answer;
    const records = this.#source.records(entity.name);
    if (!records.has(target) || !records.has(subordinate)) return { kind: "gone" };
    if (records.get(subordinate)?.fields["_masterid_value"] !== target) {
      this.#source.put(entity.name, target, {});
      this.#source.put(entity.name, subordinate, { merged: true, _masterid_value: target });
    }
    await this.afterMerge();
    return { kind: "written", version: null };
  }

  #one(entity: Entity, { kind, id, guard, values }: Write): Outcome {
    const answer = this.answers.get(id);
    if (answer !== undefined) return answer;
    const record = this.#source.records(entity.name).get(id);
    if (kind === "create" && record !== undefined) return { kind: "exists" };
    if (kind !== "create" && record === undefined) return { kind: "gone" };
    if (guard !== null && guard !== record?.version) return { kind: "overtaken" };
    const version = this.#carryOut(entity, { kind, id, values });
    if (this.lost.has(id)) return { kind: "unknown", detail: "the answer was lost" };
    return { kind: "written", version: this.silent ? null : version };
  }

  /** Returns the record's version after it. */
  #carryOut(entity: Entity, { kind, id, values }: Omit<Write, "guard">): string | null {
    if (kind === "delete") {
      this.#source.remove(entity.name, id);
      return null;
    }
    const fields = Object.assign({}, ...values.map((value) => fieldsOf(entity, value))) as Record<
      string,
      WireValue
    >;
    return this.#source.put(entity.name, id, this.normalise(fields));
  }
}

function fieldsOf({ attributes }: Entity, value: OutValue): Record<string, WireValue> {
  if (value.kind === "value") return { [value.property]: value.value };
  if (value.kind === "exact") return { [value.property]: value.digits };
  const { navigation, target, id } = value;
  const attribute = attributes.find((one) => one.navigation?.[target] === navigation);
  if (attribute === undefined) throw new Error(`there is no way ${navigation}`);
  const type = `${attribute.property}@Microsoft.Dynamics.CRM.lookuplogicalname`;
  return { [attribute.property]: id, [type]: id === null ? null : target };
}
