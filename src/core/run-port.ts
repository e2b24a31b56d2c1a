/**
 * What people let run at this moment: pauses and switches that a cycle under way follows.
 */

import { SyncError } from "./errors.ts";

/** That a person paused something; it goes on when a person says so. */
export interface Pause {
  /** ISO 8601, UTC. */
  readonly since: string;
  /** Who, and by which way: `ada, with a command`. */
  readonly by: string;
}

/** What people let run, by entity id. */
export interface RunState {
  /** Pause of the whole connection. */
  readonly paused: Pause | null;
  readonly pausedEntities: ReadonlySet<number>;
  /** Another one means that people have switched or moved fields of the entity, or set how they travel. */
  readonly fieldsRevisions: ReadonlyMap<number, string>;
}

export interface RunStore {
  /**
   * As it is stored now; cheap enough to be asked before every turn.
   * @throws SyncError `database_unreachable`
   */
  runState(connectionId: number): Promise<RunState>;
}

/** What whoever asks for a cycle is told. */
export function pausedError({ since, by }: Pause): SyncError {
  return new SyncError(
    "paused",
    `The connection has been paused since ${since} by ${by}. What waits is kept; \`tandem resume\` lets it go on.`,
  );
}
