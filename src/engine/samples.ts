/**
 * Samples: of fields that are off a few records are looked at, so that people see what they would switch on.
 */
import { UnstorableValue, cellReader } from "../core/cell.ts";
import type { SourceRecord } from "../core/change.ts";
import { samplesOf } from "../core/field-list.ts";
import type { Attribute } from "../core/organization.ts";
import type { Lease } from "../core/store-port.ts";
import { concernsOne } from "./concern.ts";
import type { ConnectedEntity } from "./connect.ts";
import type { EngineParts } from "./ports.ts";
import type { Turn, TurnTaker } from "./turns.ts";

/** Records that are looked at, the first of the entity. */
const RECORDS = 10;

/** Fields in one request: their names stand in its address. */
const FIELDS = 100;

export class Samples implements TurnTaker {
  readonly whole = true;
  readonly #parts: EngineParts;
  readonly #lease: Lease;
  readonly #entities: readonly ConnectedEntity[];
  #due: ConnectedEntity[] | null = null;

  constructor(parts: EngineParts, lease: Lease, entities: readonly ConnectedEntity[]) {
    this.#parts = parts;
    this.#lease = lease;
    this.#entities = entities;
  }

  /** There is nothing to let go of. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Looks at one entity. What cannot be read has no samples.
   * @throws SyncError what concerns everybody
   */
  async step(signal: AbortSignal): Promise<Turn> {
    this.#due ??= await this.#readDue();
    const entity = this.#due.shift();
    if (entity === undefined) return "drop";
    const samples = new Map<string, readonly string[]>();
    const off = fieldsOff(entity);
    for (let start = 0; start < off.length; start += FIELDS) {
      const attributes = off.slice(start, start + FIELDS);
      const records = await this.#read(entity, attributes, signal);
      for (const attribute of attributes) {
        const found = samplesOf(records.flatMap((record) => textOf(record, attribute)));
        if (found.length > 0) samples.set(attribute.name, found);
      }
    }
    await this.#parts.store.saveSamples(this.#lease, entity.stored, samples);
    return this.#due.length > 0 ? "again" : "drop";
  }

  async #readDue(): Promise<ConnectedEntity[]> {
    const due = await this.#parts.store.samplesDue(this.#entities.map(({ stored }) => stored.id));
    return this.#entities.filter((entity) => due.has(entity.stored.id) && fieldsOff(entity).length > 0);
  }

  async #read(
    { description }: ConnectedEntity,
    attributes: readonly Attribute[],
    signal: AbortSignal,
  ): Promise<readonly SourceRecord[]> {
    const names = attributes.map(({ name }) => name);
    try {
      const request = { entity: description, attributes: names, from: null, pageSize: RECORDS };
      return (await this.#parts.source.choose(request, signal)).records;
    } catch (error) {
      if (concernsOne(error)) return [];
      throw error;
    }
  }
}

function fieldsOff({ stored, description }: ConnectedEntity): readonly Attribute[] {
  const on = new Set(
    stored.mapping.fields.filter(({ enabled }) => enabled).map(({ attribute }) => attribute),
  );
  const listed = new Set(stored.mapping.fields.map(({ attribute }) => attribute));
  return description.attributes.filter(({ name, readable }) => readable && listed.has(name) && !on.has(name));
}

/** What would stand in its column; none where nothing would. */
function textOf({ fields }: SourceRecord, attribute: Attribute): readonly string[] {
  try {
    const cell = cellReader(attribute)(fields[attribute.property]);
    if (cell === null) return [];
    return [typeof cell === "string" ? cell : cell.join("; ")];
  } catch (error) {
    if (error instanceof UnstorableValue) return [];
    throw error;
  }
}
