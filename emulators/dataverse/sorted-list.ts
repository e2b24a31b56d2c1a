const BLOCK = 1024;

/** Values kept in order, in blocks, so that inserting into millions costs a few comparisons and a short copy. */
export class SortedList<T> {
  readonly #compare: (left: T, right: T) => number;
  #blocks: T[][] = [];
  #size = 0;

  constructor(compare: (left: T, right: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  add(value: T): void {
    const index = Math.max(this.#blockAfter(value) - 1, 0);
    const block = this.#blocks[index];
    this.#size += 1;
    if (block === undefined) {
      this.#blocks.push([value]);
      return;
    }
    block.splice(this.#placeAfter(block, value), 0, value);
    if (block.length > 2 * BLOCK) this.#split(index, block);
  }

  /** Removes a value that compares equal; false when there is none. */
  remove(value: T): boolean {
    const index = this.#blockAfter(value) - 1;
    const block = this.#blocks[index];
    if (block === undefined) return false;
    const place = this.#placeAfter(block, value) - 1;
    const found = block[place];
    if (found === undefined || this.#compare(found, value) !== 0) return false;
    block.splice(place, 1);
    this.#size -= 1;
    if (block.length === 0) this.#blocks.splice(index, 1);
    return true;
  }

  /** All values that come after `value` (or all), in order. The list must not change meanwhile. */
  *after(value?: T): Generator<T> {
    let index = 0;
    let place = 0;
    if (value !== undefined) {
      index = Math.max(this.#blockAfter(value) - 1, 0);
      place = this.#placeAfter(this.#blocks[index] ?? [], value);
    }
    for (; index < this.#blocks.length; index += 1, place = 0) {
      const block = this.#blocks[index] ?? [];
      for (; place < block.length; place += 1) yield block[place] as T;
    }
  }

  /** The value at a place in the order, or undefined beyond the end. */
  at(place: number): T | undefined {
    let rest = place;
    for (const block of this.#blocks) {
      if (rest < block.length) return block[rest];
      rest -= block.length;
    }
    return undefined;
  }

  #split(index: number, block: T[]): void {
    const half = block.length >> 1;
    // Values that arrive in order leave full blocks behind them.
    const keep = index === this.#blocks.length - 1 ? block.length - BLOCK / 8 : half;
    this.#blocks.splice(index + 1, 0, block.splice(keep));
  }

  /** The first block whose first value comes after `value`. */
  #blockAfter(value: T): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const first = this.#blocks[middle]?.[0];
      if (first !== undefined && this.#compare(first, value) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where in the block the values that come after `value` begin. */
  #placeAfter(block: readonly T[], value: T): number {
    let low = 0;
    let high = block.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const candidate = block[middle];
      if (candidate !== undefined && this.#compare(candidate, value) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
