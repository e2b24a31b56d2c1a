/**
 * The currencies of an organization, all pages of them.
 */
import { SyncError } from "../../core/errors.ts";
import type { Currency } from "../../core/organization.ts";
import type { DataverseClient } from "./client.ts";
import { demandOnward, readCollection } from "./records.ts";

const FIRST = "transactioncurrencies?$select=transactioncurrencyid,isocurrencycode";

/** Empty when they may not be read: amounts then keep the currency's id instead of its code. */
export async function readCurrencies(
  client: DataverseClient,
  signal: AbortSignal,
): Promise<readonly Currency[]> {
  try {
    return await readFrom(client, FIRST, signal);
  } catch (error) {
    if (error instanceof SyncError && error.code === "permission_missing") return [];
    throw error;
  }
}

async function readFrom(client: DataverseClient, link: string, signal: AbortSignal): Promise<Currency[]> {
  const entity = "transactioncurrency";
  const { body } = await client.get(link, { entity, read: readCollection }, signal);
  const currencies = (body.value as Record<string, unknown>[]).map((record) => ({
    id: String(record["transactioncurrencyid"]).toLowerCase(),
    code: String(record["isocurrencycode"]),
  }));
  const next = body["@odata.nextLink"];
  if (next === undefined) return currencies;
  return [...currencies, ...(await readFrom(client, demandOnward(next, link, entity), signal))];
}
