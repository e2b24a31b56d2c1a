/**
 * A push: the edits made in marketing travel to one entity of Dynamics, a batch a turn.
 */
import { SyncError } from "../core/errors.ts";
import type { Contested } from "../core/push-outcome.ts";
import { fateOf, troubleIn } from "../core/push-outcome.ts";
import type { PushPlan, PushRules } from "../core/push-plan.ts";
import { filledFields, planPush, pushColumns } from "../core/push-plan.ts";
import type { DueChange, DuePage, DuePlace, DueWish, Settlement } from "../core/push-port.ts";
import type { Outcome } from "../core/sink-port.ts";
import type { EntityTrouble, Lease } from "../core/store-port.ts";
import type { Column } from "../core/mapping.ts";
import { BatchSize } from "./batch-size.ts";
import type { ConnectedEntity } from "./connect.ts";
import type { CycleSettings, EngineParts } from "./ports.ts";
import { meetContested } from "./push-meet.ts";
import type { Turn, TurnTaker } from "./turns.ts";

/** How often a record that others keep changing is read and written again within one turn. */
const ROUNDS = 3;

/** What a turn did, for people. */
export interface PushStep {
  readonly turn: Turn;
  readonly pushed: number;
  readonly refused: number;
  /** Rows in marketing that became different because their record had changed meanwhile. */
  readonly updated: number;
  /** Why edits of the entity wait, where some do. */
  readonly trouble: SyncError | null;
}

/** Of which entity, and for the history of which cycle. */
export interface PushSubject {
  readonly entity: ConnectedEntity;
  readonly cycle: string;
}

/** True for an entity with at least one field that travels to Dynamics now. */
export function isPushed({ stored, description }: ConnectedEntity): boolean {
  return filledFields(stored.mapping, description).length > 0;
}

export class Push implements TurnTaker {
  readonly whole = false;
  readonly #parts: EngineParts;
  readonly #lease: Lease;
  readonly #batch: BatchSize;
  readonly #guarded: boolean;
  readonly #cycle: string;
  #entity: ConnectedEntity;
  #rules: PushRules;
  #columns: readonly Column[];
  #place: DuePlace | null = null;
  #troubled: boolean;

  constructor(parts: EngineParts, lease: Lease, settings: CycleSettings, { entity, cycle }: PushSubject) {
    this.#parts = parts;
    this.#lease = lease;
    this.#batch = new BatchSize(settings.pushSize);
    this.#entity = entity;
    this.#cycle = cycle;
    this.#guarded = settings.guardWrites;
    this.#rules = rulesOf(entity, settings.guardWrites);
    this.#columns = pushColumns(this.#rules.fields);
    this.#troubled = entity.stored.pushTroubled;
  }

  get entity(): ConnectedEntity {
    return this.#entity;
  }

  /** Goes on with other fields, from the next turn on. */
  restart(entity: ConnectedEntity): void {
    this.#entity = entity;
    this.#rules = rulesOf(entity, this.#guarded);
    this.#columns = pushColumns(this.#rules.fields);
    this.#place = null;
  }

  /** The next turn begins a round of its own. */
  async close(): Promise<void> {
    this.#place = null;
  }

