import type { ConnectionStatus, Status } from "../../../src/core/status.ts";
import { totalsOf } from "../status/totals.ts";

/** How one connection stood at one moment; nulls where nothing was heard, so that charts show a gap. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Records per second, all entities together. */
  readonly rate: number | null;
  readonly backlog: number | null;
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
    extended.set(id, [...samples, sampleOf(known, at)]);
  }
  return extended;
}

function sampleOf(connection: ConnectionStatus | undefined, at: number): Sample {
  if (connection === undefined) return { at, rate: null, backlog: null };
  const { rate, backlog } = totalsOf(connection);
  return { at, rate, backlog };
}
