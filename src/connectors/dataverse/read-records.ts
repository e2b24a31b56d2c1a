/**
 * Reading single records whole, outside any feed.
 */
import type { SourceRecord } from "../../core/change.ts";
import type { Entity } from "../../core/organization.ts";
import type { DataverseClient } from "./client.ts";
import { fieldFault } from "./feed-fault.ts";
import { pathsForIds } from "./id-filter.ts";
import { demandOnward, pageDigest } from "./records.ts";
import type { Selection } from "./selection.ts";
import { selectionOf } from "./selection.ts";
import { TARGET_TYPES } from "./target-types.ts";

/**
 * The given records as they are now; those that are not found are absent.
 * @throws SyncError `field_missing`, and as every read
 */
export async function readRecords(
  client: DataverseClient,
  entity: Entity,
  { ids, attributes }: { readonly ids: readonly string[]; readonly attributes: readonly string[] },
  signal: AbortSignal,
): Promise<readonly SourceRecord[]> {
  const selection = selectionOf(entity, attributes);
  return readWhole(client, selection, pathsForIds(entity, selection.select, ids), signal);
}

/** Reads every page of each path: a page that is not the last is never taken for the whole. */
export async function readWhole(
  client: DataverseClient,
  selection: Selection,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly SourceRecord[]> {
  const { name } = selection.entity;
  const prefer = selection.ambiguous.length === 0 ? [] : [TARGET_TYPES];
  const ask = { entity: name, prefer, digest: pageDigest(selection) };
  const reads = paths.map(async (path) => {
    const records: SourceRecord[] = [];
    for (let link: string | null = path; link !== null;) {
      const from: string = link;
      const { body } = await client.get(from, ask, signal);
      records.push(...body.upserts);
      link = body.nextLink === null ? null : demandOnward(body.nextLink, from, name);
    }
    return records;
  });
  try {
    return (await Promise.all(reads)).flat();
  } catch (error) {
    throw fieldFault(error, selection);
  }
}
