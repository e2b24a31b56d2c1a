/**
 * The feed of an entity with change tracking: a whole read that ends in a delta link, then delta after delta.
 */
import type { FeedPhase, Page } from "../../core/change.ts";
import { SyncError } from "../../core/errors.ts";
import { bodyBytes, bodyBytesNow } from "../http/body.ts";
import type { HttpAnswer } from "../http/transport.ts";
import type { Answer, DataverseClient } from "./client.ts";
import { findExisting } from "./existing.ts";
import { demandNoCompare, trackedWalk } from "./feed-start.ts";
import type { FeedParts } from "./feed.ts";
import { fieldFault, isHistoryFault } from "./feed-fault.ts";
import type { TrackedPosition } from "./position.ts";
import { writePosition } from "./position.ts";
import type { RawPage } from "./records.ts";
import { demandOnward, readPage } from "./records.ts";
import type { Step } from "./read-ahead.ts";
import { TARGET_TYPES, resolveTargetTypes } from "./target-types.ts";
import { UpsertedIds } from "./upserted-ids.ts";

/** A page, or where to read instead. */
type Fetched = Answer<RawPage> | { readonly again: TrackedPosition };

export class TrackedFeed {
  readonly #parts: FeedParts;
  readonly #client: DataverseClient;
  readonly #upserted: UpsertedIds;

  constructor(parts: FeedParts, from: TrackedPosition) {
    this.#parts = parts;
    this.#client = parts.client;
    // What an interrupted walk delivered before is not known any more.
    this.#upserted = new UpsertedIds(!from.middle);
  }

  readonly step = async (at: TrackedPosition, signal: AbortSignal): Promise<Step<TrackedPosition, Page>> => {
    const { selection, losesDeltaLink } = this.#parts;
    const plain = at.plain || losesDeltaLink.has(selection.entity.name);
    const annotated = selection.ambiguous.length > 0 && !plain;
    const fetched = await this.#fetch(at, annotated, signal);
    if ("again" in fetched) return this.step(fetched.again, signal);
    const { body, bytes } = fetched;
    const { next, last } = this.#onward(at, body, annotated);
    if (plain) await resolveTargetTypes(this.#client, body, selection, signal);
    const { upserts, deletes } = at.phase === "changes" ? await this.#settle(body, signal) : body;
    const release = body.release === undefined ? {} : { release: body.release };
    const page: Page = {
      phase: at.phase,
      upserts,
      deletes,
      next: writePosition(next),
      last,
      bytes,
      ...release,
    };
    return { page, next: last ? null : next };
  };

  async #fetch(at: TrackedPosition, annotated: boolean, signal: AbortSignal): Promise<Fetched> {
    const { selection } = this.#parts;
    const { entity, select } = selection;
    const prefer = [
      "odata.track-changes",
      `odata.maxpagesize=${at.pageSize}`,
      ...(annotated ? [TARGET_TYPES] : []),
    ];
    const digest = (answer: HttpAnswer): Promise<RawPage> => this.#digest(answer, annotated, signal);
    const ask = { entity: entity.name, prefer, digest };
    try {
      return await this.#client.get(at.link ?? `${entity.set}?$select=${select}`, ask, signal);
    } catch (error) {
      return { again: this.#startOver(at, error) };
    }
  }

  /** Large pages are read by the thread, unless their lookups have to be completed afterwards. */
  async #digest(answer: HttpAnswer, annotated: boolean, signal: AbortSignal): Promise<RawPage> {
    const { thread, recipe, largePage, selection } = this.#parts;
    const complete = annotated || selection.ambiguous.length === 0;
    const body = await bodyBytes(answer);
    if (recipe === null || !complete || body.length < largePage) return readPage(body, selection);
    // What came unpacked is there once: the thread takes a copy, so that the fields can still be read from it.
    const handedOver = body === answer.body ? Uint8Array.from(body) : body;
    return thread.read(recipe, { body: handedOver, again: () => bodyBytesNow(answer) }, signal);
  }

  /** Where the walk goes after this page. */
  #onward(at: TrackedPosition, page: RawPage, annotated: boolean): { next: TrackedPosition; last: boolean } {
    const { name } = this.#parts.selection.entity;
    if (page.nextLink !== null) {
      const link = demandOnward(page.nextLink, at.link, name);
      return { next: { ...at, link, middle: true }, last: false };
    }
    if (page.deltaLink !== null) {
      const link = page.deltaLink;
      return { next: { ...at, phase: "changes", link, origin: link, middle: false }, last: true };
    }
    if (!annotated) {
      throw new SyncError("unexpected_answer", `The last page of ${name} came without a delta link.`, {
        entity: name,
      });
    }
    // Servers before version 9 lose the delta link when annotations are asked for (powerapps-docs issue 439). The
    // walk is made once more without them. Deletes since the first one show only by comparing.
    this.#parts.losesDeltaLink.add(name);
    if (at.phase === "compare") {
      throw new SyncError("history_lost", `The compare pass of ${name} ended without a delta link.`, {
        entity: name,
      });
    }
    const phase: FeedPhase = at.phase === "snapshot" ? "compare" : at.phase;
    return { next: { ...at, phase, link: at.origin, middle: false, plain: true }, last: false };
  }

  /**
   * A record that was deleted and created again under its id is in the same delta twice: as it is now, and as
   * deleted. The service is asked which it is.
   */
  async #settle(page: RawPage, signal: AbortSignal): Promise<Pick<Page, "upserts" | "deletes">> {
    this.#upserted.add(page.upserts);
    const suspects = this.#upserted.among(page.deletes);
    if (suspects.length === 0) return page;
    const alive = await findExisting(this.#client, this.#parts.selection.entity, suspects, signal);
    const deletes = page.deletes.filter((id) => !alive.has(id));
    const gone = new Set(deletes);
    return { upserts: page.upserts.filter(({ id }) => !gone.has(id)), deletes };
  }

  /**
   * An old link may select a column that nobody asks for any more and that no longer exists: then the feed begins
   * again without it.
   * @throws SyncError everything else, told apart
   */
  #startOver(at: TrackedPosition, error: unknown): TrackedPosition {
    const { request, selection } = this.#parts;
    const { name } = selection.entity;
    if (at.link === null) throw fieldFault(error, selection);
    if (error instanceof SyncError && error.code === "field_missing") {
      const fault = fieldFault(error, selection);
      if (fault.field !== undefined && selection.attributes.includes(fault.field)) throw fault;
      demandNoCompare(at, name);
      return trackedWalk("compare", request, selection);
    }
    if (!isHistoryFault(error)) throw error;
    throw new SyncError("history_lost", `The change feed of ${name} does not reach back: ${error.message}`, {
      entity: name,
      cause: error,
    });
  }
}
