/**
 * Where the feed of events is read.
 */
import type { EventCursor, PlacedEvent } from "./event.ts";

/** What is wanted of the feed; null wants all. */
export interface EventFilter {
  readonly types: readonly string[] | null;
  readonly tables: readonly string[] | null;
}

export interface EventQuery extends EventFilter {
  readonly after: EventCursor;
  /** Events at most. */
  readonly most: number;
}

export interface EventPage {
  readonly events: readonly PlacedEvent[];
  /** Goes on after everything that was looked at, also where nothing of it was wanted. */
  readonly cursor: EventCursor;
  /** There is more to be had at once. */
  readonly more: boolean;
}

export interface EventFeed {
  /**
   * Events after a cursor, oldest first: each exactly once along a chain of cursors, and none left out, however late its
   * transaction commits.
   */
  read(query: EventQuery): Promise<EventPage>;
  /** Where the feed ends now. */
  end(): Promise<EventCursor>;
}
