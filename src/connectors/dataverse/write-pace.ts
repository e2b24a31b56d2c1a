/**
 * How long the organization takes for one record: its plug-ins decide that, not its servers.
 */

/** A request should be answered within about half a minute, far from where connections are cut. */
const LONGEST_MS = 30_000;
/** How much of the average the latest request makes. */
const WEIGHT = 0.3;

export class WritePace {
  #msEach = 0;

  /** Learns from a request. @param ms from sending it until its answer, or the loss of it, was there */
  note(records: number, ms: number): void {
    const each = ms / Math.max(1, records);
    // Slowness is believed at once, speed only by and by.
    this.#msEach = Math.max(each, this.#msEach + (each - this.#msEach) * WEIGHT);
  }

  /** Records that one request should carry at most. */
  within(most: number): number {
    return this.#msEach === 0 ? most : Math.max(1, Math.min(most, Math.floor(LONGEST_MS / this.#msEach)));
  }
}
