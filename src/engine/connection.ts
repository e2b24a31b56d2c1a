/**
 * A connection over its life: what is known of the organization is kept between cycles, and read again when it has
 * grown old or turned out to be wrong.
 */
import type { RefusedView } from "../core/entity-port.ts";
import { wantedEntities } from "../core/entity-wish.ts";
import { SyncError } from "../core/errors.ts";
import type { MatchPreview } from "../core/person-desk.ts";
import type { Forgetting, Lease } from "../core/store-port.ts";
import { connectOrganization, connected } from "./connect.ts";
import type { Connected } from "./connect.ts";
import { Cycle } from "./cycle.ts";
import type { CycleReport } from "./cycle.ts";
import { previewMatches } from "./preview-matches.ts";
import { readMapWhenDue } from "./read-map.ts";
import { isSame } from "./wish-watch.ts";
import type { CycleSettings, EngineParts } from "./ports.ts";

/** How old a description may be before it is read again: labels and columns change rarely. */
const DESCRIPTION_LIFE_MS = 3_600_000;

export interface Connection {
  /**
   * Claims the connection and runs one cycle. Every earlier claim is fenced.
   * @throws SyncError what concerns the whole connection; it is shown in the status as well, unless `fenced`
   */
  cycle(settings: CycleSettings, signal: AbortSignal): Promise<CycleReport>;

  /** Claims the connection, reads the description and makes the tables, without reading a record. Throws as `cycle`. */
  prepare(settings: CycleSettings, signal: AbortSignal): Promise<void>;

  /**
   * What matching people would do, without writing anything and without claiming the connection.
   * @throws SyncError as `previewMatches` of `preview-matches.ts`
   */
  previewMatches(settings: CycleSettings, signal: AbortSignal): Promise<MatchPreview>;

  /**
   * Removes what is old of the history, under the claim of the last cycle; before the first one nothing. Returns how
   * many activities.
   * @throws SyncError `fenced`, `database_unreachable`
   */
  forget(forgetting: Forgetting): Promise<number>;
}

export function openConnection(parts: EngineParts, connectionId: number): Connection {
  let described: Described | null = null;
  let held: Lease | null = null;

  const connect = async (lease: Lease, settings: CycleSettings, signal: AbortSignal): Promise<Connected> => {
    const now = parts.clock.now();
    const wanted = wantedEntities(settings.entities, await parts.store.wishes(connectionId));
    if (described !== null && isFresh(described, lease, now) && isSame(wanted, described.known.names)) {
      const before = described.known;
      described = { ...described, epoch: lease.epoch, known: await refreshed(parts, lease, before) };
      await readMapWhenDue(parts, lease, signal);
      if (fieldsOf(before) !== fieldsOf(described.known)) await leadToPeople(parts, lease);
      await keepViews(parts);
      return described.known;
    }
    const known = await connectOrganization(parts, lease, wanted, signal);
    described = { at: now, epoch: lease.epoch, known };
    await readMapWhenDue(parts, lease, signal);
    await leadToPeople(parts, lease);
    await keepViews(parts);
    return known;
  };

  /** Runs `work` under a new lease, and shows what stops the whole connection. */
  const leased = async <T>(work: (lease: Lease) => Promise<T>): Promise<T> => {
    const lease = await parts.store.claim(connectionId);
    held = lease;
    try {
      const result = await work(lease);
      await parts.store.setConnectionTrouble(lease, null);
      return result;
    } catch (error) {
      described = null;
      await showTrouble(parts, lease, error);
      throw error;
    }
  };

  return {
    cycle: (settings, signal) =>
      leased(async (lease) => {
        const known = await connect(lease, settings, signal);
        const report = await new Cycle(parts, lease, settings, known).run(signal);
        if (report.troubles.length > 0 || report.outdated) described = null;
        return report;
      }),
    prepare: (settings, signal) =>
      leased(async (lease) => {
        await connect(lease, settings, signal);
      }),
    previewMatches: ({ people }, signal) => previewMatches(parts, { connectionId }, people, signal),
    forget: async (forgetting) => (held === null ? 0 : parts.store.forget(held, forgetting)),
  };
}

function keepViews({ tables, log }: EngineParts): Promise<void> {
  return made(log, () => tables.keepViews());
}

function leadToPeople({ store, log }: EngineParts, lease: Lease): Promise<void> {
  return made(log, () => store.leadToPeople(lease));
}

/** Views are there to be read: whatever keeps one from being made keeps nothing from being synced. */
async function made(log: EngineParts["log"], make: () => Promise<readonly RefusedView[]>): Promise<void> {
  try {
    for (const { view, reason } of await make()) log("warn", "view.not_made", { view, reason });
  } catch (error) {
    if (error instanceof SyncError) throw error;
    log("warn", "view.not_made", { err: error });
  }
}

/** The same as long as nobody switches a field. */
function fieldsOf({ entities }: Connected): string {
  return entities.map(({ stored: { id, fieldsRevision } }) => `${id} ${fieldsRevision}`).join("\n");
}

interface Described {
  readonly at: number;
  readonly epoch: string;
  readonly known: Connected;
}

/** Whoever else had the connection meanwhile may have stored other labels and fields than we remember. */
function isFresh({ at, epoch }: Described, lease: Lease, now: number): boolean {
  return now - at < DESCRIPTION_LIFE_MS && BigInt(lease.epoch) === BigInt(epoch) + 1n;
}

/** The same description with positions and mappings as they are stored now: others may have moved them. */
async function refreshed({ store }: EngineParts, lease: Lease, known: Connected): Promise<Connected> {
  const stored = new Map((await store.entities(lease.connectionId)).map((entity) => [entity.id, entity]));
  return {
    ...known,
    entities: known.entities.map(({ description, stored: before }) =>
      connected(description, stored.get(before.id) ?? before, known.terms),
    ),
  };
}

async function showTrouble({ store, log }: EngineParts, lease: Lease, error: unknown): Promise<void> {
  const { code, message } = error instanceof SyncError ? error : unforeseen(error);
  if (code === "fenced" || code === "stopped" || code === "paused") return;
  log("error", "cycle.failed", { code, message });
  if (code === "database_unreachable") return;
  await store.setConnectionTrouble(lease, { code, message }).catch(() => undefined);
}

/** The kind of an error nobody foresaw and where it came from, without its words: they may hold personal data. */
function unforeseen(error: unknown): SyncError {
  const name = error instanceof Error ? error.name : typeof error;
  const code = typeof error === "object" && error !== null && "code" in error ? ` ${String(error.code)}` : "";
  const place =
    error instanceof Error ? /\bat .*/.exec(error.stack?.split("\n").at(-1) ?? "")?.[0] : undefined;
  return new SyncError("unforeseen", `${name}${code}${place === undefined ? "" : ` ${place}`}`, {
    cause: error,
  });
}
