import type { SourceRecord } from "../../core/change.ts";

/** About 10 MB of ids; a delta with more is rare, and then every delete is checked. */
const MOST = 100_000;

/**
 * Which ids a walk has delivered as existing, within bounds. When that is not fully known (the walk was resumed, or
 * is very long), every id is suspected.
 */
export class UpsertedIds {
  readonly #ids = new Set<string>();
  #complete: boolean;

  constructor(complete: boolean) {
    this.#complete = complete;
  }

  add(records: readonly SourceRecord[]): void {
    if (!this.#complete) return;
    for (const { id } of records) this.#ids.add(id);
    if (this.#ids.size <= MOST) return;
    this.#complete = false;
    this.#ids.clear();
  }

  /** Those of the given ids that may have been delivered as existing. */
  among(ids: readonly string[]): readonly string[] {
    return this.#complete ? ids.filter((id) => this.#ids.has(id)) : ids;
  }
}
