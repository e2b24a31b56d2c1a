/**
 * Notices that the organization was restored to an earlier state. A change feed cannot tell: its token may be
 * accepted, and changes whose versions lie below it are never delivered. So the newest records that were applied
 * stand witness: Dynamics must show them at the same or a newer version, or have said that they were deleted.
 */
import { compareVersions } from "../core/link.ts";
import { concernsOne } from "./concern.ts";
import type { ConnectedEntity } from "./connect.ts";
import type { EngineParts } from "./ports.ts";

/** Witnesses that are asked for; two, since one of them may just be deleted. */
const WITNESSES = 2;

export interface HistoryCheck {
  /** True when a witness is older than what was applied. */
  readonly restored: boolean;
  /** Witnesses that were not found: gone by a delete that the feed will tell, or by a restore. */
  readonly notFound: readonly Witness[];
}

interface Witness {
  readonly entity: ConnectedEntity;
  readonly id: string;
}

/** Asks for the witnesses, one request each. Costs nothing while no snapshot is complete. */
export async function checkHistory(
  { source }: EngineParts,
  entities: readonly ConnectedEntity[],
  signal: AbortSignal,
): Promise<HistoryCheck> {
  const witnesses = entities
    .flatMap((entity) => {
      const { complete, compare, witness } = entity.stored;
      return complete && compare === null && witness !== null ? [{ entity, ...witness }] : [];
    })
    .toSorted((a, b) => compareVersions(b.version, a.version))
    .slice(0, WITNESSES);
  const notFound: Witness[] = [];
  for (const { entity, id, version } of witnesses) {
    const versions = await versionsOrNull(source.versions(entity.description, [id], signal));
    if (versions === null) continue;
    const now = versions.get(id);
    if (now === undefined) {
      // A feed without change tracking tells no deletes, so that one which is gone proves nothing.
      if (entity.description.changeTracking) notFound.push({ entity, id });
    }
    if (now !== undefined && compareVersions(now, version) < 0) return { restored: true, notFound: [] };
  }
  return { restored: false, notFound };
}

/** Null when the witness's entity cannot be asked: its own walk will say why. */
async function versionsOrNull(
  asked: ReturnType<EngineParts["source"]["versions"]>,
): Promise<ReadonlyMap<string, string> | null> {
  try {
    return await asked;
  } catch (error) {
    if (concernsOne(error)) return null;
    throw error;
  }
}

/** After the feeds were read: true when a witness is gone although no delete of it was delivered. */
export async function vanished({ store }: EngineParts, notFound: readonly Witness[]): Promise<boolean> {
  for (const { entity, id } of notFound) {
    const link = (await store.links(entity.stored, [id])).get(id);
    if (link?.state === "live") return true;
  }
  return false;
}
