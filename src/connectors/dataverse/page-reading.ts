/**
 * From the bytes of a page to rows that are ready for the database: parsing, mapping and writing out, in one go. It runs
 * in a thread of its own (`page-worker.ts`), so everything it takes and gives can be sent between threads.
 */
import { UnstorableValue } from "../../core/cell.ts";
import type { SourceRecord } from "../../core/change.ts";
import type { Projection, Reading } from "../../core/mapping.ts";
import { project } from "../../core/mapping.ts";
import type { Entity } from "../../core/organization.ts";
import { cellsWriter } from "../../core/row-text.ts";
import { ORDINARY } from "../../core/standing.ts";
import type { Standing } from "../../core/standing.ts";
import type { RawPage } from "./records.ts";
import { readPage } from "./records.ts";
import { selectionOf } from "./selection.ts";

/** All that the pages of one feed are read by. */
export interface PageRecipe {
  readonly entity: Entity;
  /** Attributes that were asked for (logical names). */
  readonly attributes: readonly string[];
  readonly reading: Reading;
}

/** A page as one block of text and what is needed to find one's way in it. */
export interface PageRows extends Pick<RawPage, "deletes" | "nextLink" | "deltaLink"> {
  /** Ids and row versions of the records, in order, a line each. */
  readonly ids: string;
  readonly versions: string;
  /** The records' cells, one behind the other, as `cellsWriter` of `core/row-text.ts` writes them, in UTF-8. */
  readonly text: Uint8Array<ArrayBuffer>;
  /** Where in `text` each record ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** Records that do not simply stand for themselves, by place. */
  readonly standings: readonly (readonly [number, Standing])[];
  /** Records with a value that cannot be kept: place, field and reason. Their text is empty. */
  readonly refused: readonly (readonly [number, string, string])[];
}

/** Compiles the reader of a feed's pages. The reader throws SyncError `unexpected_answer` as `readPage` does. */
export function pageReader({ entity, attributes, reading }: PageRecipe): (bytes: Uint8Array) => PageRows {
  const selection = selectionOf(entity, attributes);
  const projection = project(reading.mapping, reading.input);
  const write = cellsWriter(projection.columns.map(({ type }) => type));
  return (bytes) => {
    const { upserts, deletes, nextLink, deltaLink } = readPage(bytes, selection);
    const { ids, versions } = {
      ids: upserts.map(({ id }) => id),
      versions: upserts.map((one) => one.version),
    };
    const lines = { ids: ids.join("\n"), versions: versions.join("\n") };
    const rows = rowsOf(upserts, projection, { write, expected: bytes.length });
    return { deletes, nextLink, deltaLink, ...lines, ...rows, standings: standingsOf(upserts, projection) };
  };
}

function rowsOf(
  records: readonly SourceRecord[],
  { row }: Projection,
  { write, expected }: { readonly write: ReturnType<typeof cellsWriter>; readonly expected: number },
): Pick<PageRows, "text" | "ends" | "refused"> {
  const text = new GrowingText(expected);
  const ends = new Uint32Array(records.length);
  const refused: [number, string, string][] = [];
  for (const [at, record] of records.entries()) {
    try {
      text.add(write(row(record).cells));
    } catch (error) {
      if (!(error instanceof UnstorableValue)) throw error;
      refused.push([at, error.field, error.reason]);
    }
    ends[at] = text.length;
  }
  return { text: text.bytes, ends, refused };
}

function standingsOf(records: readonly SourceRecord[], { standing }: Projection): [number, Standing][] {
  const standings: [number, Standing][] = [];
  for (const [at, record] of records.entries()) {
    const own = standing(record);
    if (!isOrdinary(own)) standings.push([at, own]);
  }
  return standings;
}

function isOrdinary({ excluded, merged, master, lead, heir }: Standing): boolean {
  return (
    excluded === ORDINARY.excluded &&
    merged === ORDINARY.merged &&
    master === ORDINARY.master &&
    lead === ORDINARY.lead &&
    heir === ORDINARY.heir
  );
}

/** UTF-8 needs at most so many bytes for one UTF-16 unit. */
const BYTES_A_UNIT = 3;

/** Text as bytes that have a buffer of their own, so that they can be handed to another thread. */
class GrowingText {
  #bytes: Buffer<ArrayBuffer>;
  #length = 0;

  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(expected, 1));
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  add(text: string): void {
    const needed = this.#length + text.length * BYTES_A_UNIT;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(needed * 2);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(text, this.#length, "utf8");
  }
}
