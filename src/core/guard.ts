/**
 * The mass-change guard: whether deletes that wait may pass.
 */

/** Deletes that one cycle may flag per entity without being asked: the larger of the two. */
export interface Guard {
  readonly count: number;
  /** Part of the entity's records, 0 to 1. */
  readonly share: number;
}

/** Deletes that a person let pass, of each way they go; 0 where the guard holds none of that way. */
export interface ApprovedDeletes {
  /** Records that Dynamics had deleted. */
  readonly fromDynamics: number;
  /** Rows that were deleted in marketing, on their way to Dynamics. */
  readonly errands: number;
  /** Records whose end somebody asked for one by one. */
  readonly actions: number;
}

/** What the guard knows of an entity. */
export interface Guarded {
  /** Records it has. */
  readonly rows: number;
  readonly approved: ApprovedDeletes;
}

/** How many deletes pass that way. */
export function allowedDeletes(
  guard: Guard,
  { rows, approved }: Guarded,
  way: keyof ApprovedDeletes,
): number {
  return Math.max(guard.count, Math.floor(guard.share * rows), approved[way]);
}

export interface Waiting {
  /** Deletes that wait now. */
  readonly waiting: number;
  /** How many there were when they were held back; 0 when they were not. */
  readonly peak: number;
  /** How many pass. */
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
