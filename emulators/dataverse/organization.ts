import { addIntersects } from "./intersects.ts";
import { guid } from "./random.ts";
import type { Random } from "./random.ts";
import type { Entity } from "./schema.ts";
import { standardEntities } from "./schema.ts";
import { Table } from "./table.ts";
import type { TableSnapshot } from "./table.ts";

/** Ids of the rows that every organization is born with. */
export interface StandardRows {
  readonly organization: string;
  readonly businessUnit: string;
  readonly currency: string;
  readonly administrator: string;
  readonly applicationUser: string;
  readonly system: string;
}

/** Everything that a restore of the environment brings back. */
export interface OrganizationSnapshot {
  readonly version: number;
  readonly tables: ReadonlyMap<string, TableSnapshot>;
}

const FIRST_VERSION = 915_000;

/** The emulated organization: its schema, its rows and its clock. Knows nothing of the wire. */
export class Organization {
  readonly clock: () => number;
  readonly random: Random;
  readonly name: string;
  readonly standard: StandardRows;
  readonly #entities = new Map<string, Entity>();
  readonly #sets = new Map<string, Entity>();
  readonly #tables = new Map<string, Table>();
  #version = FIRST_VERSION;
  #journal: (() => void)[] | undefined;
  /** How often the organization was put back to an earlier moment. */
  restores = 0;
  /** Raised by every change of the schema. */
  schemaVersion = 1;
  /** For how many days changes can be asked for (organization column `expirechangetrackingindays`). */
  get trackingDays(): number {
    const table = this.table("organization");
    const row = table.row(this.standard.organization);
    return Number((row && table.text(row, "expirechangetrackingindays")) ?? 7);
  }

  constructor(name: string, clock: () => number, random: Random) {
    this.name = name;
    this.clock = clock;
    this.random = random;
    this.standard = {
      organization: guid(random),
      businessUnit: guid(random),
      currency: guid(random),
      administrator: guid(random),
      applicationUser: guid(random),
      system: guid(random),
    };
    for (const entity of standardEntities()) this.addEntity(entity);
    addIntersects(this);
  }

  /** The highest row version given out so far. */
  get version(): number {
    return this.#version;
  }

  nextVersion(): number {
    this.#version += 1;
    return this.#version;
  }

  newId(): string {
    return guid(this.random);
  }

  entities(): Iterable<Entity> {
    return this.#entities.values();
  }

  entity(logicalName: string): Entity | undefined {
    return this.#entities.get(logicalName);
  }

  /** By entity set name, case-sensitive as on the wire. */
  entityBySet(setName: string): Entity | undefined {
    return this.#sets.get(setName);
  }

  addEntity(entity: Entity): void {
    this.#entities.set(entity.logicalName, entity);
    this.#sets.set(entity.entitySetName, entity);
    this.#tables.set(entity.logicalName, new Table(entity));
    this.schemaVersion += 1;
  }

  removeEntity(logicalName: string): void {
    const entity = this.#entities.get(logicalName);
    if (entity === undefined) throw new Error(`There is no entity ${logicalName}.`);
    this.#entities.delete(logicalName);
    this.#sets.delete(entity.entitySetName);
    this.#tables.delete(logicalName);
    this.schemaVersion += 1;
  }

  /** @throws Error when the entity does not exist. */
  table(logicalName: string): Table {
    const table = this.#tables.get(logicalName);
    if (table === undefined) throw new Error(`There is no entity ${logicalName}.`);
    return table;
  }

  findTable(logicalName: string): Table | undefined {
    return this.#tables.get(logicalName);
  }

  /** Runs `work`; when it throws, everything that it did to rows is taken back. Transactions nest. Row versions given out stay used. */
  transaction<T>(work: () => T): T {
    const outer = this.#journal;
    const journal: (() => void)[] = [];
    this.#keepJournal(journal);
    try {
      const result = work();
      outer?.push(...journal);
      return result;
    } catch (error) {
      this.#keepJournal(undefined);
      for (const undo of journal.toReversed()) undo();
      throw error;
    } finally {
      this.#keepJournal(outer);
    }
  }

  get inTransaction(): boolean {
    return this.#journal !== undefined;
  }

  /** Has something done when the transaction under way is taken back; without one there is nothing to take back. */
  undoable(undo: () => void): void {
    this.#journal?.push(undo);
  }

  #keepJournal(journal: (() => void)[] | undefined): void {
    this.#journal = journal;
    for (const table of this.#tables.values()) table.journal = journal;
  }

  snapshot(): OrganizationSnapshot {
    const tables = new Map([...this.#tables].map(([name, table]) => [name, table.snapshot()] as const));
    return { version: this.#version, tables };
  }

  /** Puts all rows, the deletion logs and the row version counter back, as a restored backup does. */
  restore(snapshot: OrganizationSnapshot): void {
    this.#version = snapshot.version;
    this.restores += 1;
    for (const [name, table] of this.#tables) {
      table.restore(snapshot.tables.get(name) ?? { rows: [], deletions: [] });
    }
  }
}
