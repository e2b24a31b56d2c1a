import type { ConnectionStatus, CycleStatus, Status } from "../../../src/core/status.ts";
import { totalsOf } from "../status/totals.ts";

/** How one connection stood at one moment; nulls where nothing was heard, so that charts show a gap. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Records per second, all entities together. */
  readonly rate: number | null;
  readonly backlog: number | null;
  readonly tally: Tally | null;
}

/** What the newest cycle had done by then. */
interface Tally {
  readonly cycle: number;
  readonly records: number;
}

/** Samples by connection id, oldest first. Kept in this page only: it begins when the page is opened. */
export type History = ReadonlyMap<number, readonly Sample[]>;

/** How far back charts reach, in milliseconds. */
export const HISTORY_MS = 15 * 60_000;

/** The history with how things stand at `at` added; a status of null means that nothing is heard. */
export function extendHistory(history: History, status: Status | null, at: number): History {
  const connections = status?.connections ?? [];
  const ids = new Set([...history.keys(), ...connections.map((connection) => connection.id)]);
  const extended = new Map<number, readonly Sample[]>();
  for (const id of ids) {
    const known = connections.find((connection) => connection.id === id);
    const samples = (history.get(id) ?? []).filter((sample) => sample.at > at - HISTORY_MS);
    extended.set(id, [...samples, sampleOf(known, samples, at)]);
  }
  return extended;
}

function sampleOf(connection: ConnectionStatus | undefined, before: readonly Sample[], at: number): Sample {
  if (connection === undefined) return { at, rate: null, backlog: null, tally: null };
  const { rate, backlog } = totalsOf(connection);
  const seen = rate > 0 ? rate : tallyRate(connection, before, at);
  return { at, rate: seen, backlog, tally: tallyOf(connection) };
}

/**
 * Records per second by what cycles have done since the sample before. A cycle with a few changes is over within
 * moments, and its own rate with it: only its count tells that records moved.
 */
function tallyRate(connection: ConnectionStatus, before: readonly Sample[], at: number): number {
  const earlier = before.findLast(({ tally }) => tally !== null);
  if (earlier === undefined || earlier.tally === null) return 0;
  return movedSince(earlier.tally, connection) / Math.max(1, (at - earlier.at) / 1_000);
}

function movedSince(earlier: Tally, connection: ConnectionStatus): number {
  const cycles = [connection.lastCycle, connection.cycle].filter((cycle) => cycle !== null);
  return cycles.reduce((moved, cycle) => {
    if (cycle.number < earlier.cycle) return moved;
    const known = cycle.number === earlier.cycle ? earlier.records : 0;
    return moved + Math.max(0, recordsOf(cycle) - known);
  }, 0);
}

function tallyOf({ cycle, lastCycle }: ConnectionStatus): Tally | null {
  const newest = cycle ?? lastCycle;
  return newest === null ? null : { cycle: newest.number, records: recordsOf(newest) };
}

function recordsOf({ created, updated, deleted, unchanged }: CycleStatus): number {
  return created + updated + deleted + unchanged;
}
