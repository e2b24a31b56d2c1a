/**
 * Pauses: a person lets a connection, or one of its entities, rest. Nothing of what waits is touched.
 */
import { SyncError } from "../core/errors.ts";
import { pausedError } from "../core/run-port.ts";
import type { Pause, RunState } from "../core/run-port.ts";
import type { Rested } from "../core/sync-desk.ts";
import type { Queryable } from "./database.ts";

/** What is to be paused or resumed: the connection, or entities of it by name. */
export interface PausePlace {
  readonly connectionId: number;
  /** Empty: the connection itself. */
  readonly entities: readonly string[];
}

interface PauseRow {
  readonly paused_at: Date | null;
  readonly paused_by: string | null;
}

/**
 * Pauses; what is paused already stays so since the time and by the command it was.
 * @throws SyncError `configuration_invalid` when an entity is not known; nothing is paused then
 */
export async function pause(client: Queryable, place: PausePlace, by: string): Promise<void> {
  await requireEntities(client, place);
  const { connectionId, entities } = place;
  if (entities.length === 0) {
    await client.query(
      "update connections set paused_at = now(), paused_by = $2 where id = $1 and paused_at is null",
      [connectionId, by],
    );
    return;
  }
  await client.query(
    `update entities set paused_at = now(), paused_by = $3
      where connection_id = $1 and name = any($2) and paused_at is null`,
    [connectionId, entities, by],
  );
}

/** Lets go on what was paused. @throws SyncError `configuration_invalid` as `pause` does */
export async function resume(client: Queryable, place: PausePlace): Promise<void> {
  await requireEntities(client, place);
  const { connectionId, entities } = place;
  if (entities.length === 0) {
    await client.query("update connections set paused_at = null, paused_by = null where id = $1", [
      connectionId,
    ]);
    return;
  }
  await client.query(
    "update entities set paused_at = null, paused_by = null where connection_id = $1 and name = any($2)",
    [connectionId, entities],
  );
}

/** @throws SyncError `configuration_invalid` when one of the entities is not known */
export async function requireEntities(
  client: Queryable,
  { connectionId, entities }: PausePlace,
): Promise<void> {
  if (entities.length === 0) return;
  const { rows } = await client.query<{ name: string }>(
    "select name from entities where connection_id = $1 order by id",
    [connectionId],
  );
  const known = rows.map(({ name }) => name);
  const strange = entities.filter((name) => !known.includes(name));
  if (strange.length === 0) return;
  throw new SyncError(
    "configuration_invalid",
    `There is no entity ${strange.join(", ")} here. Entities: ${known.join(", ") || "none yet"}.`,
  );
}

/** What people let run at this moment. */
export async function readRunState(client: Queryable, connectionId: number): Promise<RunState> {
  const paused = await readPause(client, connectionId);
  const { rows } = await client.query<{ id: number; paused: boolean; fields_revision: string }>(
    "select id, paused_at is not null as paused, fields_revision from entities where connection_id = $1",
    [connectionId],
  );
  return {
    paused,
    pausedEntities: new Set(rows.filter((row) => row.paused).map(({ id }) => id)),
    fieldsRevisions: new Map(rows.map(({ id, fields_revision }) => [id, fields_revision])),
  };
}

/** @throws SyncError `paused` when a person paused the connection */
export async function requireRunning(client: Queryable, connectionId: number): Promise<void> {
  const paused = await readPause(client, connectionId);
  if (paused !== null) throw pausedError(paused);
}

async function readPause(client: Queryable, connectionId: number): Promise<Pause | null> {
  const { rows } = await client.query<PauseRow>(
    "select paused_at, paused_by from connections where id = $1",
    [connectionId],
  );
  return pauseOf(rows[0]);
}

/** A pause as it is stored, for people. */
export function pauseOf(row: PauseRow | undefined): Pause | null {
  if (row === undefined || row.paused_at === null) return null;
  return { since: row.paused_at.toISOString(), by: row.paused_by ?? "somebody" };
}

/** How the connection, or the named entities of it, stand. */
export async function readRested(
  client: Queryable,
  { connectionId, entities }: PausePlace,
): Promise<readonly Rested[]> {
  const { rows } = await client.query<PauseRow & { connection: string; entity: string | null }>(
    `select name as connection, null as entity, paused_at, paused_by
       from connections where id = $1 and cardinality($2::text[]) = 0
     union all
     (select c.name, e.name, e.paused_at, e.paused_by
        from entities e join connections c on c.id = e.connection_id
       where c.id = $1 and e.name = any($2) order by e.id)`,
    [connectionId, entities],
  );
  return rows.map((row) => ({ connection: row.connection, entity: row.entity, paused: pauseOf(row) }));
}
