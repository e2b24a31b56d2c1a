/**
 * Whether people have switched entities since a cycle began: then the cycle ends early, and the next one goes by what
 * they want. Every page that was read stays read.
 */
import type { EntityWishes } from "../core/entity-wish.ts";
import { wantedEntities } from "../core/entity-wish.ts";
import type { Clock } from "./ports.ts";

export interface WishParts {
  readonly wishes: () => Promise<EntityWishes>;
  readonly clock: Clock;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  /** Entities that are named from the start. */
  readonly named: readonly string[];
  /** Entities that the cycle runs with. */
  readonly running: readonly string[];
}

export class WishWatch {
  readonly #parts: WishParts;
  #lookedAt: number;
  #changed = false;

  constructor(parts: WishParts) {
    this.#parts = parts;
    this.#lookedAt = parts.clock.now();
  }

  /** What was found so far. */
  get hasChanged(): boolean {
    return this.#changed;
  }

  /** Looks again when that is due. @throws SyncError `database_unreachable` */
  async changed(): Promise<boolean> {
    const { wishes, clock, everyMs, named, running } = this.#parts;
    if (this.#changed || clock.now() - this.#lookedAt < everyMs) return this.#changed;
    this.#lookedAt = clock.now();
    this.#changed = !isSame(wantedEntities(named, await wishes()), running);
    return this.#changed;
  }
}

/** The same entities, in whatever order. */
export function isSame(one: readonly string[], other: readonly string[]): boolean {
  const names = new Set(one);
  return one.length === other.length && other.every((name) => names.has(name));
}
