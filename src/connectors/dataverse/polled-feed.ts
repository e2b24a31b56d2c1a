/**
 * The feed of an entity without change tracking: by modification time, with the record's id as the tie key, through
 * the service's own next links.
 *
 * Each poll reads back an overlap behind the latest `modifiedon` it has delivered, because commits may come late and
 * the column counts whole seconds. Re-read records have the same version and change nothing. The latest time is the
 * data's own; our clock is never compared with it.
 * Deletes leave no trace here. They are found by reading the entity whole in the phase `compare`, every
 * `compareEveryMs`: whoever is not in that walk by its end has been deleted. An entity without `modifiedon` has no
 * polls between these, only empty pages.
 */
import type { Page } from "../../core/change.ts";
import { SyncError } from "../../core/errors.ts";
import { fieldFault, isHistoryFault } from "./feed-fault.ts";
import type { FeedParts } from "./feed.ts";
import type { PolledPosition } from "./position.ts";
import { writePosition } from "./position.ts";
import type { Step } from "./read-ahead.ts";
import type { RawPage } from "./records.ts";
import { demandOnward, pageDigest } from "./records.ts";
import type { Selection } from "./selection.ts";
import { TARGET_TYPES } from "./target-types.ts";

/** The attribute that tells when a record was last modified. */
export const MODIFIED = "modifiedon";

export class PolledFeed {
  readonly #parts: FeedParts;
  readonly #timed: boolean;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#timed = parts.selection.entity.attributes.some(({ name }) => name === MODIFIED);
  }

  readonly step = async (at: PolledPosition, signal: AbortSignal): Promise<Step<PolledPosition, Page>> => {
    if (at.phase === "changes" && !this.#timed) return finished(at, { upserts: [], deletes: [] }, 0);
    const { body, bytes } = await this.#fetch(at, signal);
    const read = { ...at, high: latest(at.high, body) };
    if (body.nextLink === null) return finished(read, body, bytes);
    const next = { ...read, link: demandOnward(body.nextLink, at.link, this.#parts.selection.entity.name) };
    return { page: pageOf(at, body, { next, last: false, bytes }), next };
  };

  async #fetch(at: PolledPosition, signal: AbortSignal): Promise<{ body: RawPage; bytes: number }> {
    const { client, selection } = this.#parts;
    const annotations = selection.ambiguous.length > 0 ? [TARGET_TYPES] : [];
    const prefer = [`odata.maxpagesize=${at.pageSize}`, ...annotations];
    const ask = { entity: selection.entity.name, prefer, digest: pageDigest(selection) };
    try {
      return await client.get(at.link ?? this.#firstPath(at, selection), ask, signal);
    } catch (error) {
      throw at.link === null ? fieldFault(error, selection) : linkFault(error, selection);
    }
  }

  #firstPath({ since }: PolledPosition, { entity, select }: Selection): string {
    const filter = since === null ? "" : `&$filter=${MODIFIED}%20ge%20${since}`;
    const order = this.#timed ? `${MODIFIED}%20asc,${entity.primaryId}%20asc` : `${entity.primaryId}%20asc`;
    return `${entity.set}?$select=${select}${filter}&$orderby=${order}`;
  }
}

function finished(
  at: PolledPosition,
  body: Pick<RawPage, "upserts" | "deletes">,
  bytes: number,
): Step<PolledPosition, Page> {
  const next: PolledPosition = { ...at, phase: "changes", link: null, since: null };
  return { page: pageOf(at, body, { next, last: true, bytes }), next: null };
}

function pageOf(
  { phase }: PolledPosition,
  { upserts, deletes }: Pick<RawPage, "upserts" | "deletes">,
  { next, last, bytes }: { readonly next: PolledPosition; readonly last: boolean; readonly bytes: number },
): Page {
  return { phase, upserts, deletes, next: writePosition(next), last, bytes };
}

/** Records come in order of time, so the last one that has a time has the latest. */
function latest(high: string | null, { upserts }: RawPage): string | null {
  const value = upserts.findLast(({ fields }) => typeof fields[MODIFIED] === "string")?.fields[MODIFIED];
  if (typeof value !== "string") return high;
  return high === null || Date.parse(value) > Date.parse(high) ? value : high;
}

/** A next link that is refused, or asks for a column that is gone, ends this walk: a new one reads everything. */
function linkFault(error: unknown, selection: Selection): unknown {
  const { name } = selection.entity;
  if (!isHistoryFault(error)) return error instanceof SyncError ? fieldFault(error, selection) : error;
  return new SyncError("history_lost", `The read of ${name} was cut off: ${error.message}`, {
    entity: name,
    cause: error,
  });
}
