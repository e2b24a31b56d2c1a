/**
 * What a source delivers: records as they are on the wire, in pages, with a position that moves last.
 */
import type { Row } from "./mapping.ts";
import type { Standing } from "./standing.ts";

/**
 * A value as the source delivered it. Exact numbers (64-bit integers, decimals, money) arrive as strings of digits,
 * never as a JavaScript number; choices as integers; several choices as `"1,9"`; dates as ISO 8601 text.
 */
export type WireValue = string | number | boolean | null;

/** One record as it is now, whole in all selected fields. */
export interface SourceRecord {
  /** Lower-case GUID without braces. */
  readonly id: string;
  /** Row version: decimal digits, comparable only as numbers and only within one organization. */
  readonly version: string;
  /**
   * Values by wire property: `firstname`, `_ownerid_value`, and for lookups of several target types
   * `_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname`. An absent property means null.
   */
  readonly fields: Readonly<Record<string, WireValue>>;
  /** What the source has made of the record by the request's `reading`. */
  readonly made?: MadeRecord;
}

/** A record that was read where its page was parsed, so that nobody has to look at its fields again. */
export interface MadeRecord {
  readonly standing: Standing;
  /** @throws UnstorableValue when a value cannot be kept. */
  row(): Row;
}

/** Where a feed stands: opaque text that only the source which made it can read. */
export type Position = string;

/**
 * How a feed came to this page.
 * - `snapshot`: first full read. - `changes`: only what changed since the last position.
 * - `compare`: full read after the history was lost; whoever is not in it by the end has been deleted.
 */
export type FeedPhase = "snapshot" | "changes" | "compare";

export interface Page {
  readonly phase: FeedPhase;
  readonly upserts: readonly SourceRecord[];
  /** Ids that no longer exist. May name records never seen before. */
  readonly deletes: readonly string[];
  /** Position after this page. */
  readonly next: Position;
  /** True when the feed is at its end for now: the next read gives only what changes from here on. */
  readonly last: boolean;
  /** Bytes that came over the wire for this page, before decompression. */
  readonly bytes: number;
  /**
   * Gives back at once the memory of what the source has made of the page, which is large and would be collected late.
   * Its records must not be used afterwards.
   */
  readonly release?: () => void;
}
