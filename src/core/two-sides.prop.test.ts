import fc from "fast-check";
import { expect, test } from "vitest";
import { isBlank, sameCell } from "./canonical-cell.ts";
import type { Cell, ColumnType } from "./cell.ts";
import type { Conflict, MergeField, RecordMerge } from "./merge.ts";
import { mergeRecord } from "./merge.ts";
import type { FieldPolicy, Winner } from "./policy.ts";

type Side = "dynamics" | "marketing";

interface Field {
  readonly column: string;
  readonly type: ColumnType;
  readonly policy: FieldPolicy;
}

/** A value, and every edit of a person that somebody who sees it has seen. */
interface Seen {
  readonly value: Cell;
  readonly edits: ReadonlySet<number>;
}

const UNTOUCHED: Seen = { value: null, edits: new Set() };

/** A write under way, and what the record held of it when it was noted. */
interface Request {
  readonly guard: number;
  readonly values: ReadonlyMap<string, Seen>;
  answer: "none" | "written" | "overtaken";
}

/** What a test says of each thing the sync does. */
interface Judge {
  merged?: (field: MergeField, merge: RecordMerge, seen: Readonly<Record<Side, Seen>>) => void;
  overwritten?: (field: Field, old: Seen, now: Seen) => void;
}

/**
 * One record on two sides, in small: Dynamics with its version, marketing with what its trigger captures, and between
 * them the pull, and a push in three steps after each of which the process may die.
 */
class World {
  readonly dynamics = new Map<string, Seen>();
  readonly marketing = new Map<string, Seen>();
  readonly agreed = new Map<string, Cell>();
  readonly sent = new Map<string, Cell>();
  readonly log: Conflict[] = [];
  /** Writes of the sync that changed something on either side. */
  writes = 0;
  #version = 1;
  #applied = 1;
  #request: Request | null = null;
  #edits = 0;
  readonly #fields: readonly Field[];
  readonly #judge: Judge;

  constructor(fields: readonly Field[], judge: Judge = {}) {
    this.#fields = fields;
    this.#judge = judge;
  }

