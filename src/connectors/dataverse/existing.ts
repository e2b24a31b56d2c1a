/**
 * Which of some ids still exist.
 */
import { SyncError } from "../../core/errors.ts";
import type { Entity } from "../../core/organization.ts";
import type { DataverseClient } from "./client.ts";
import { pathsForIds } from "./id-filter.ts";
import type { Collection } from "./records.ts";
import { readCollection } from "./records.ts";
import { PLATFORM, Refusal } from "./refusal.ts";

/**
 * The ids a filtered read finds. An id that is not found was deleted, or may not be read: callers that cannot rule
 * out the second ask `provenExisting`.
 */
export async function findExisting(
  client: DataverseClient,
  entity: Entity,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const ask = { entity: entity.name, read: (text: string) => wholeIds(readCollection(text), entity) };
  const paths = pathsForIds(entity, entity.primaryId, ids);
  const found = await Promise.all(paths.map(async (path) => (await client.get(path, ask, signal)).body));
  return new Set(found.flat());
}

/**
 * As `findExisting`, but an id counts as gone only when that is proven: loss of permission hides records too, and
 * must never look like a delete.
 * - Change tracking on: a tracked read of one record demands organization-wide read and is refused without it.
 * - Change tracking off: each id that was not found is asked for by itself; only "does not exist" proves it.
 * @throws SyncError `permission_missing`, and as every read
 */
export async function provenExisting(
  client: DataverseClient,
  entity: Entity,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const asked = ids.map((id) => id.toLowerCase());
  const existing = await findExisting(client, entity, asked, signal);
  const absent = asked.filter((id) => !existing.has(id));
  if (absent.length === 0) return existing;
  if (entity.changeTracking) {
    await demandWholeRead(client, entity, signal);
    return existing;
  }
  const hidden = await Promise.all(
    absent.map(async (id) => ((await isGone(client, entity, id, signal)) ? [] : [id])),
  );
  return new Set([...existing, ...hidden.flat()]);
}

/** @throws SyncError `permission_missing` unless the caller may read the entity in the whole organization */
export async function demandWholeRead(
  client: DataverseClient,
  entity: Entity,
  signal: AbortSignal,
): Promise<void> {
  await client.get(
    `${entity.set}?$select=${entity.primaryId}`,
    { entity: entity.name, read: readCollection, prefer: ["odata.track-changes", "odata.maxpagesize=1"] },
    signal,
  );
}

async function isGone(
  client: DataverseClient,
  entity: Entity,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  const path = `${entity.set}(${id})?$select=${entity.primaryId}`;
  try {
    await client.get(path, { entity: entity.name, read: () => undefined }, signal);
    return false;
  } catch (error) {
    if (error instanceof Refusal && error.platformCode === PLATFORM.recordMissing) return true;
    if (error instanceof Refusal && error.code === "permission_missing") return false;
    throw error;
  }
}

/** The answer must be complete: a further page would make the ids on it look deleted. */
function wholeIds(body: Collection, entity: Entity): string[] {
  if (body["@odata.nextLink"] !== undefined) {
    throw new SyncError("unexpected_answer", `The answer about ids of ${entity.name} is not complete.`, {
      entity: entity.name,
    });
  }
  return (body.value as Record<string, unknown>[]).map((record) =>
    String(record[entity.primaryId]).toLowerCase(),
  );
}
