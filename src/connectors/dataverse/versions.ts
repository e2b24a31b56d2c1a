import type { WireValue } from "../../core/change.ts";
import type { Entity } from "../../core/organization.ts";
import type { DataverseClient } from "./client.ts";
import { pathsForIds } from "./id-filter.ts";
import { readCollection, versionOf } from "./records.ts";

/** The row versions of the given records as they are now; records that are not found are absent. */
export async function readVersions(
  client: DataverseClient,
  entity: Entity,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const ask = { entity: entity.name, read: (text: string) => readCollection(text).value };
  const paths = pathsForIds(entity, entity.primaryId, ids);
  const found = await Promise.all(paths.map(async (path) => (await client.get(path, ask, signal)).body));
  const records = found.flat() as Record<string, WireValue>[];
  return new Map(
    records.map((fields) => [String(fields[entity.primaryId]).toLowerCase(), versionOf(fields, entity.name)]),
  );
}
