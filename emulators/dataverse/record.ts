/** A lookup as it is handed to and taken from the store: the target's logical name and its id (lower case, no braces). */
export interface Lookup {
  readonly entity: string;
  readonly id: string;
}

/**
 * One attribute value, raw, by type:
 * text, memo, unique identifiers, images (base64): string ·
 * whole numbers, doubles, choices, state, status: number ·
 * decimals, money: string of digits (`"20000.5"`) or number ·
 * 64-bit whole numbers: string of digits or number ·
 * multi-choices: string of values (`"1,9"`) ·
 * dates: ISO string (`"2026-03-01T08:00:00Z"`, or `"2026-03-01"` for date-only) ·
 * yes/no: boolean · lookups, owner, customer: {@link Lookup} · empty: null.
 */
export type WireValue = string | number | boolean | null | Lookup;

/** A record keyed by attribute logical name (`ownerid`, never `_ownerid_value`). Absent attributes are not touched. */
export type WireRecord = Readonly<Record<string, WireValue>>;

/** What a seeder or a simulated seller may do with the emulated organization, beside the Web API. */
export interface RecordStore {
  /** Logical names of all entities that exist now. */
  entities(): string[];
  /**
   * Inserts records fast, as a database import would: no required-level, range, lookup or privilege checks. The primary
   * id is made up when absent; `createdon`, `modifiedon`, owner, state, status, `fullname` and the base amounts of
   * money are filled in when absent. Every row gets its own row version.
   *
   * @returns how many were inserted.
   * @throws Error when the entity or an attribute does not exist.
   */
  insertMany(entity: string, records: Iterable<WireRecord>): number;
  /** Creates one record with all the rules of a Web API create, as `caller` (default: the administrator); gives its id. */
  create(entity: string, record: WireRecord, caller?: string): string;
  /** Updates one record with all the rules of a Web API update, as `caller`. Throws when it does not exist. */
  update(entity: string, id: string, changes: WireRecord, caller?: string): void;
  /** Deletes one record, with the cascades of the schema. Throws when it does not exist. */
  remove(entity: string, id: string): void;
  /** The stored record with every attribute that has a value, or undefined. */
  get(entity: string, id: string): Record<string, WireValue> | undefined;
  /** All ids in id order; a snapshot of the moment of the call. */
  ids(entity: string): string[];
  /** How many records the entity has. */
  count(entity: string): number;
}
