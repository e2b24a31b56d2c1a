/**
 * Reading chosen records outside of any feed: those of a span of time, a page at a time, in the order of their ids.
 */
import type { Span } from "../../core/backfill-port.ts";
import { SyncError } from "../../core/errors.ts";
import type { ChoiceRequest, ChosenPage } from "../../core/ports.ts";
import type { DataverseClient } from "./client.ts";
import { fieldFault, isHistoryFault } from "./feed-fault.ts";
import { MODIFIED } from "./polled-feed.ts";
import { demandOnward, pageDigest } from "./records.ts";
import { selectionOf } from "./selection.ts";
import { TARGET_TYPES } from "./target-types.ts";

/** The attribute that tells when a record was made. */
const CREATED = "createdon";

/** As `Source.choose` promises. */
export async function chosenRecords(
  client: DataverseClient,
  request: ChoiceRequest,
  signal: AbortSignal,
): Promise<ChosenPage> {
  const { entity, attributes, from, pageSize } = request;
  const selection = selectionOf(entity, attributes);
  const annotations = selection.ambiguous.length > 0 ? [TARGET_TYPES] : [];
  const prefer = [`odata.maxpagesize=${pageSize}`, ...annotations];
  const ask = { entity: entity.name, prefer, digest: pageDigest(selection) };
  try {
    const { body } = await client.get(from ?? firstPath(request, selection.select), ask, signal);
    const next = body.nextLink === null ? null : demandOnward(body.nextLink, from, entity.name);
    return { records: body.upserts, next };
  } catch (error) {
    // A link of an earlier day may not be accepted any more.
    if (from !== null && isHistoryFault(error)) {
      throw new SyncError("history_lost", error.message, { entity: entity.name, cause: error });
    }
    throw fieldFault(error, selection);
  }
}

/** The path of the first page. */
export function firstPath(
  { entity, created, changed }: Pick<ChoiceRequest, "entity" | "created" | "changed">,
  select: string,
): string {
  const conditions = [...spanOf(CREATED, created), ...spanOf(MODIFIED, changed)];
  const filter = conditions.length === 0 ? "" : `&$filter=${encodeURIComponent(conditions.join(" and "))}`;
  return `${entity.set}?$select=${select}${filter}&$orderby=${entity.primaryId}%20asc`;
}

function spanOf(property: string, span: Span = {}): readonly string[] {
  const { from, before } = span;
  return [
    ...(from === undefined ? [] : [`${property} ge ${from}`]),
    ...(before === undefined ? [] : [`${property} lt ${before}`]),
  ];
}
