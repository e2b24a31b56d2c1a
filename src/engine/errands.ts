/**
 * Errands: what marketing asks of Dynamics beside edits is carried out there. A batch a turn.
 */
import { UNLIKE, errandFate } from "../core/errand-fate.ts";
import type { DeleteErrand, Errand, ErrandSettlement, MergeErrand } from "../core/errand-port.ts";
import { SyncError } from "../core/errors.ts";
import { allowedDeletes } from "../core/guard.ts";
import { troubleIn } from "../core/push-outcome.ts";
import type { Outcome } from "../core/sink-port.ts";
import type { EntityTrouble, Lease } from "../core/store-port.ts";
import type { ConnectedEntity } from "./connect.ts";
import type { CycleSettings, EngineParts } from "./ports.ts";
import type { PushStep, PushSubject } from "./push.ts";
import type { TurnTaker } from "./turns.ts";

export class Errands implements TurnTaker {
  readonly whole = false;
  readonly #parts: EngineParts;
  readonly #lease: Lease;
  readonly #settings: CycleSettings;
  readonly #entity: ConnectedEntity;
  readonly #cycle: string;
  /** Deletes that may still be asked for in this cycle; null before it is known how many wait. */
  #left: number | null = null;

  constructor(parts: EngineParts, lease: Lease, settings: CycleSettings, { entity, cycle }: PushSubject) {
    this.#parts = parts;
    this.#lease = lease;
    this.#settings = settings;
    this.#entity = entity;
    this.#cycle = cycle;
  }

  get entity(): ConnectedEntity {
    return this.#entity;
  }

  /** There is nothing to let go of: each turn begins with what is due then. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Carries out one batch of merges and one of deletes. When more deletes wait than the guard lets pass, none of them is
   * carried out in this cycle.
   * @throws SyncError what the sink or the store throws; what was sent by then is asked again, and found done
   */
  async step(signal: AbortSignal): Promise<PushStep> {
    const { store } = this.#parts;
    const { stored } = this.#entity;
    const limit = this.#settings.pushSize;
    const held = await this.#guard();
    const merges = await store.dueMerges(stored, limit);
    const deletes = await store.dueDeletes(stored, Math.min(limit, this.#left ?? 0));
    this.#left = (this.#left ?? 0) - deletes.length;
    const answers = [...(await this.#merge(merges, signal)), ...(await this.#delete(deletes, signal))];
    const done = await this.#settle(answers);
    const trouble = held ?? answers.map(troubleOf).find((one) => one !== null) ?? null;
    const more = trouble === null && (merges.length === limit || deletes.length === limit);
    return { ...done, updated: 0, turn: more ? "again" : "end", trouble: await this.#show(trouble) };
  }

  /** Looks how many deletes wait, once; returns why none of them is carried out. */
  async #guard(): Promise<EntityTrouble | null> {
    if (this.#left !== null) return null;
    const { stored, description } = this.#entity;
    const allowed = allowedDeletes(this.#settings.guard, stored, "errands");
    const { waiting, held } = await this.#parts.store.waitingDeletes(this.#lease, stored, allowed);
    this.#left = held ? 0 : allowed;
    if (!held) return null;
    const message =
      `${description.name}: ${waiting} rows deleted in marketing wait for approval before they are deleted in Dynamics; ` +
      `${allowed} pass without. None of them was deleted there.`;
    return { code: "mass_change", message };
  }

  /** One after the other: of a chain the first is merged before the next. */
  async #merge(errands: readonly MergeErrand[], signal: AbortSignal): Promise<readonly Answered[]> {
    await this.#note(errands.filter(({ into }) => into !== null));
    const answers: Answered[] = [];
    for (const errand of errands) {
      const { into, crmId } = errand;
      const asked =
        into === null ? null : await this.#parts.sink.merge(this.#entity.description, into, crmId, signal);
      answers.push({ errand, outcome: asked });
      if (asked?.kind === "later") break;
    }
    return answers;
  }

  async #delete(errands: readonly DeleteErrand[], signal: AbortSignal): Promise<readonly Answered[]> {
    if (errands.length === 0) return [];
    await this.#note(errands);
    const writes = errands.map(
      ({ crmId: id, version: guard }) => ({ kind: "delete", id, guard, values: [] }) as const,
    );
    const outcomes = await this.#parts.sink.write(this.#entity.description, writes, signal);
    return errands.map((errand) => ({ errand, outcome: outcomes.get(errand.crmId) }));
  }

  async #note(errands: readonly Errand[]): Promise<void> {
    if (errands.length > 0) await this.#parts.store.noteErrands(this.#lease, this.#entity.stored, errands);
  }

  async #settle(answers: readonly Answered[]): Promise<Pick<PushStep, "pushed" | "refused">> {
    if (answers.length === 0) return { pushed: 0, refused: 0 };
    const settling = { settlements: answers.map(settlementOf), cycle: this.#cycle };
    return this.#parts.store.settleErrands(this.#lease, this.#entity.stored, settling);
  }

  /** Shows why errands wait; whatever was shown before is looked at by the push as well. */
  async #show(trouble: EntityTrouble | null): Promise<SyncError | null> {
    const { store } = this.#parts;
    const { stored, description } = this.#entity;
    if (trouble !== null) await store.setPushTrouble(this.#lease, stored, trouble);
    else if (stored.pushTroubled) await store.reviewPushTrouble(this.#lease, stored);
    if (trouble === null) return null;
    return new SyncError(trouble.code, trouble.message, { entity: description.name });
  }
}

interface Answered {
  readonly errand: Errand;
  /** Null where nothing could be asked for; undefined where no answer spoke of it. */
  readonly outcome: Outcome | null | undefined;
}

function settlementOf({ errand, outcome }: Answered): ErrandSettlement {
  return { errand, fate: outcome === null ? UNLIKE : errandFate(errand, outcome) };
}

function troubleOf({ outcome }: Answered): EntityTrouble | null {
  return outcome === null || outcome === undefined ? null : troubleIn(outcome);
}
