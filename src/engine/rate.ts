/**
 * Records per second over the last moments: an exponential average that forgets half of what it knows in five
 * seconds. For people only; nothing is decided by it.
 */
export class Rate {
  readonly #now: () => number;
  #average = 0;
  #at: number | null = null;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts records that just went through and returns the rate. */
  count(records: number): number {
    const now = this.#now();
    const seconds = this.#at === null ? 0 : (now - this.#at) / 1000;
    this.#at = now;
    if (seconds <= 0) return this.#average;
    const weight = 1 - 2 ** (-seconds / HALF_LIFE_SECONDS);
    const current = records / seconds;
    this.#average = this.#average === 0 ? current : this.#average + weight * (current - this.#average);
    return this.#average;
  }
}

const HALF_LIFE_SECONDS = 5;