  /**
   * Pushes one batch. What others changed meanwhile is merged and pushed again, a few times; what then still moves
   * waits for the next round.
   * @throws SyncError what the sink or the store throws; what was sent by then is looked up with the next turn
   */
  async step(signal: AbortSignal): Promise<PushStep> {
    const began = this.#parts.clock.now();
    const { changes, next } = await this.#due(this.#place);
    this.#place = next;
    const tally = new Tally();
    let open = changes;
    for (let round = 1; open.length > 0; round += 1) {
      const contested = await this.#send(open, tally, signal);
      if (contested.length === 0) break;
      await this.#meet(contested, tally, signal);
      if (round === ROUNDS) break;
      open = (await this.#due({ rowIds: contested.map(({ change }) => change.rowId) })).changes;
    }
    this.#batch.note(changes.length, this.#parts.clock.now() - began);
    return this.#end(tally);
  }

  /** Sends what can be sent, and returns what has to be looked at. */
  async #send(changes: readonly DueChange[], tally: Tally, signal: AbortSignal): Promise<Contested[]> {
    const contested: Contested[] = [];
    const settlements: Settlement[] = [];
    const writes: Planned[] = [];
    for (const change of changes) {
      if (change.sent.size > 0) {
        contested.push({ change, why: "doubtful", values: change.sent });
        continue;
      }
      const plan = planPush(change, this.#rules);
      if (plan.kind === "write") writes.push({ change, plan });
      else if (plan.kind === "meet") contested.push({ change, why: "ruled", values: new Map() });
      else settlements.push(settledUnsent(change, plan));
    }
    const outcomes = await this.#write(writes, signal);
    for (const { change, plan, outcome } of outcomes) {
      const fate = fateOf(outcome, plan.sent, this.#rules.fields);
      if (typeof fate === "string") contested.push({ change, why: fate, values: plan.sent });
      else settlements.push({ change, fate, over: plan.over, keptApart: plan.keptApart });
      if (outcome !== undefined) tally.hear(troubleIn(outcome));
    }
    await this.#settle(settlements, tally);
    return contested;
  }

  /** What is sent is noted first: whatever happens from there on, it will not be taken for somebody else's edit. */
  async #write(writes: readonly Planned[], signal: AbortSignal): Promise<readonly Answered[]> {
    if (writes.length === 0) return [];
    const { sink, store } = this.#parts;
    const { description, stored } = this.#entity;
    const sendings = writes.map(({ change, plan }) => ({ change, values: plan.sent }));
    const noted = await store.noteSent(this.#lease, stored, sendings);
    const sent = writes.filter(({ change }) => noted.has(change.rowId));
    if (sent.length === 0) return [];
    const outcomes = await sink.write(
      description,
      sent.map(({ plan }) => plan.write),
      signal,
    );
    return sent.map((planned) => ({ ...planned, outcome: outcomes.get(planned.plan.write.id) }));
  }

  async #meet(contested: readonly Contested[], tally: Tally, signal: AbortSignal): Promise<void> {
    const wish = { contested, columns: this.#columns, signal };
    const { settlements, updated } = await meetContested(this.#parts, this.#lease, this.#entity, wish);
    tally.updated += updated;
    await this.#settle(settlements, tally);
  }

  async #settle(settlements: readonly Settlement[], tally: Tally): Promise<void> {
    if (settlements.length === 0) return;
    const settling = { columns: this.#columns, settlements, cycle: this.#cycle };
    const { pushed, refused } = await this.#parts.store.settle(this.#lease, this.#entity.stored, settling);
    tally.pushed += pushed;
    tally.refused += refused;
  }

  #due(from: DueWish["from"]): Promise<DuePage> {
    const wish = { columns: this.#columns, limit: this.#batch.size, from };
    return this.#parts.store.due(this.#lease, this.#entity.stored, wish);
  }

  /** When nothing gets through, what is behind it is not tried either: not before the next round, or the next cycle. */
  async #end({ pushed, refused, updated, trouble }: Tally): Promise<PushStep> {
    const { store } = this.#parts;
    const counts = { pushed, refused, updated };
    if (trouble !== null) {
      this.#troubled = true;
      await store.setPushTrouble(this.#lease, this.#entity.stored, trouble);
    }
    const blocked = trouble !== null && pushed === 0;
    if (!blocked && this.#place !== null) return { ...counts, turn: "again", trouble: null };
    this.#place = null;
    const turn = blocked && trouble.code !== "throttled" ? "drop" : "end";
    if (!this.#troubled) return { ...counts, turn, trouble: null };
    const stays = await store.reviewPushTrouble(this.#lease, this.#entity.stored);
    this.#troubled = stays !== null;
    return { ...counts, turn, trouble: this.#errorOf(stays) };
  }

  #errorOf(trouble: EntityTrouble | null): SyncError | null {
    if (trouble === null) return null;
    const entity = this.#entity.description.name;
    return new SyncError(trouble.code, trouble.message, { entity });
  }
}

function rulesOf({ stored, description }: ConnectedEntity, guarded: boolean): PushRules {
  return { entity: description.name, fields: filledFields(stored.mapping, description), guarded };
}

type WritePlan = Extract<PushPlan, { kind: "write" }>;

interface Planned {
  readonly change: DueChange;
  readonly plan: WritePlan;
}

interface Answered extends Planned {
  readonly outcome: Outcome | undefined;
}

/** What a turn has done so far. */
class Tally {
  pushed = 0;
  refused = 0;
  updated = 0;
  trouble: EntityTrouble | null = null;

  hear(trouble: EntityTrouble | null): void {
    this.trouble ??= trouble;
  }
}

function settledUnsent(change: DueChange, plan: Extract<PushPlan, { kind: "over" | "refused" }>): Settlement {
  if (plan.kind === "over") {
    return { change, fate: { kind: "over" }, over: plan.over, keptApart: plan.keptApart };
  }
  const { field, detail, sent: values } = plan;
  const fate = { kind: "refused", code: "value_invalid", field, detail, values } as const;
  return { change, fate, over: [], keptApart: [] };
}
