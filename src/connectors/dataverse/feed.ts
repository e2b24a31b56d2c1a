/**
 * The change feed of one entity, whichever way it has to be read.
 */
import type { Page } from "../../core/change.ts";
import type { FeedRequest } from "../../core/ports.ts";
import type { Timing } from "../http/timing.ts";
import type { DataverseClient } from "./client.ts";
import type { PollingOptions } from "./feed-start.ts";
import { feedStart } from "./feed-start.ts";
import { MODIFIED, PolledFeed } from "./polled-feed.ts";
import { readPosition } from "./position.ts";
import { readAhead } from "./read-ahead.ts";
import type { Selection } from "./selection.ts";
import { selectionOf } from "./selection.ts";
import { TrackedFeed } from "./tracked-feed.ts";

/** What feeds of one source share. */
export interface FeedSurroundings {
  readonly client: DataverseClient;
  readonly timing: Timing;
  readonly polling: PollingOptions;
  /** Entities whose delta link gets lost when annotations are asked for, as this source has found. */
  readonly losesDeltaLink: Set<string>;
}

export interface FeedParts extends FeedSurroundings {
  readonly request: FeedRequest;
  readonly selection: Selection;
}

/** As `Source.changes` promises. */
export async function* feedPages(
  surroundings: FeedSurroundings,
  request: FeedRequest,
  signal: AbortSignal,
): AsyncGenerator<Page, void, undefined> {
  const { entity, from } = request;
  const selection = selectionOf(entity, request.attributes, entity.changeTracking ? [] : timeOf(request));
  const stored = from === null ? null : readPosition(from, entity.name);
  const clock = { ...surroundings.polling, now: surroundings.timing.now() };
  const start = feedStart(request, selection, stored, clock);
  const parts = { ...surroundings, request, selection };
  if (start.feed === "tracked") yield* readAhead(start, new TrackedFeed(parts, start).step, signal);
  else yield* readAhead(start, new PolledFeed(parts).step, signal);
}

function timeOf({ entity }: FeedRequest): readonly string[] {
  return entity.attributes.some(({ name }) => name === MODIFIED) ? [MODIFIED] : [];
}
