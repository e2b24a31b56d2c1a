import type { Row } from "./table.ts";

/** Which rows hold which texts in certain columns, compared without case. Rows with an empty one are left out. */
export class RowIndex {
  readonly #keyOf: (row: Row) => string | undefined;
  /** Most keys have one row only: its id stands alone, which halves the memory. */
  readonly #ids = new Map<string, string | Set<string>>();

  /** @param textsOf the texts of the columns, in their order */
  constructor(textsOf: (row: Row) => readonly (string | undefined)[]) {
    this.#keyOf = (row) => keyFrom(textsOf(row));
  }

  add(row: Row): void {
    const key = this.#keyOf(row);
    if (key === undefined) return;
    const held = this.#ids.get(key);
    if (held === undefined) this.#ids.set(key, row.id);
    else if (typeof held === "string") this.#ids.set(key, new Set([held, row.id]));
    else held.add(row.id);
  }

  remove(row: Row): void {
    const key = this.#keyOf(row);
    const held = key === undefined ? undefined : this.#ids.get(key);
    if (key === undefined || held === undefined) return;
    if (typeof held !== "string") held.delete(row.id);
    if (typeof held === "string" || held.size === 0) this.#ids.delete(key);
  }

  /** The ids of the rows that hold these texts, in id order. */
  ids(texts: readonly (string | undefined)[]): string[] {
    const key = keyFrom(texts);
    const held = key === undefined ? undefined : this.#ids.get(key);
    if (held === undefined) return [];
    return typeof held === "string" ? [held] : [...held].toSorted();
  }
}

function keyFrom(texts: readonly (string | undefined)[]): string | undefined {
  return texts.includes(undefined) ? undefined : texts.join("\u0000").toLowerCase();
}
