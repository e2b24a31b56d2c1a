/**
 * What people let run, followed while a cycle is under way: pauses, and switches of fields.
 */
import { pausedError } from "../core/run-port.ts";
import type { RunState } from "../core/run-port.ts";
import type { Lease, StoredEntity } from "../core/store-port.ts";
import { Actions } from "./actions.ts";
import { Backfills } from "./backfills.ts";
import type { Campaigns } from "./campaigns.ts";
import type { ConnectedEntity } from "./connect.ts";
import { Creations } from "./create.ts";
import type { Errands } from "./errands.ts";
import type { EngineParts } from "./ports.ts";
import { Push } from "./push.ts";
import { Samples } from "./samples.ts";
import { Walk, withFieldsOf } from "./walk.ts";

/** Whoever takes turns in a cycle. */
export type Taker = Walk | Outgoing | Creations | Actions | Backfills | Samples;

/** Whoever brings something of one entity to Dynamics. */
export type Outgoing = Push | Errands | Campaigns;

/** True for what was asked about persons. */
export function isAsked(taker: Taker): taker is Creations | Actions {
  return taker instanceof Creations || taker instanceof Actions;
}

export class RunWatch {
  readonly #store: EngineParts["store"];
  readonly #connectionId: number;
  /** Entities that people are made of. */
  readonly #people: readonly StoredEntity[];
  readonly #paused = new Set<number>();

  constructor(store: EngineParts["store"], lease: Lease, entities: readonly ConnectedEntity[]) {
    this.#store = store;
    this.#connectionId = lease.connectionId;
    this.#people = entities
      .map(({ stored }) => stored)
      .filter(({ mapping }) => mapping.crmType !== undefined);
  }

  /** Entities of which somebody was kept from taking a turn, by id. */
  get paused(): ReadonlySet<number> {
    return this.#paused;
  }

  /**
   * Asked before every turn, so that a pause, and what people switched, hold from the next one on. False for whoever
   * takes no further turn in this cycle. People are made of leads and of contacts: while one of the two is paused,
   * whoever is to be made waits.
   * @throws SyncError `paused` when the whole connection is
   */
  async allows(taker: Taker): Promise<boolean> {
    const { paused, pausedEntities, fieldsRevisions } = await this.#store.runState(this.#connectionId);
    if (paused !== null) throw pausedError(paused);
    const resting = this.#concerned(taker).filter(({ id }) => pausedEntities.has(id));
    for (const { id } of resting) this.#paused.add(id);
    if (resting.length > 0) return false;
    if (taker instanceof Walk || taker instanceof Push) await this.#followFields(taker, fieldsRevisions);
    return true;
  }

  /** Entities that must not be paused. Backfills pass by those that are. */
  #concerned(taker: Taker): readonly StoredEntity[] {
    if (taker instanceof Backfills || taker instanceof Samples) return [];
    if (isAsked(taker)) return this.#people;
    return [taker instanceof Walk ? taker.stored : taker.entity.stored];
  }

  async #followFields(taker: Walk | Push, revisions: RunState["fieldsRevisions"]): Promise<void> {
    const entity = taker instanceof Walk ? taker.connected : taker.entity;
    const { id, fieldsRevision } = entity.stored;
    if ((revisions.get(id) ?? fieldsRevision) === fieldsRevision) return;
    const stored = (await this.#store.entities(this.#connectionId)).find((one) => one.id === id);
    if (stored === undefined) return;
    await taker.close();
    taker.restart(withFieldsOf(entity, stored));
  }
}
