/**
 * Two people become one, since Dynamics merged their records: what the row that stays takes from the one that goes.
 * Pure.
 */
import { isBlank } from "./canonical-cell.ts";
import type { Cell, ColumnType } from "./cell.ts";
import type { FirstField } from "./merge.ts";
import { mergeFirst } from "./merge.ts";
import type { Cells } from "./pending.ts";
import type { FieldPolicy } from "./policy.ts";

/**
 * A column of the table, as it concerns the entity of the row that stays. With a policy, edits of it travel to
 * Dynamics; `follows` is true where Dynamics alone says what it holds; otherwise it is marketing's own.
 */
export interface FoldColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly policy?: FieldPolicy;
  readonly follows?: boolean;
}

/** A row with the columns of its pending edit. */
export interface FoldedRow {
  readonly values: Cells;
  readonly pending: ReadonlySet<string>;
}

export interface FoldRules {
  /** Entity of the row that stays, for the words of a rule. */
  readonly entity: string;
  readonly columns: readonly FoldColumn[];
}

export interface Fold {
  /** Columns in which the row that stays takes the value of the one that goes. */
  readonly take: readonly string[];
  /** Of them those that have to travel to Dynamics now, with the value it has. */
  readonly agreed: Cells;
}

/**
 * Nothing that one of the two knew is replaced by nothing: where the row that stays is blank, it takes the other's
 * value. Otherwise Dynamics has decided what the record has. Edits that Dynamics does not know yet go along, where the
 * row that stays has none of its own, and an opt-out of either stays one.
 */
export function foldPerson(stays: FoldedRow, goes: FoldedRow, { entity, columns }: FoldRules): Fold {
  const fields = columns.flatMap((column) => fieldOf(column, stays, goes));
  const { pending } = mergeFirst(fields, entity);
  const own = columns.filter((column) => column.policy === undefined && isFilled(column, stays, goes));
  return { take: [...pending.keys(), ...own.map(({ name }) => name)], agreed: pending };
}

function isFilled({ name, follows }: FoldColumn, stays: FoldedRow, goes: FoldedRow): boolean {
  return follows !== true && isBlank(valueOf(stays, name)) && !isBlank(valueOf(goes, name));
}

/** What goes stands on the side of marketing: its value is kept only where the merge says that marketing's is. */
function fieldOf(
  { name, type, policy }: FoldColumn,
  stays: FoldedRow,
  goes: FoldedRow,
): readonly FirstField[] {
  if (policy === undefined || (stays.pending.has(name) && !policy.optOut)) return [];
  const winner = goes.pending.has(name) && !stays.pending.has(name) ? "marketing" : "dynamics";
  const [crm, marketing] = [valueOf(stays, name), valueOf(goes, name)];
  return [{ column: name, type, policy: { ...policy, winner }, crm, marketing }];
}

function valueOf({ values }: FoldedRow, name: string): Cell {
  return values.get(name) ?? null;
}