  /**
   * A person edits; in marketing the trigger keeps the value before, and forgets it when it is set back, unless a value
   * was sent that may have arrived.
   */
  edit(side: Side, { column, type }: Field, value: Cell): void {
    const before = this.#at(side, column);
    if (sameCell(type, before.value, value)) return;
    this.#edits += 1;
    this[side].set(column, { value, edits: new Set([...before.edits, this.#edits]) });
    if (side === "dynamics") this.#version += 1;
    else if (!this.agreed.has(column)) this.agreed.set(column, before.value);
    else if (!this.sent.has(column) && sameCell(type, this.agreed.get(column) ?? null, value)) {
      this.agreed.delete(column);
    }
  }

  /** Reads the record when it has changed. A process that pulls has nothing under way. */
  pull(): void {
    this.#request = null;
    if (this.#version > this.#applied) this.#meet();
  }

  /** Notes what is about to be sent. What an earlier process left behind is looked up first. */
  note(): void {
    this.#request = null;
    if (this.sent.size > 0) this.#lookUp();
    else this.#plan();
  }

  arrive(): void {
    const request = this.#request;
    if (request === null || request.answer !== "none") return;
    request.answer = request.guard === this.#version ? "written" : "overtaken";
    if (request.answer === "overtaken") return;
    for (const [column, value] of request.values) this.#write("dynamics", column, value);
    this.#version += 1;
  }

  settle(): void {
    const request = this.#request;
    if (request === null || request.answer === "none") return;
    this.#request = null;
    if (request.answer === "written") this.#settleWritten();
    else this.#meet();
    this.sent.clear();
  }

  push(): void {
    this.note();
    this.arrive();
    this.settle();
  }

  /** Cycles until nothing moves. */
  quiet(): void {
    for (let rounds = 0; rounds < 10; rounds += 1) {
      const before = this.writes;
      this.pull();
      this.push();
      this.pull();
      if (this.writes === before && this.agreed.size + this.sent.size === 0) return;
    }
    throw new Error("The two sides do not come to rest.");
  }

  value(side: Side, column: string): Cell {
    return this.#at(side, column).value;
  }

  #at(side: Side, column: string): Seen {
    return this[side].get(column) ?? UNTOUCHED;
  }

  #write(side: Side, column: string, now: Seen): void {
    const field = this.#fields.find((one) => one.column === column);
    const old = this.#at(side, column);
    if (field !== undefined) this.#judge.overwritten?.(field, old, now);
    this[side].set(column, now);
    this.writes += 1;
  }

  #meet(): void {
    const fields = this.#fields.map((field) => this.#mergeField(field));
    const merge = mergeRecord(fields, "lead");
    for (const field of fields) this.#take(field, merge);
    this.log.push(...merge.conflicts);
    this.#applied = this.#version;
  }

  #mergeField({ column, type, policy }: Field): MergeField {
    const [crm, marketing] = [this.value("dynamics", column), this.value("marketing", column)];
    const one = { column, type, policy, crm, marketing };
    const sent = this.sent.get(column);
    const agreed = this.agreed.get(column);
    if (agreed === undefined) return one;
    return { ...one, pending: sent === undefined ? { agreed } : { agreed, sent } };
  }

  #take(field: MergeField, merge: RecordMerge): void {
    const { column } = field;
    const seen = { dynamics: this.#at("dynamics", column), marketing: this.#at("marketing", column) };
    this.#judge.merged?.(field, merge, seen);
    const both = new Set([...seen.dynamics.edits, ...seen.marketing.edits]);
    const agreed = merge.pending.get(column);
    if (merge.take.has(column)) {
      this.#write("marketing", column, { value: field.crm, edits: both });
      this.dynamics.set(column, { ...seen.dynamics, edits: both });
    }
    if (agreed === undefined) {
      this.agreed.delete(column);
      this.sent.delete(column);
      return;
    }
    this.marketing.set(column, { ...seen.marketing, edits: both });
    if (agreed !== this.agreed.get(column)) this.sent.delete(column);
    this.agreed.set(column, agreed);
  }

  #lookUp(): void {
    const arrived = this.#fields
      .filter(({ column }) => this.sent.has(column))
      .every(({ column, type }) =>
        sameCell(type, this.sent.get(column) ?? null, this.value("dynamics", column)),
      );
    if (arrived) this.#settleWritten();
    else if (this.#version > this.#applied) this.#meet();
    this.sent.clear();
  }

  #plan(): void {
    const pending = this.#fields
      .filter(({ column }) => this.agreed.has(column))
      .map((field): MergeField => {
        const agreed = this.agreed.get(field.column) ?? null;
        return {
          ...field,
          crm: agreed,
          marketing: this.value("marketing", field.column),
          pending: { agreed },
        };
      });
    const merge = mergeRecord(pending, "lead");
    if (merge.take.size > 0) {
      this.#meet();
      return;
    }
    for (const column of merge.settled) this.agreed.delete(column);
    if (merge.pending.size === 0) return;
    const values = new Map(
      [...merge.pending.keys()].map((column) => [column, this.#at("marketing", column)]),
    );
    for (const [column, { value }] of values) this.sent.set(column, value);
    this.#request = { guard: this.#applied, values, answer: "none" };
  }

  /** Both sides agree on what was written; what marketing has become since is pending against it. */
  #settleWritten(): void {
    for (const { column, type } of this.#fields) {
      const value = this.sent.get(column);
      if (value === undefined) continue;
      if (sameCell(type, value, this.value("marketing", column))) this.agreed.delete(column);
      else this.agreed.set(column, value);
    }
    this.sent.clear();
  }
}

// ── what happens ───────────────────────────────────────────────────────────────────────────────────────────────────

interface Step {
  readonly kind: "edit" | "pull" | "push" | "note" | "arrive" | "settle";
  readonly side: Side;
  readonly at: number;
  readonly value: Cell;
}

const COLUMNS = ["a", "b", "c"];
const side = fc.constantFrom<Side>("dynamics", "marketing");
const winner = fc.constantFrom<Winner>("dynamics", "marketing");
const crashing = ["edit", "edit", "edit", "pull", "push", "note", "arrive", "settle"] as const;
const orderly = ["edit", "edit", "pull", "push"] as const;

function steps(value: fc.Arbitrary<Cell>, kinds: readonly Step["kind"][] = crashing): fc.Arbitrary<Step[]> {
  const step = fc.record({ kind: fc.constantFrom(...kinds), side, at: fc.nat({ max: 2 }), value });
  return fc.array(step, { maxLength: 25, size: "max" });
}

function fieldsOf(policy: fc.Arbitrary<FieldPolicy>): fc.Arbitrary<Field[]> {
  return fc
    .tuple(policy, policy, policy)
    .map((all) => all.map((how, at) => ({ column: COLUMNS[at] ?? "", type: "text", policy: how })));
}

const plainFields = fieldsOf(fc.record({ winner, rule: fc.constant(null), optOut: fc.constant(false) }));
const anyFields = fieldsOf(
  fc.record({
    winner,
    rule: fc.constantFrom(null, "fill-if-blank", "create-only", "never-blank"),
    optOut: fc.boolean(),
  }),
);
const few = fc.constantFrom<Cell>(null, "", "true", "false", "x");

/** @param own side that alone may edit a column; everybody edits everything where it is not given */
function happen(world: World, fields: readonly Field[], all: readonly Step[], own?: readonly Side[]): void {
  for (const { kind, side: by, at, value } of all) {
    const field = fields[at];
    if (kind !== "edit") world[kind]();
    else if (field !== undefined) world.edit(own?.[at] ?? by, field, value);
  }
}

/** Gives every edit a value of its own, so that nothing is equal by chance. */
function told(all: readonly Step[]): Step[] {
  return all.map((step, at) => ({ ...step, value: `v${at}` }));
}

function within(some: ReadonlySet<number>, all: ReadonlySet<number>): boolean {
  return [...some].every((edit) => all.has(edit));
}

test("whatever happened, the sides come to rest and are equal, but for what a rule keeps apart", () => {
  fc.assert(
    fc.property(anyFields, steps(few), (fields, all) => {
      const world = new World(fields);
      happen(world, fields, all);
      world.quiet();
      for (const { column, type, policy } of fields) {
        const [crm, marketing] = [world.value("dynamics", column), world.value("marketing", column)];
        if (sameCell(type, crm, marketing)) continue;
        expect(["fill-if-blank", "create-only"]).toContain(policy.rule);
        if (policy.rule === "fill-if-blank") expect([crm, marketing].some(isBlank)).toBe(false);
      }
      const { writes, log } = world;
      const conflicts = log.length;
      world.quiet();
      expect([world.writes, log.length]).toEqual([writes, conflicts]);
    }),
    { numRuns: 2_000 },
  );
});

test("a one-sided edit is never lost and never a conflict, wherever the process dies", () => {
  const owners = fc.tuple(side, side, side);
  fc.assert(
    fc.property(plainFields, steps(few), owners, (fields, all, own) => {
      const world = new World(fields);
      happen(world, fields, all, own);
      const wanted = fields.map(({ column }, at) => world.value(own[at] ?? "dynamics", column));
      world.quiet();
      for (const [at, { column, type }] of fields.entries()) {
        expect(sameCell(type, world.value("dynamics", column), wanted[at] ?? null)).toBe(true);
        expect(sameCell(type, world.value("marketing", column), wanted[at] ?? null)).toBe(true);
      }
      expect(world.log).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test("P2: no edit vanishes that its successor had not seen, unless it is told as the loser, once", () => {
  fc.assert(
    fc.property(plainFields, steps(few), (fields, all) => {
      const world = new World(fields, {
        merged: ({ column }, merge, { dynamics, marketing }) => {
          if (merge.conflicts.some((one) => one.column === column)) return;
          if (merge.take.has(column)) expect(within(marketing.edits, dynamics.edits)).toBe(true);
          if (merge.pending.has(column)) expect(within(dynamics.edits, marketing.edits)).toBe(true);
        },
        overwritten: (_, old, now) => expect(within(old.edits, now.edits)).toBe(true),
      });
      happen(world, fields, told(all));
      world.quiet();
      const losers = world.log.map(({ column, crm, marketing, winner: won }) =>
        JSON.stringify([column, won === "dynamics" ? marketing : crm]),
      );
      expect(new Set(losers).size).toBe(losers.length);
    }),
    { numRuns: 2_000 },
  );
});

test("P34: a conflict is told only where neither side had seen what the other did", () => {
  fc.assert(
    fc.property(plainFields, steps(few, orderly), (fields, all) => {
      const world = new World(fields, {
        merged: ({ column }, merge, { dynamics, marketing }) => {
          if (!merge.conflicts.some((one) => one.column === column)) return;
          expect(within(marketing.edits, dynamics.edits)).toBe(false);
          expect(within(dynamics.edits, marketing.edits)).toBe(false);
        },
      });
      happen(world, fields, told(all));
      world.quiet();
    }),
    { numRuns: 2_000 },
  );
});

test("an opt-out goes only because somebody who saw it turned it off, never by a conflict", () => {
  const fields = fieldsOf(
    fc.record({
      winner,
      rule: fc.constantFrom(null, "fill-if-blank", "create-only", "never-blank"),
      optOut: fc.constant(true),
    }),
  );
  fc.assert(
    fc.property(fields, steps(few), (all, happening) => {
      const world = new World(all, {
        merged: ({ column, crm, marketing }, merge) => {
          const conflict = merge.conflicts.find((one) => one.column === column);
          if (conflict === undefined || ![crm, marketing].includes("true")) return;
          expect(conflict.winner).toBe(crm === "true" ? "dynamics" : "marketing");
        },
      });
      happen(world, all, happening);
      world.quiet();
    }),
    { numRuns: 2_000 },
  );
});

test("P10, P27: the winner does not depend on how often, or in which steps, the sync runs in between", () => {
  fc.assert(
    fc.property(
      plainFields,
      few,
      few,
      fc.array(fc.constantFrom("note", "arrive", "pull"), { maxLength: 6 }),
      (fields, here, there, between) => {
        const [field] = fields;
        if (field === undefined) return;
        const edited = (kinds: readonly ("note" | "arrive" | "pull")[]): Cell => {
          const world = new World(fields);
          world.edit("marketing", field, here);
          world.edit("dynamics", field, there);
          for (const kind of kinds) world[kind]();
          world.quiet();
          return world.value("dynamics", field.column);
        };
        expect(edited(between)).toEqual(edited([]));
      },
    ),
    { numRuns: 2_000 },
  );
});
