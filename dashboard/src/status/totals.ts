import type { ConnectionStatus, EntityStatus } from "../../../src/core/status.ts";

/** All entities of a connection together. */
export interface Totals {
  /** Records in the marketing database. */
  readonly rows: number;
  /** Records per second. */
  readonly rate: number;
  readonly backlog: number | null;
  readonly parked: number;
  /** Seconds until all is read at this rate; null when unknown or no reading of the whole is under way. */
  readonly secondsLeft: number | null;
  /** Reading under way; null when no entity copies, compares or waits to. */
  readonly progress: Progress | null;
}

/** How much of a known or unknown whole has been read. */
export interface Progress {
  readonly read: number;
  /** Null when the organization has not said how many there are. */
  readonly expected: number | null;
}

export function totalsOf(connection: ConnectionStatus): Totals {
  const { entities } = connection;
  const rate = sum(entities.map((entity) => entity.rate));
  const progress = progressOf(entities);
  return {
    rows: sum(entities.map((entity) => entity.rows)),
    rate,
    backlog: sumOfKnown(entities.map((entity) => entity.backlog)),
    parked: sum(entities.map((entity) => entity.parked)),
    secondsLeft: secondsLeftOf(progress, rate),
    progress,
  };
}

/** The share that has been read, from 0 to 1; null when the whole is unknown. Counts may be a day old, hence the cap. */
export function shareOf({ read, expected }: Progress): number | null {
  if (expected === null) return null;
  return expected === 0 ? 1 : Math.min(1, read / expected);
}

/** Whether the entity is being read whole, or is about to be. */
export function isReadWhole({ state }: EntityStatus): boolean {
  return state === "copying" || state === "comparing" || state === "queued";
}

/** What is set aside is left out: it would keep the whole from ever being done. */
function progressOf(entities: readonly EntityStatus[]): Progress | null {
  if (!entities.some(isReadWhole)) return null;
  const counted = entities.filter(({ state, expected }) => state !== "set-aside" && expected !== null);
  if (counted.length === 0) return { read: sum(entities.map((entity) => entity.read)), expected: null };
  return {
    read: sum(counted.map(({ read, expected }) => Math.min(read, expected ?? read))),
    expected: sum(counted.map(({ expected }) => expected ?? 0)),
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function sumOfKnown(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  return known.length === 0 ? null : sum(known);
}

/** Entities take turns, so the whole takes what all of them take together, those in the queue too. */
function secondsLeftOf(progress: Progress | null, rate: number): number | null {
  if (progress === null || progress.expected === null || rate === 0) return null;
  return (progress.expected - progress.read) / rate;
}
