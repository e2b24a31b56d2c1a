/**
 * How much one turn of a push takes: as much as fills its requests, and no more than lets everybody else have a turn
 * soon. How long a record takes is for the organization's plug-ins to say.
 */
export class BatchSize {
  readonly #most: number;
  #size: number;

  /** @param most to begin with, and never more */
  constructor(most: number) {
    this.#most = most;
    this.#size = most;
  }

  get size(): number {
    return this.#size;
  }

  /** Learns from a turn. One that was not full says nothing. */
  note(taken: number, ms: number): void {
    if (taken < this.#size) return;
    if (ms > LONG_MS) this.#size = Math.max(1, Math.floor((taken * LONG_MS) / ms));
    else if (ms < LONG_MS / 2) this.#size = Math.min(this.#most, taken * 2);
  }
}

/** Milliseconds that a turn may take. */
const LONG_MS = 15_000;
