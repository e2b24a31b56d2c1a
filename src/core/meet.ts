/**
 * A change of Dynamics meets an edit of marketing on the same record. Pure.
 */
import type { Activity } from "./activity.ts";
import { sameCell } from "./canonical-cell.ts";
import type { Cell } from "./cell.ts";
import type { Column, Row } from "./mapping.ts";
import type { Conflict, MergeField } from "./merge.ts";
import { mergeRecord } from "./merge.ts";
import type { Cells, PendingChange } from "./pending.ts";
import type { FieldPolicy } from "./policy.ts";

/** What of a row is merged, and how. */
export interface MeetingRules {
  /** Entity, for the words of a rule. */
  readonly entity: string;
  /** In the order of a row's cells. */
  readonly columns: readonly Column[];
  /** Policies of the columns that travel to Dynamics. */
  readonly policies: ReadonlyMap<string, FieldPolicy>;
}

/** What becomes of a pending change that was met. */
export interface MetEdit {
  readonly rowId: string;
  /** Id of the record in Dynamics. */
  readonly crmId: string;
  /** Revision that was met; when it has moved on, this outcome is void. */
  readonly revision: string;
  /** Columns that are no longer pending. */
  readonly over: readonly string[];
  /** Columns that are pending from now on, with the value both sides agree on. */
  readonly agreed: Cells;
  readonly conflicts: readonly Conflict[];
  readonly keptApart: readonly string[];
  /** Columns whose sent value has come back: it had arrived, whatever became of the answer. By column, as agreed before. */
  readonly arrived: ReadonlyMap<string, { readonly from: Cell; readonly to: Cell }>;
}

export interface Meeting {
  /** The row as it is to be written: pending columns hold what marketing keeps or takes. */
  readonly row: Row;
  readonly edit: MetEdit;
}

/** Merges a row from Dynamics with the pending change of the row it belongs to. */
export function meet(row: Row, pending: PendingChange, rules: MeetingRules): Meeting {
  const fields = rules.columns.flatMap((column, at) =>
    fieldOf(column, row.cells[at] ?? null, pending, rules),
  );
  const { take, settled, pending: agreed, conflicts, keptApart } = mergeRecord(fields, rules.entity);
  const cells = rules.columns.map(({ name }, at): Cell => {
    const incoming = row.cells[at] ?? null;
    if (!agreed.has(name) && (!pending.agreed.has(name) || !rules.policies.has(name))) return incoming;
    const taken = take.get(name);
    return taken === undefined ? (pending.now.get(name) ?? null) : taken;
  });
  const over = [...new Set([...take.keys(), ...settled])].filter((column) => pending.agreed.has(column));
  const { rowId, revision } = pending;
  return {
    row: { ...row, cells },
    edit: { rowId, crmId: row.id, revision, over, agreed, conflicts, keptApart, arrived: arrivedOf(fields) },
  };
}

function arrivedOf(fields: readonly MergeField[]): MetEdit["arrived"] {
  return new Map(
    fields.flatMap(({ column, type, crm, pending }) => {
      if (pending?.sent === undefined || !sameCell(type, crm, pending.sent)) return [];
      if (sameCell(type, crm, pending.agreed)) return [];
      return [[column, { from: pending.agreed, to: crm }]];
    }),
  );
}

/** Only what is pending has to be merged, and what goes with it: everything else follows Dynamics. */
function fieldOf(
  { name, type, typeOf }: Column,
  crm: Cell,
  pending: PendingChange,
  { policies }: MeetingRules,
): readonly MergeField[] {
  const policy = policies.get(name);
  const agreed = pending.agreed.get(name);
  const goesAlong = typeOf !== undefined && pending.agreed.has(typeOf);
  if (policy === undefined || (agreed === undefined && !goesAlong)) return [];
  const field = { column: name, type, policy, crm, marketing: pending.now.get(name) ?? null };
  const reference = typeOf === undefined ? {} : { typeOf };
  if (agreed === undefined) return [{ ...field, ...reference }];
  const sent = pending.sent.get(name);
  return [{ ...field, ...reference, pending: sent === undefined ? { agreed } : { agreed, sent } }];
}

/**
 * What the history tells of it: every conflict with the value that was given up, what a rule keeps apart, and what had
 * been written without anybody having heard of it.
 */
export function activitiesOf({ rowId, crmId, conflicts, keptApart, arrived }: MetEdit): readonly Activity[] {
  const told: Activity[] = conflicts.map(({ column, agreed, crm, marketing, winner, rule }): Activity => {
    const [to, lost] = winner === "dynamics" ? [crm, marketing] : [marketing, crm];
    const changes = { [column]: { from: agreed, to, lost } };
    return { rowId, crmId, kind: "conflict", origin: "sync", changes, rule };
  });
  if (arrived.size > 0) {
    told.push({ rowId, crmId, kind: "pushed", origin: "marketing", changes: Object.fromEntries(arrived) });
  }
  if (keptApart.length > 0) {
    const detail = `${keptApart.join(", ")}: the field's rule leaves the sides different.`;
    told.push({ rowId, crmId, kind: "kept-apart", origin: "sync", changes: {}, detail });
  }
  return told;
}
