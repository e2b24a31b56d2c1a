/**
 * How many records there are, as the organization says.
 */
import { SyncError } from "../../core/errors.ts";
import type { DataverseClient } from "./client.ts";
import { readTotals } from "./metadata.ts";

/**
 * `RetrieveTotalRecordCount`: a snapshot up to 24 hours old. One entity it does not know makes it refuse them all,
 * so then each is asked for by itself, and those it refuses are left out.
 */
export async function readCounts(
  client: DataverseClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  if (names.length === 0) return new Map();
  try {
    return await readTotalsOf(client, names, signal);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (names.length === 1) return new Map();
  }
  const each = await Promise.all(names.map(async (name) => readCounts(client, [name], signal)));
  return new Map(each.flatMap((counts) => [...counts]));
}

async function readTotalsOf(
  client: DataverseClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const list = encodeURIComponent(JSON.stringify(names));
  const path = `RetrieveTotalRecordCount(EntityNames=@p1)?@p1=${list}`;
  const { Keys, Values } = (await client.get(path, { read: readTotals }, signal)).body
    .EntityRecordCountCollection;
  return new Map(
    Keys.flatMap((name, place) => (Values[place] === undefined ? [] : [[name, Values[place]] as const])),
  );
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof SyncError)) return false;
  return ["refused", "entity_missing", "permission_missing", "field_missing"].includes(error.code);
}
