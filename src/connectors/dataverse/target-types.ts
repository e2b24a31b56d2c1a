/**
 * What lookups of several target types point at, for servers that lose the delta link when asked for it on the way.
 */
import type { WireValue } from "../../core/change.ts";
import type { DataverseClient } from "./client.ts";
import { pathsForIds } from "./id-filter.ts";
import type { RawPage } from "./records.ts";
import { LOOKUP_NAME, readCollection } from "./records.ts";
import type { Selection } from "./selection.ts";

export const TARGET_TYPES = `odata.include-annotations="${LOOKUP_NAME}"`;

type Fields = Record<string, WireValue>;

/**
 * Adds the target types to the records of a page, by a second read. Where a record has changed in between, the
 * lookup that differs stays without its type: the change itself comes with the next delta.
 */
export async function resolveTargetTypes(
  client: DataverseClient,
  page: RawPage,
  { entity, ambiguous }: Selection,
  signal: AbortSignal,
): Promise<void> {
  const asked = new Map<string, Fields>();
  for (const { id, fields } of page.upserts) {
    if (ambiguous.some((property) => typeof fields[property] === "string")) asked.set(id, fields);
  }
  const select = [entity.primaryId, ...ambiguous].join(",");
  const ask = { entity: entity.name, prefer: [TARGET_TYPES], read: readCollection };
  const reads = pathsForIds(entity, select, [...asked.keys()]).map(async (path) =>
    client.get(path, ask, signal),
  );
  for (const { body } of await Promise.all(reads)) {
    for (const now of body.value as Fields[]) {
      const then = asked.get(String(now[entity.primaryId]).toLowerCase());
      if (then !== undefined) copyTypes(ambiguous, now, then);
    }
  }
}

function copyTypes(properties: readonly string[], from: Fields, to: Fields): void {
  for (const property of properties) {
    const type = from[`${property}@${LOOKUP_NAME}`];
    if (type !== undefined && from[property] === to[property]) to[`${property}@${LOOKUP_NAME}`] = type;
  }
}
