/**
 * The map of the organization, kept fresh: read when it has grown old or somebody asked for it, stored for people.
 */
import { concernsOne } from "./concern.ts";
import type { EngineParts } from "./ports.ts";
import type { Lease } from "../core/store-port.ts";

/**
 * Reads and stores the map where that is due. What keeps it from being read is shown where people choose, and keeps
 * nothing else from flowing.
 * @throws SyncError what concerns the whole connection
 */
export async function readMapWhenDue(
  { source, store, log }: Pick<EngineParts, "source" | "store" | "log">,
  lease: Lease,
  signal: AbortSignal,
): Promise<void> {
  if (!(await store.mapIsDue(lease.connectionId))) return;
  try {
    await store.saveMap(lease, await source.map(signal));
  } catch (error) {
    if (!concernsOne(error)) throw error;
    log("warn", "map.not_read", { code: error.code, message: error.message });
    await store.saveMapTrouble(lease, error.message);
  }
}
