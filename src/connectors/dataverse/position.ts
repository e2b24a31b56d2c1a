/**
 * Where a feed stands, as the text the engine keeps. Only this connector reads it.
 *
 * A position remembers which attributes its link was made with. When a feed is asked to go on with
 * - the same or fewer attributes: it goes on; what is no longer wanted rides along and is ignored;
 * - attributes the link does not carry: changes alone could not bring their values, so the feed begins again by
 *   itself, in the phase `compare`: the whole entity with the new selection, and whoever is missing was deleted.
 *   (Only in the middle of a compare pass it reports `history_lost` instead, so that the engine begins a new one.)
 */
import * as z from "zod";

import type { Position } from "../../core/change.ts";
import { SyncError } from "../../core/errors.ts";

const common = {
  v: z.literal(1),
  phase: z.enum(["snapshot", "changes", "compare"]),
  /** Attributes the link selects. */
  attributes: z.array(z.string()),
  /** Asked for with every link of one walk. */
  pageSize: z.number(),
};

/** By change tracking. */
const tracked = z.object({
  ...common,
  feed: z.literal("tracked"),
  /** Next link in the middle of a walk, else delta link; null: the walk is still to begin. */
  link: z.string().nullable(),
  middle: z.boolean(),
  /** The delta link this walk began with, to begin it once more. */
  origin: z.string().nullable(),
  /** The server loses the delta link when annotations are asked for: they are read separately. */
  plain: z.boolean(),
});

/** By modification time, where change tracking is off. */
const polled = z.object({
  ...common,
  feed: z.literal("polled"),
  link: z.string().nullable(),
  /** The walk under way reads from this time on; null: everything. */
  since: z.string().nullable(),
  /** Latest `modifiedon` that was delivered; the data's own clock, never ours. */
  high: z.string().nullable(),
  /** When the last whole read began, in milliseconds of our clock; only decides when the next one is due. */
  comparedAt: z.number().nullable(),
});

const feedPosition = z.discriminatedUnion("feed", [tracked, polled]);

export type TrackedPosition = Readonly<z.infer<typeof tracked>>;
export type PolledPosition = Readonly<z.infer<typeof polled>>;
export type FeedPosition = TrackedPosition | PolledPosition;

export function writePosition(position: FeedPosition): Position {
  return JSON.stringify(position);
}

/** @throws SyncError `history_lost` when the text is not a position of this connector */
export function readPosition(text: Position, entity: string): FeedPosition {
  try {
    return feedPosition.parse(JSON.parse(text));
  } catch (error) {
    throw new SyncError("history_lost", `The stored position of ${entity} cannot be read.`, {
      entity,
      cause: error,
    });
  }
}
