/**
 * How two sides agree: three values of a field, the one both last agreed on, that of Dynamics and that of marketing,
 * and what becomes of them. Pure.
 */
import { sameCell } from "./canonical-cell.ts";
import type { Cell, ColumnType } from "./cell.ts";
import type { FieldPolicy, Winner } from "./policy.ts";

/** A two-way field of a record that has a pending change. */
export interface MergeField {
  readonly column: string;
  readonly type: ColumnType;
  readonly policy: FieldPolicy;
  /** Value in Dynamics now. */
  readonly crm: Cell;
  /** Value in marketing now. */
  readonly marketing: Cell;
  /** The pending edit of this field; absent when the field is not pending. */
  readonly pending?: {
    readonly agreed: Cell;
    /** What was last sent and not settled: when it comes back it is our own write. */
    readonly sent?: Cell;
  };
}

/** Both sides had changed the field; the loser's value is on record. */
export interface Conflict {
  readonly column: string;
  readonly agreed: Cell;
  readonly crm: Cell;
  readonly marketing: Cell;
  readonly winner: Winner;
  /** The rule that decided, in words: `lead: marketing wins`, `opt-outs stay`. */
  readonly rule: string;
}

/** What becomes of a record's fields. Columns that are in none of these stay as they are on both sides. */
export interface RecordMerge {
  /** Marketing takes these values; a pending edit of the column is over. */
  readonly take: ReadonlyMap<string, Cell>;
  /** Columns whose pending edit is over: both sides agree, or a rule leaves them apart. */
  readonly settled: readonly string[];
  /** Columns that are, or stay, pending, with the value both sides agree on from now on. */
  readonly pending: ReadonlyMap<string, Cell>;
  readonly conflicts: readonly Conflict[];
  /** Columns that a rule leaves different on purpose. */
  readonly keptApart: readonly string[];
}

/** Merges the fields of a record that have a pending change. */
export function mergeRecord(fields: readonly MergeField[], entity: string): RecordMerge {
  const take = new Map<string, Cell>();
  const pending = new Map<string, Cell>();
  const settled: string[] = [];
  const conflicts: Conflict[] = [];
  const keptApart: string[] = [];
  for (const { column, type, policy, crm, marketing, pending: edit } of fields) {
    if (edit === undefined) continue;
    if (sameCell(type, crm, marketing)) settled.push(column);
    else if (sameCell(type, crm, edit.agreed)) pending.set(column, edit.agreed);
    else if (edit.sent !== undefined && sameCell(type, crm, edit.sent)) pending.set(column, crm);
    else {
      const winner = policy.winner;
      conflicts.push({
        column,
        agreed: edit.agreed,
        crm,
        marketing,
        winner,
        rule: `${entity}: ${winner} wins`,
      });
      if (winner === "dynamics") take.set(column, crm);
      else pending.set(column, crm);
    }
  }
  return { take, settled, pending, conflicts, keptApart };
}
