/**
 * The mass-change guard: whether deletes that wait may pass.
 */

export interface Waiting {
  /** Deletes that wait now. */
  readonly waiting: number;
  /** How many there were when they were held back; 0 when they were not. */
  readonly peak: number;
  /** How many pass without being asked. */
  readonly allowed: number;
}

/**
 * The peak from now on; 0 when they may pass. Deletes that were more than allowed once wait for a guard that lets so many
 * pass, or for none of them to be left, however many are undone meanwhile.
 */
export function heldPeak({ waiting, peak, allowed }: Waiting): number {
  if (waiting === 0) return 0;
  const most = Math.max(waiting, peak);
  return most > allowed ? most : 0;
}
