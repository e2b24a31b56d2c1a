/**
 * The moments a first-time user waits for: the first record, and everything.
 */
import type { Status } from "../core/status.ts";
import { integer } from "./words.ts";

export class Milestones {
  #first = false;
  #all = false;

  /**
   * Sentences for the milestones this status reaches, each once. A start that finds records already there has none.
   * @param seconds since the program started
   */
  reached(status: Status, seconds: number): readonly string[] {
    const entities = status.connections.flatMap(({ entities: all }) => all);
    const rows = entities.reduce((sum, entity) => sum + entity.rows, 0);
    const fresh = status.connections.some(({ cycle, lastCycle }) => (cycle ?? lastCycle)?.number === 1);
    const sentences: string[] = [];
    if (!this.#first && rows > 0) {
      this.#first = true;
      this.#all = !fresh;
      if (fresh) sentences.push(`First record after ${seconds.toFixed(1)} s.`);
    }
    const done =
      entities.length > 0 && entities.every(({ state }) => state === "following" || state === "set-aside");
    if (this.#first && !this.#all && done) {
      this.#all = true;
      sentences.push(
        `All ${integer(rows)} records after ${seconds.toFixed(1)} s; following changes from here on.`,
      );
    }
    return sentences;
  }
}
