import { decode, encode } from "./codec.ts";
import { pack, Unpacker } from "./packed.ts";
import type { WireValue } from "./record.ts";
import { RowIndex } from "./row-index.ts";
import type { Attribute, Entity } from "./schema.ts";
import { SortedList } from "./sorted-list.ts";

/** One stored version of a record. Never changed: an update puts a new row in its place. */
export interface Row {
  readonly id: string;
  /** The organization-wide increasing row version. */
  readonly version: number;
  readonly packed: string;
}

export interface Deletion {
  readonly id: string;
  readonly version: number;
}

/** A moment of a table that it can be put back to. */
export interface TableSnapshot {
  readonly rows: readonly Row[];
  readonly deletions: readonly Deletion[];
}

/** The rows of one entity, by id, in id order and in version order, with the log of its deletions. */
export class Table {
  readonly entity: Entity;
  /** Where each attribute's text stands in a packed row. Only ever grows. */
  readonly #slots = new Map<string, number>();
  readonly #reader = new Unpacker();
  #rows = new Map<string, Row>();
  #byId = new SortedList<Row>(byId);
  #byVersion = new SortedList<Row>(byVersion);
  #deletions: Deletion[] = [];
  /** By the names of their columns; made when first asked for, and kept up from then on. */
  readonly #indexes = new Map<string, RowIndex>();
  /** While a transaction runs: how to take back what it did, last first. */
  journal: (() => void)[] | undefined;

  constructor(entity: Entity) {
    this.entity = entity;
  }

  get size(): number {
    return this.#rows.size;
  }

  row(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** The slot of an attribute, given out on first use. */
  slot(name: string): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    this.#slots.set(name, this.#slots.size);
    return this.#slots.size - 1;
  }

