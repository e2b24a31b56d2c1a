/**
 * What an outcome of the sink, or a look at the record where there is none, means for a pending change. Pure.
 */
import { ERROR_CODES } from "./errors.ts";
import type { Column } from "./mapping.ts";
import type { Cells } from "./pending.ts";
import type { PushField } from "./push-plan.ts";
import { hasArrived } from "./push-plan.ts";
import type { DueChange, Fate } from "./push-port.ts";
import type { Outcome } from "./sink-port.ts";
import type { EntityTrouble } from "./store-port.ts";

/**
 * A change whose outcome is only known when the record has been read.
 * - `overtaken`: the record has another version than the one that was merged last; nothing was written.
 * - `unknown`: the answer was lost. - `doubtful`: so it was in an earlier turn, or the process ended before it.
 * - `ruled`: a rule of a field changes the row in marketing, and a merge does that.
 */
export interface Contested {
  readonly change: DueChange;
  readonly why: "overtaken" | "unknown" | "doubtful" | "ruled";
  /** What was sent, by column. */
  readonly values: Cells;
}

/** What follows from an outcome; an outcome that says too little gives a reason to look at the record. */
export function fateOf(
  outcome: Outcome | undefined,
  values: Cells,
  fields: readonly PushField[],
): Fate | Contested["why"] {
  if (outcome === undefined) return "unknown";
  switch (outcome.kind) {
    case "written":
      return { kind: "written", values, version: outcome.version };
    case "overtaken":
      return "overtaken";
    case "later":
      return { kind: "later", afterMs: outcome.afterMs, sentStays: false };
    case "gone":
      return goneFate(values);
    case "refused":
      return refusedFate(outcome, values, fields);
    case "exists":
    case "unknown":
      return "unknown";
  }
}

/** What concerns more than this record and may be mended without touching it is no reason to park it. */
function refusedFate(
  { code, detail, field }: Extract<Outcome, { kind: "refused" }>,
  values: Cells,
  fields: readonly PushField[],
): Fate {
  if (ERROR_CODES[code].retry === "later") return { kind: "later", afterMs: 0, sentStays: false };
  const column = fields.find(({ attribute }) => attribute.name === field)?.column ?? field;
  return { kind: "refused", code, field: column, detail, values };
}

function goneFate(values: Cells): Fate {
  const detail = "Dynamics has no such record any more.";
  return { kind: "refused", code: "record_gone", field: null, detail, values };
}

/** Why edits of the entity wait, as far as an outcome says so. */
export function troubleIn(outcome: Outcome): EntityTrouble | null {
  if (outcome.kind === "later") return { code: outcome.code, message: outcome.detail };
  if (outcome.kind !== "refused" || ERROR_CODES[outcome.code].retry !== "later") return null;
  return { code: outcome.code, message: outcome.detail };
}

/** The record as it was read: its version and, unless a value of it cannot be kept, its values by column. */
export interface RecordSeen {
  readonly version: string;
  readonly values: Cells | null;
}

/** What a look at the record says: what became of the change, or that the two have to be merged first. */
export function fateSeen(
  { change, why, values }: Contested,
  record: RecordSeen | undefined,
  columns: readonly Column[],
): Fate | "merge" {
  if (record === undefined) return goneFate(values);
  if (why === "ruled") return "merge";
  if (record.values !== null && hasArrived(values, record.values, columns)) {
    return { kind: "written", values, version: record.version };
  }
  if (record.version !== change.version) return "merge";
  // A request whose answer was lost a moment ago may still be on its way.
  return why === "unknown" ? { kind: "later", afterMs: 0, sentStays: true } : { kind: "unsent" };
}
