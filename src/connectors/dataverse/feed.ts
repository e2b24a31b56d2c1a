/**
 * The change feed of one entity, whichever way it has to be read.
 */
import type { Page } from "../../core/change.ts";
import type { FeedRequest } from "../../core/ports.ts";
import type { Timing } from "../http/timing.ts";
import type { DataverseClient } from "./client.ts";
import type { PollingOptions } from "./feed-start.ts";
import { feedStart } from "./feed-start.ts";
import type { PageRecipe } from "./page-reading.ts";
import type { PageThread } from "./page-thread.ts";
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
  readonly thread: PageThread;
  /** Bodies of at least so many bytes are read by the thread. */
  readonly largePage: number;
}

export interface FeedParts extends FeedSurroundings {
  readonly request: FeedRequest;
  readonly selection: Selection;
  /** How the thread reads the feed's pages; null when nobody said how their rows are made. */
  readonly recipe: PageRecipe | null;
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
  const recipe = recipeOf(request);
  const parts = { ...surroundings, request, selection, recipe };
  try {
    if (start.feed === "tracked") yield* readAhead(start, new TrackedFeed(parts, start).step, signal);
    else yield* readAhead(start, new PolledFeed(parts).step, signal);
  } finally {
    if (recipe !== null) surroundings.thread.forget(recipe);
  }
}

function recipeOf({ entity, attributes, reading }: FeedRequest): PageRecipe | null {
  return reading === undefined ? null : { entity, attributes, reading };
}

function timeOf({ entity }: FeedRequest): readonly string[] {
  return entity.attributes.some(({ name }) => name === MODIFIED) ? [MODIFIED] : [];
}
