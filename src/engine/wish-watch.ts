/**
 * Whether people have switched entities since a cycle began: then the cycle ends early, and the next one goes by what
 * they want. Every page that was read stays read.
 */
import { wantedEntities } from "../core/entity-wish.ts";
import type { Lease } from "../core/store-port.ts";
import type { CycleSettings, EngineParts } from "./ports.ts";

export class WishWatch {
  readonly #parts: Pick<EngineParts, "store" | "clock">;
  readonly #lease: Lease;
  readonly #settings: Pick<CycleSettings, "entities" | "livePollMs">;
  readonly #running: readonly string[];
  #lookedAt: number;
  #changed = false;

  /** @param running entities that the cycle runs with */
  constructor(
    parts: Pick<EngineParts, "store" | "clock">,
    lease: Lease,
    settings: Pick<CycleSettings, "entities" | "livePollMs">,
    running: readonly string[],
  ) {
    this.#parts = parts;
    this.#lease = lease;
    this.#settings = settings;
    this.#running = running;
    this.#lookedAt = parts.clock.now();
  }

  /** What was found so far. */
  get hasChanged(): boolean {
    return this.#changed;
  }

  /** Looks again when that is due: as often as changes are read. @throws SyncError `database_unreachable` */
  async changed(): Promise<boolean> {
    const { store, clock } = this.#parts;
    const now = clock.now();
    if (this.#changed || now - this.#lookedAt < this.#settings.livePollMs) return this.#changed;
    this.#lookedAt = now;
    const wishes = await store.wishes(this.#lease.connectionId);
    this.#changed = !isSame(wantedEntities(this.#settings.entities, wishes), this.#running);
    return this.#changed;
  }
}

/** The same entities, in whatever order. */
export function isSame(one: readonly string[], other: readonly string[]): boolean {
  const names = new Set(one);
  return one.length === other.length && other.every((name) => names.has(name));
}
