/**
 * The end of a compare pass: whoever is linked and was not met may have been deleted while the history was lost.
 * Each is asked for by id first, so that neither an incomplete read nor a lost permission is taken for a delete.
 */
import { SyncError } from "../core/errors.ts";
import type { Guard } from "../core/guard.ts";
import { allowedDeletes } from "../core/guard.ts";
import type { Lease } from "../core/store-port.ts";
import type { ConnectedEntity } from "./connect.ts";
import type { EngineParts } from "./ports.ts";

const AT_ONCE = 500;

/**
 * Confirms and flags the deletes a compare pass found, then ends it. Returns how many were flagged.
 * @throws SyncError `mass_change` when there are more than the guard allows: nothing is flagged, the pass stays open
 */
export async function settleCompare(
  { source, store }: EngineParts,
  lease: Lease,
  { description, stored }: ConnectedEntity,
  { guard, signal }: { readonly guard: Guard; readonly signal: AbortSignal },
): Promise<number> {
  const { live, unseen } = await store.unseenCount(stored);
  if (unseen > allowedDeletes(guard, { rows: live, approved: stored.approved }, "fromDynamics")) {
    throw new SyncError(
      "mass_change",
      `${description.name}: ${unseen} of ${live} records were not met by the compare pass; none was flagged as deleted.`,
      { entity: description.name },
    );
  }
  let flagged = 0;
  let after: string | null = null;
  for (;;) {
    const ids: readonly string[] = await store.unseen(stored, after, AT_ONCE);
    if (ids.length === 0) break;
    const existing = await source.existing(description, ids, signal);
    const gone = ids.filter((id) => !existing.has(id));
    flagged += await store.flagDeleted(lease, stored, gone);
    after = ids.at(-1) ?? null;
  }
  await store.endCompare(lease, stored);
  return flagged;
}
