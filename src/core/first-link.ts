/**
 * A person of marketing is linked to a record for the first time: found there, or just made. What becomes of the values
 * of both. Pure.
 */
import type { Activity, ActivityKind, FieldChange } from "./activity.ts";
import { isBlank, sameCell } from "./canonical-cell.ts";
import type { Cell } from "./cell.ts";
import type { Column } from "./mapping.ts";
import type { Conflict, MergeField, RecordMerge } from "./merge.ts";
import { mergeFirst, mergeRecord } from "./merge.ts";
import type { Cells } from "./pending.ts";
import type { FieldPolicy } from "./policy.ts";

/** A person, and the record that is theirs from here on. */
export interface FirstLink {
  readonly rowId: string;
  readonly record: {
    readonly id: string;
    readonly version: string;
    /** By column, as far as it is known. */
    readonly values: Cells;
  };
  /** Of a record that was made from the person: by column, what was sent. Null for one that was found. */
  readonly sent: Cells | null;
  /** For the history: the match columns that were the same, or who decided. */
  readonly rule: string | null;
}

/** How the two meet. */
export interface FirstLinkRules {
  /** Entity, for the words of a rule. */
  readonly entity: string;
  /** Columns that follow Dynamics, whether or not their edits travel back. */
  readonly pulled: readonly Column[];
  /** Columns whose edits travel to Dynamics. */
  readonly pushed: readonly PushedColumn[];
}

export interface PushedColumn extends Column {
  readonly policy: FieldPolicy;
  /** True while a backfill still has to bring its values: of a record that was found, nobody knows what it holds. */
  readonly unread?: boolean;
}

export interface FirstLinked {
  /** The row as it is to be, by pulled column. */
  readonly row: Cells;
  /** Columns that have to travel to Dynamics, with what it has. */
  readonly pending: Cells;
  readonly conflicts: readonly Conflict[];
  readonly keptApart: readonly string[];
  /** What became different in marketing. */
  readonly changes: Readonly<Record<string, FieldChange>>;
}

/**
 * Where both never agreed on anything, a blank gives way to a value and the policy decides between two. Where the record
 * was made from the person, both agree on what was sent: an edit made meanwhile is pending, and what Dynamics made of a
 * value comes home. Nothing gives way to a blank that only says that Dynamics did not take the value over.
 * @param now values of the person by column
 */
export function linkFirst({ record, sent }: FirstLink, now: Cells, rules: FirstLinkRules): FirstLinked {
  const agreed: MergeField[] = [];
  const strange: MergeField[] = [];
  for (const { name, type, policy, unread = false } of rules.pushed) {
    if (unread && sent === null) continue;
    const before = sent?.get(name) ?? null;
    const crm = record.values.has(name) ? cellOf(record.values, name) : before;
    const field = { column: name, type, policy, crm, marketing: cellOf(now, name) };
    if (sent === null || isBlank(crm)) strange.push(field);
    else agreed.push({ ...field, pending: { agreed: before } });
  }
  const merges = [mergeFirst(strange, rules.entity), mergeRecord(agreed, rules.entity)];
  const pushed = new Set(rules.pushed.map(({ name }) => name));
  const row = new Map(
    rules.pulled.map(({ name }) => [name, valueAfter(name, { record, now, pushed, merges })]),
  );
  return {
    row,
    pending: new Map(merges.flatMap(({ pending }) => [...pending])),
    conflicts: merges.flatMap(({ conflicts }) => conflicts),
    keptApart: merges.flatMap(({ keptApart }) => keptApart),
    changes: changesOf(rules.pulled, now, row),
  };
}

interface Meeting {
  readonly record: FirstLink["record"];
  readonly now: Cells;
  readonly pushed: ReadonlySet<string>;
  readonly merges: readonly RecordMerge[];
}

function valueAfter(column: string, { record, now, pushed, merges }: Meeting): Cell {
  if (!record.values.has(column)) return cellOf(now, column);
  if (!pushed.has(column)) return cellOf(record.values, column);
  for (const { take } of merges) {
    const taken = take.get(column);
    if (taken !== undefined) return taken;
  }
  return cellOf(now, column);
}

function changesOf(
  columns: readonly Column[],
  now: Cells,
  row: Cells,
): Readonly<Record<string, FieldChange>> {
  const changed = columns.filter(({ name, type }) => !sameCell(type, cellOf(now, name), cellOf(row, name)));
  return Object.fromEntries(
    changed.map(({ name }) => [name, { from: cellOf(now, name), to: cellOf(row, name) }]),
  );
}

/** What the history tells of it: the link or the creation, every value that was given up, what a rule keeps apart. */
export function firstLinkActivities(
  { rowId, record, sent, rule }: FirstLink,
  { changes, conflicts, keptApart }: FirstLinked,
): readonly Activity[] {
  const about = { rowId, crmId: record.id };
  const kind: ActivityKind = sent === null ? "linked" : "created-in-dynamics";
  const made = [...(sent ?? [])].map(([column, to]) => [column, { from: null, to }]);
  const told = sent === null ? changes : (Object.fromEntries(made) as Record<string, FieldChange>);
  const first: Activity = {
    ...about,
    kind,
    origin: "marketing",
    changes: told,
    ...(rule === null ? {} : { rule }),
  };
  const lost = conflicts.map(({ column, agreed, crm, marketing, winner, rule: by }): Activity => {
    const [to, given] = winner === "dynamics" ? [crm, marketing] : [marketing, crm];
    const change = { [column]: { from: agreed, to, lost: given } };
    return { ...about, kind: "conflict", origin: "sync", changes: change, rule: by };
  });
  if (keptApart.length === 0) return [first, ...lost];
  const detail = `${keptApart.join(", ")}: the field's rule leaves the sides different.`;
  return [first, ...lost, { ...about, kind: "kept-apart", origin: "sync", changes: {}, detail }];
}

function cellOf(cells: Cells, column: string): Cell {
  return cells.get(column) ?? null;
}
