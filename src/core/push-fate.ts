/**
 * What is left of a pending change after its push, and what the history tells of it. Pure.
 */
import type { Activity, FieldChange } from "./activity.ts";
import type { Backoff } from "./backoff.ts";
import { delayMs } from "./backoff.ts";
import { sameCell } from "./canonical-cell.ts";
import type { Cell, ColumnType } from "./cell.ts";
import type { ErrorCode } from "./errors.ts";
import { ERROR_CODES } from "./errors.ts";
import type { Cells } from "./pending.ts";
import type { Settlement } from "./push-port.ts";

/** A pending change as it stands under its lock. */
export interface LockedChange {
  readonly revision: string;
  readonly agreed: Cells;
  readonly sent: Cells;
  readonly attempts: number;
  readonly parked: { readonly code: ErrorCode; readonly revision: string } | null;
  /** Values of the row now; null where nobody has edited it since the change was read. */
  readonly now: Cells | null;
}

/** A pending change as it is to be; over when nothing of it is pending and nothing of it under way. */
export interface ChangeLeft {
  readonly agreed: Cells;
  readonly sent: Cells;
  readonly attempts: number;
  /** Milliseconds until it may be tried again; null at once, or, when parked, not by itself. */
  readonly retryMs: number | null;
  readonly parked: Parking | null;
}

export interface Parking {
  readonly code: ErrorCode;
  readonly field: string | null;
  readonly detail: string;
  readonly revision: string;
}

const NONE: Cells = new Map();

/** A cycle that is repeated at once finds what it left due again; what lasts is asked for every quarter of an hour. */
const RETRIES: Backoff = { baseMs: 500, maxMs: 900_000, attempts: Infinity };

/** What is left of the change. `types` are those of the columns that were pushed. */
export function changeLeft(
  settlement: Settlement,
  locked: LockedChange,
  types: ReadonlyMap<string, ColumnType>,
): ChangeLeft {
  const { fate, change } = settlement;
  const edited = locked.now !== null;
  const agreed = new Map(locked.agreed);
  const due = { sent: NONE, attempts: 0, retryMs: null, parked: null };
  // What arrived may have been sent by an earlier process, long before the row's last edit.
  if (fate.kind === "written") settleValues(agreed, fate.values, locked.now ?? change.now, types);
  if (fate.kind === "written" || fate.kind === "over") {
    if (!edited) for (const column of settlement.over) agreed.delete(column);
    return { ...due, agreed };
  }
  if (fate.kind === "unsent") return { ...due, agreed, attempts: locked.attempts };
  const attempts = locked.attempts + 1;
  const backoff = delayMs(attempts, RETRIES, 1);
  if (fate.kind === "later") {
    const sent = fate.sentStays ? locked.sent : NONE;
    return { agreed, sent, attempts, retryMs: Math.max(fate.afterMs, backoff), parked: null };
  }
  // What was refused is no longer what the row holds.
  if (edited) return { ...due, agreed };
  const { code, field, detail } = fate;
  const passes = ERROR_CODES[code].retry === "later";
  const parked = { code, field, detail, revision: change.revision };
  return { agreed, sent: NONE, attempts, retryMs: passes ? backoff : null, parked };
}

/** Both sides agree on what was written; where the row holds something else by now, that is pending against it. */
function settleValues(
  agreed: Map<string, Cell>,
  written: Cells,
  now: Cells,
  types: ReadonlyMap<string, ColumnType>,
): void {
  for (const [column, value] of written) {
    const type = types.get(column);
    if (type === undefined) continue;
    if (sameCell(type, now.get(column) ?? null, value)) agreed.delete(column);
    else agreed.set(column, value);
  }
}

/** What the history tells of a settlement that took effect. */
export function activitiesOf(settlement: Settlement, locked: LockedChange): readonly Activity[] {
  const { change, fate, keptApart } = settlement;
  const { rowId, crmId } = change;
  const about = { rowId, crmId, origin: "marketing" } as const;
  const activities: Activity[] = [];
  if (fate.kind === "written") {
    activities.push({ ...about, kind: "pushed", changes: changesOf(settlement, fate.values) });
  }
  if (fate.kind === "refused" && !isKnown(locked, fate.code)) {
    const { code, detail, values } = fate;
    activities.push({ ...about, kind: "refused", changes: changesOf(settlement, values), code, detail });
  }
  if (keptApart.length > 0 && locked.now === null) {
    const values = new Map(keptApart.map((column) => [column, change.now.get(column) ?? null]));
    activities.push({ ...about, kind: "kept-apart", changes: changesOf(settlement, values) });
  }
  return activities;
}

/** True for a refusal that stands already: trying it again is no news. */
function isKnown({ parked, revision, now }: LockedChange, code: ErrorCode): boolean {
  return now !== null || (parked?.code === code && parked.revision === revision);
}

function changesOf({ change }: Settlement, values: Cells): Readonly<Record<string, FieldChange>> {
  return Object.fromEntries(
    [...values].map(([column, to]) => [column, { from: change.agreed.get(column) ?? null, to }]),
  );
}
