/**
 * What happened to a record: the history people read, and what an undo goes back by.
 */
import type { Cell } from "./cell.ts";

/**
 * - `created`, `changed`, `deleted`, `restored`: the sync did this to a row, because Dynamics had.
 * - `pushed`: values of the row were written to Dynamics. - `created-in-dynamics`: a record was made there.
 * - `conflict`: both sides had changed a field; the loser's value stands here. - `kept-apart`: a field's rule leaves
 * the sides different. - `refused`: a value or a write was refused; the record waits.
 * - `linked`, `unlinked`, `qualified`, `merged`: a row came to stand for another record.
 * - `campaign-added`, `campaign-removed`: a person was put on a list of a campaign in Dynamics, or taken off it, since
 * marketing had asked for it.
 * By marketing, `merged` is a merge that people made, and `deleted` means that the record of a row which they had deleted
 * was deleted in Dynamics.
 * - `owner-changed`, `task-created`, `delete-asked`: somebody asked for it, and Dynamics did it.
 */
export type ActivityKind =
  | "created"
  | "changed"
  | "deleted"
  | "restored"
  | "pushed"
  | "created-in-dynamics"
  | "conflict"
  | "kept-apart"
  | "refused"
  | "linked"
  | "unlinked"
  | "qualified"
  | "merged"
  | "campaign-added"
  | "campaign-removed"
  | "owner-changed"
  | "task-created"
  | "delete-asked";

/** One field's part in it: `from` before, `to` after; in a conflict `lost` is the value that was given up. */
export interface FieldChange {
  readonly from: Cell;
  readonly to: Cell;
  readonly lost?: Cell;
}

export interface Activity {
  /** Row of the marketing table. */
  readonly rowId: string;
  readonly crmId: string | null;
  readonly kind: ActivityKind;
  /** Where the change came from. */
  readonly origin: "dynamics" | "marketing" | "sync";
  /** By column. */
  readonly changes: Readonly<Record<string, FieldChange>>;
  /** The rule that decided, where one did: `contact: dynamics wins`, `opt-outs stay`. */
  readonly rule?: string;
  /** For refusals: the code of the closed table, and the reason in words. */
  readonly code?: string;
  readonly detail?: string;
}
