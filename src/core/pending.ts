/**
 * Edits made in marketing that Dynamics does not have yet.
 */
import type { Cell } from "./cell.ts";

/** Values by column of the marketing table. */
export type Cells = ReadonlyMap<string, Cell>;

/** The edit of one row, folded: however often it was edited, each field stands here once. */
export interface PendingChange {
  readonly rowId: string;
  /** Raised by every further edit, so that a push can tell whether what it pushed is still the newest. */
  readonly revision: string;
  /** By column, the values both sides last agreed on. A column that is not here is not pending. */
  readonly agreed: Cells;
  /** By column, what was last sent to Dynamics without an outcome having been settled; empty when nothing was. */
  readonly sent: Cells;
  /** By column, the values of the row now; of the pending columns at least. */
  readonly now: Cells;
}
