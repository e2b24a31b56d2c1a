/**
 * What machines ask, answered from the database and the measurements.
 */
import { SyncError } from "../core/errors.ts";
import type { Gauges } from "../core/gauges.ts";
import type { Missing, Probes } from "../core/probes.ts";
import { Metrics } from "../observe/metrics.ts";
import type { Database } from "../store/database.ts";
import { asSyncError } from "../store/database.ts";
import { readGauges } from "../store/gauges.ts";
import { schemaVersions } from "../store/migrate.ts";
import type { StatusBoard } from "./status.ts";

export interface ProbeParts {
  readonly database: Database;
  readonly metrics: Pick<Metrics, "text">;
  /** Aborted when Tandem is shutting down. */
  readonly signal: AbortSignal;
}

export function openProbes({ database, metrics, signal }: ProbeParts): Probes {
  return {
    missing: async () => [
      ...(signal.aborted ? [{ what: "running", reason: "Tandem is shutting down." } as const] : []),
      ...(await missingOf(database)),
    ],
    metrics: () => metrics.text(),
  };
}

/** Measurements of this process and of the workspace behind the board. */
export function openMetrics(database: Database, board: StatusBoard, version: string): Metrics {
  const read = async (): Promise<Gauges> => ({
    status: await board.read(),
    ...(await readGauges(database, new Date())),
  });
  return new Metrics({ version, read, now: () => Date.now(), ofProcess: true });
}

async function missingOf(database: Database): Promise<readonly Missing[]> {
  try {
    const { reached, newest } = await schemaVersions(database);
    if (reached === newest) return [];
    const reason = `The database is at schema version ${reached}; this Tandem knows ${newest}.`;
    return [{ what: "schema", reason }];
  } catch (error) {
    const known = asSyncError(error);
    // What PostgreSQL says of anything else may hold more than machines need to know.
    const reason =
      known instanceof SyncError ? known.message : "The marketing database answers with an error.";
    return [{ what: "database", reason }];
  }
}
