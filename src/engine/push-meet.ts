/**
 * Records that others changed, or of which nobody knows whether they were written: they are read, and marketing and
 * Dynamics meet.
 */
import { UnstorableValue } from "../core/cell.ts";
import type { SourceRecord } from "../core/change.ts";
import type { Column } from "../core/mapping.ts";
import type { Contested, RecordSeen } from "../core/push-outcome.ts";
import { fateSeen } from "../core/push-outcome.ts";
import type { Fate, Settlement } from "../core/push-port.ts";
import type { Lease } from "../core/store-port.ts";
import type { ConnectedEntity } from "./connect.ts";
import { takeRecords } from "./intake.ts";
import type { EngineParts } from "./ports.ts";

export interface Meetings {
  readonly settlements: readonly Settlement[];
  /** Rows in marketing that became different. */
  readonly updated: number;
}

/** What to look at. */
export interface MeetWish {
  readonly contested: readonly Contested[];
  /** Columns that travel to Dynamics. */
  readonly columns: readonly Column[];
  readonly signal: AbortSignal;
}

/**
 * Reads the records of contested changes and merges those that have moved on. What is left of a merged change is due
 * again: nothing of it is under way any more.
 * @throws SyncError as `Sink.read`, `takeRecords`
 */
export async function meetContested(
  parts: Pick<EngineParts, "sink" | "store">,
  lease: Lease,
  entity: ConnectedEntity,
  { contested, columns, signal }: MeetWish,
): Promise<Meetings> {
  const { attributes } = entity.projections.live;
  const ids = contested.map(({ change }) => change.crmId);
  const records = await parts.sink.read(entity.description, ids, attributes, signal);
  const found = new Map(records.map((record) => [record.id, record]));
  const seen = contested.map((each) => {
    const record = found.get(each.change.crmId);
    const fate = fateSeen(each, record === undefined ? undefined : seenIn(record, entity), columns);
    return { ...each, record, fate };
  });
  const toMerge = seen.flatMap(({ record, fate }) =>
    fate === "merge" && record !== undefined ? [record] : [],
  );
  const { updated, parked } =
    toMerge.length === 0 ? NOTHING : await takeRecords(parts, lease, entity, toMerge);
  const unreadable = new Set(parked.map(({ id }) => id));
  const settlements = seen.map(({ change, why, fate }): Settlement => {
    const merged = unreadable.has(change.crmId) ? unmerged(why) : UNSENT;
    return { change, fate: fate === "merge" ? merged : fate, over: [], keptApart: [] };
  });
  return { settlements, updated };
}

const NOTHING = { updated: 0, parked: [] } as const;
const UNSENT: Fate = { kind: "unsent" };

/** A record with a value that nobody can keep is not merged before it has changed. */
function unmerged(why: Contested["why"]): Fate {
  return { kind: "later", afterMs: 0, sentStays: why !== "overtaken" };
}

function seenIn(record: SourceRecord, { projections }: ConnectedEntity): RecordSeen {
  const { version } = record;
  const { columns, row } = projections.live;
  try {
    const { cells } = row(record);
    return { version, values: new Map(columns.map(({ name }, at) => [name, cells[at] ?? null])) };
  } catch (error) {
    if (!(error instanceof UnstorableValue)) throw error;
    return { version, values: null };
  }
}
