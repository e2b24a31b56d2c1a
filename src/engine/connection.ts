/**
 * A connection over its life: what is known of the organization is kept between cycles, and read again when it has
 * grown old or turned out to be wrong.
 */
import { SyncError } from "../core/errors.ts";
import type { Lease } from "../core/store-port.ts";
import { connectOrganization } from "./connect.ts";
import type { Connected } from "./connect.ts";
import { Cycle } from "./cycle.ts";
import type { CycleReport } from "./cycle.ts";
import type { CycleSettings, EngineParts } from "./ports.ts";

/** How old a description may be before it is read again: labels and columns change rarely. */
const DESCRIPTION_LIFE_MS = 3_600_000;

export interface Connection {
  /**
   * Claims the connection and runs one cycle. Every earlier claim is fenced.
   * @throws SyncError what concerns the whole connection; it is shown in the status as well, unless `fenced`
   */
  cycle(settings: CycleSettings, signal: AbortSignal): Promise<CycleReport>;
}

export function openConnection(parts: EngineParts, connectionId: number): Connection {
  let described: { readonly at: number; readonly connected: Connected } | null = null;

  const connect = async (lease: Lease, settings: CycleSettings, signal: AbortSignal): Promise<Connected> => {
    const now = parts.clock.now();
    if (described !== null && now - described.at < DESCRIPTION_LIFE_MS) {
      return refreshed(parts, lease, described.connected);
    }
    const connected = await connectOrganization(parts, lease, settings.entities, signal);
    described = { at: now, connected };
    return connected;
  };

  return {
    async cycle(settings, signal) {
      const lease = await parts.store.claim(connectionId);
      try {
        const connected = await connect(lease, settings, signal);
        const report = await new Cycle(parts, lease, settings, connected).run(signal);
        await parts.store.setConnectionTrouble(lease, null);
        if (report.troubles.length > 0) described = null;
        return report;
      } catch (error) {
        described = null;
        await showTrouble(parts, lease, error);
        throw error;
      }
    },
  };
}

/** The same description with the positions as they are stored now: another worker may have moved them. */
async function refreshed({ store }: EngineParts, lease: Lease, connected: Connected): Promise<Connected> {
  const stored = new Map((await store.entities(lease.connectionId)).map((entity) => [entity.id, entity]));
  return {
    ...connected,
    entities: connected.entities.map((entity) => ({
      ...entity,
      stored: stored.get(entity.stored.id) ?? entity.stored,
    })),
  };
}

async function showTrouble({ store, log }: EngineParts, lease: Lease, error: unknown): Promise<void> {
  if (!(error instanceof SyncError) || error.code === "fenced" || error.code === "stopped") return;
  log("error", "cycle.failed", { code: error.code, message: error.message });
  if (error.code === "database_unreachable") return;
  await store
    .setConnectionTrouble(lease, { code: error.code, message: error.message })
    .catch(() => undefined);
}
