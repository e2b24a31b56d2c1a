/**
 * Actions that people asked for are carried out in Dynamics, right after whoever they wait for was made. A batch a turn.
 */
import { GONE, LEFT } from "../core/action-fate.ts";
import type { ActionFate, ActionSettlement, PersonAction, PersonRecord } from "../core/action-port.ts";
import { SyncError } from "../core/errors.ts";
import { allowedDeletes } from "../core/guard.ts";
import type { Settled } from "../core/push-port.ts";
import type { PersonEntity } from "../core/request-port.ts";
import type { Lease } from "../core/store-port.ts";
import type { Acting } from "./action-batch.ts";
import { carryOut } from "./action-batch.ts";
import { ActionTargets } from "./action-targets.ts";
import type { ConnectedEntity } from "./connect.ts";
import type { CreateStep, CreateSubject } from "./create.ts";
import type { CycleSettings, EngineParts } from "./ports.ts";
import type { TurnTaker } from "./turns.ts";

export class Actions implements TurnTaker {
  readonly whole = false;
  readonly #parts: EngineParts;
  readonly #lease: Lease;
  readonly #settings: CycleSettings;
  readonly #cycle: string;
  readonly #targets: ActionTargets;
  /** What people can be, contacts and leads, as far as they are connected. */
  readonly #kinds: ReadonlyMap<PersonEntity, ConnectedEntity>;
  /** Deletes that may still be asked for in this cycle, of each kind; null before it is known how many wait. */
  #left: Map<PersonEntity, number> | null = null;

  constructor(parts: EngineParts, lease: Lease, settings: CycleSettings, { entities, cycle }: CreateSubject) {
    this.#parts = parts;
    this.#lease = lease;
    this.#settings = settings;
    this.#cycle = cycle;
    this.#targets = new ActionTargets(parts.source);
    this.#kinds = new Map(
      (["contact", "lead"] as const).flatMap((name): [PersonEntity, ConnectedEntity][] => {
        const entity = entities.find(({ description }) => description.name === name);
        return entity === undefined ? [] : [[name, entity]];
      }),
    );
  }

  /** There is nothing to let go of: each turn begins with what is due then. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Carries out one batch: of each person the oldest action. When more deletes wait than the guard lets pass, none of them
   * is carried out in this cycle.
   * @throws SyncError what the source, the sink or the store throws; what was sent by then is looked up with the next turn
   */
  async step(signal: AbortSignal): Promise<CreateStep> {
    const held = await this.#guard();
    const due = await this.#due();
    const acting = { parts: this.#parts, lease: this.#lease, targets: this.#targets, signal };
    const settlements = [...due.flatMap(withoutRecord), ...(await this.#carryOut(acting, due))];
    const { pushed, refused } = await this.#settle(settlements);
    const turn = due.length === 0 ? "end" : "again";
    return { turn, created: pushed, linked: 0, refused, trouble: held ?? troubleOf(settlements) };
  }

  async #due(): Promise<readonly PersonAction[]> {
    const left = this.#left ?? new Map<PersonEntity, number>();
    const deletesOf = [...left].flatMap(([name, count]) => (count > 0 ? [name] : []));
    const wish = { limit: this.#settings.pushSize, of: [...this.#kinds.keys()], deletesOf };
    const due = await this.#parts.store.dueActions(this.#lease, wish);
    return due.filter(({ kind, person }) => {
      if (kind !== "delete" || typeof person === "string") return true;
      const count = left.get(person.entity) ?? 0;
      left.set(person.entity, count - 1);
      return count > 0;
    });
  }

  /** Looks how many deletes wait, once; returns why some of them are not carried out. */
  async #guard(): Promise<SyncError | null> {
    if (this.#left !== null) return null;
    this.#left = new Map();
    let trouble: SyncError | null = null;
    for (const [name, { stored, description }] of this.#kinds) {
      const allowed = allowedDeletes(this.#settings.guard, stored, "actions");
      const { waiting, held } = await this.#parts.store.waitingDeleteActions(this.#lease, stored, allowed);
      this.#left.set(name, held ? 0 : allowed);
      if (!held) continue;
      const message =
        `${description.name}: ${waiting} deletes that were asked for wait for approval; ${allowed} pass without. ` +
        "None of them was carried out in Dynamics.";
      trouble ??= new SyncError("mass_change", message, { entity: name });
    }
    return trouble;
  }

  async #carryOut(acting: Acting, due: readonly PersonAction[]): Promise<readonly ActionSettlement[]> {
    const settlements: ActionSettlement[] = [];
    for (const [name, { description }] of this.#kinds) {
      for (const kind of KINDS) {
        const actions = due.filter((action) => action.kind === kind && recordOf(action)?.entity === name);
        if (actions.length === 0) continue;
        const batch = { kind, person: description, actions };
        settlements.push(
          ...(await carryOut(acting, batch).catch((error: unknown) => putOff(actions, error))),
        );
      }
    }
    return settlements;
  }

  async #settle(settlements: readonly ActionSettlement[]): Promise<Settled> {
    const total = { pushed: 0, refused: 0 };
    const [anyKind] = this.#kinds.keys();
    const byKind = Map.groupBy(settlements, ({ action }) => recordOf(action)?.entity ?? anyKind);
    for (const [name, those] of byKind) {
      const entity = name === undefined ? undefined : this.#kinds.get(name);
      if (entity === undefined) continue;
      const settling = { settlements: those, cycle: this.#cycle };
      const { pushed, refused } = await this.#parts.store.settleActions(this.#lease, entity.stored, settling);
      total.pushed += pushed;
      total.refused += refused;
    }
    return total;
  }
}

/** A record that goes is the last that is asked of it. */
const KINDS = ["owner", "task", "delete"] as const;

function recordOf({ person }: PersonAction): PersonRecord | null {
  return typeof person === "string" ? null : person;
}

/** Of people without a record that could be asked about: of an end, that is what was asked for. */
function withoutRecord(action: PersonAction): readonly ActionSettlement[] {
  if (action.person === "gone") return [{ action, fate: GONE, told: {} }];
  if (action.person !== "left") return [];
  if (action.kind !== "delete") return [{ action, fate: LEFT, told: {} }];
  return [{ action, fate: { kind: "over", outcome: action.sent ? "done" : "already" }, told: {} }];
}

/**
 * What the organization has not, or does not show us, concerns these actions only: they wait for an admin.
 * @throws what concerns more than them
 */
function putOff(actions: readonly PersonAction[], error: unknown): readonly ActionSettlement[] {
  if (!(error instanceof SyncError) || !OF_TABLES.has(error.code)) throw error;
  const { code, message: detail } = error;
  return actions.map((action) => {
    const fate: ActionFate = { kind: "later", sent: action.sent, code, detail, afterMs: 0 };
    return { action, fate, told: {} };
  });
}

const OF_TABLES: ReadonlySet<string> = new Set(["entity_missing", "permission_missing"]);

/** What passes by itself is waited for; everything else is told with the action. */
function troubleOf(settlements: readonly ActionSettlement[]): SyncError | null {
  for (const { action, fate } of settlements) {
    if (fate.kind !== "later" || !PASSING.has(fate.code)) continue;
    const entity = recordOf(action)?.entity;
    return new SyncError(fate.code, fate.detail, entity === undefined ? {} : { entity });
  }
  return null;
}

const PASSING: ReadonlySet<string> = new Set(["throttled", "unavailable"]);