  /** Forgets where an attribute's values stand, so that a new attribute of the same name begins empty. */
  retire(name: string): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    this.#slots.delete(name);
    this.#indexes.clear();
    this.#slots.set(`${name} (removed, ${slot})`, slot);
  }

  put(id: string, version: number, texts: readonly (string | undefined)[]): Row {
    const row = { id, version, packed: pack(texts) };
    const previous = this.#take(id);
    this.#insert(row);
    this.journal?.push(() => {
      this.#take(id);
      if (previous !== undefined) this.#insert(previous);
    });
    return row;
  }

  /** Removes a record and logs the deletion under `version`; false when it is not there. */
  delete(id: string, version: number): boolean {
    const previous = this.#take(id);
    if (previous === undefined) return false;
    this.#deletions.push({ id, version });
    this.journal?.push(() => {
      this.#deletions.pop();
      this.#insert(previous);
    });
    return true;
  }

  /** The texts of a row by slot; a fresh array. */
  texts(row: Row): (string | undefined)[] {
    return this.#reader.open(row.packed).texts();
  }

  /** The stored text of one attribute, with the primary id and the row version among them. */
  text(row: Row, name: string): string | undefined {
    if (name === this.entity.primaryIdAttribute) return `"${row.id}"`;
    if (name === "versionnumber") return String(row.version);
    const slot = this.#slots.get(name);
    return slot === undefined ? undefined : this.#reader.open(row.packed).text(slot);
  }

  /** The record with the id of its owner, where it has one. */
  owned(row: Row): { entity: string; id: string; owner: string | undefined } {
    const owner = this.text(row, "ownerid")?.slice(1, 37);
    return { entity: this.entity.logicalName, id: row.id, owner };
  }

  /** Every attribute that has a value. */
  record(row: Row): Record<string, WireValue> {
    const record: Record<string, WireValue> = { [this.entity.primaryIdAttribute]: row.id };
    const reader = this.#reader.open(row.packed);
    for (const [name, slot] of this.#slots) {
      const text = reader.text(slot);
      const attribute = this.entity.attributes.get(name);
      if (text !== undefined && attribute !== undefined) record[name] = decode(attribute, text);
    }
    record["versionnumber"] = String(row.version);
    return record;
  }

  /**
   * The rows whose columns hold these stored texts, compared without case, in id order. The first search for a set of
   * columns passes over the whole table, later ones only look up.
   */
  find(names: readonly string[], texts: readonly (string | undefined)[]): Row[] {
    const [name, ...others] = names;
    const ids =
      others.length === 0 && name === this.entity.primaryIdAttribute
        ? [texts[0]?.slice(1, 37).toLowerCase() ?? ""]
        : this.#index(names).ids(texts);
    return ids.flatMap((id) => this.#rows.get(id) ?? []);
  }

  #index(names: readonly string[]): RowIndex {
    const key = names.join(",");
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = new RowIndex((row) => names.map((name) => this.text(row, name)));
    for (const row of this.#rows.values()) index.add(row);
    this.#indexes.set(key, index);
    return index;
  }

  /** The row that stands at that fraction (0 up to 1) of the id order; undefined when there are none. */
  at(fraction: number): Row | undefined {
    return this.#byId.at(Math.floor(fraction * this.size));
  }

  /** Rows in id order, after the given id. */
  inIdOrder(after?: string): Iterable<Row> {
    return this.#byId.after(after === undefined ? undefined : { id: after, version: 0, packed: "" });
  }

  /** Rows in version order, after the given version. */
  inVersionOrder(after: number): Iterable<Row> {
    return this.#byVersion.after({ id: "", version: after, packed: "" });
  }

  /** Deletions in the order in which they happened, after the given version. */
  deletionsAfter(version: number): readonly Deletion[] {
    let low = 0;
    let high = this.#deletions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#deletions[middle]?.version ?? 0) <= version) low = middle + 1;
      else high = middle;
    }
    return this.#deletions.slice(low);
  }

  snapshot(): TableSnapshot {
    return { rows: [...this.#rows.values()], deletions: [...this.#deletions] };
  }

  restore(snapshot: TableSnapshot): void {
    this.#rows = new Map();
    this.#byId = new SortedList(byId);
    this.#byVersion = new SortedList(byVersion);
    this.#deletions = [...snapshot.deletions];
    this.#indexes.clear();
    for (const row of snapshot.rows) this.#insert(row);
  }

  #insert(row: Row): void {
    this.#rows.set(row.id, row);
    this.#byId.add(row);
    this.#byVersion.add(row);
    for (const index of this.#indexes.values()) index.add(row);
  }

  #take(id: string): Row | undefined {
    const row = this.#rows.get(id);
    if (row === undefined) return undefined;
    this.#rows.delete(id);
    this.#byId.remove(row);
    this.#byVersion.remove(row);
    for (const index of this.#indexes.values()) index.remove(row);
    return row;
  }
}

function byId(left: Row, right: Row): number {
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}

function byVersion(left: Row, right: Row): number {
  return left.version - right.version;
}

/** The texts of a row that is being made or changed, by attribute name. */
export class Draft {
  readonly table: Table;
  readonly texts: (string | undefined)[];
  /** Names of the attributes set so far. */
  readonly touched = new Set<string>();

  constructor(table: Table, row?: Row) {
    this.table = table;
    this.texts = row === undefined ? [] : table.texts(row);
  }

  get(name: string): string | undefined {
    return this.texts[this.table.slot(name)];
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  setText(name: string, text: string | undefined): void {
    const slot = this.table.slot(name);
    // Growing by assignment beyond the end would leave a holey array.
    while (this.texts.length <= slot) this.texts.push(undefined);
    this.texts[slot] = text;
    this.touched.add(name);
  }

  set(attribute: Attribute, value: WireValue): void {
    this.setText(attribute.logicalName, encode(attribute, value));
  }

  /** Sets an attribute when the entity has it and it is empty. */
  fill(name: string, value: WireValue): void {
    const attribute = this.table.entity.attributes.get(name);
    if (attribute !== undefined && !this.has(name)) this.set(attribute, value);
  }
}
