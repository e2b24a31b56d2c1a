/**
 * A cycle: every entity of a connection is read to its end, and the edits of marketing are pushed, in fair turns; what
 * cannot be read is set aside with its reason while the rest flows.
 */
import { SyncError, isTransient } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import { UNOBSERVED } from "../core/observer.ts";
import type { Observer } from "../core/observer.ts";
import type { CycleCounts, CycleOutcome, Lease, StoredEntity } from "../core/store-port.ts";
import { Actions } from "./actions.ts";
import { Backfills } from "./backfills.ts";
import { Arrivals } from "./arrivals.ts";
import { campaignsOf } from "./campaigns.ts";
import { concernsOne } from "./concern.ts";
import type { Connected, ConnectedEntity } from "./connect.ts";
import { Creations } from "./create.ts";
import { NO_COUNTS, counted } from "./cycle-counts.ts";
import { Errands } from "./errands.ts";
import type { CycleSettings, EngineParts } from "./ports.ts";
import type { HistoryCheck } from "./history.ts";
import { checkHistory, vanished } from "./history.ts";
import { Push, isPushed } from "./push.ts";
import { RunWatch, isAsked } from "./run-watch.ts";
import type { Outgoing, Taker } from "./run-watch.ts";
import { Samples } from "./samples.ts";
import { settleCompare } from "./settle-compare.ts";
import { tellPage, tellSent, turnFacts } from "./turn-part.ts";
import type { Turn } from "./turns.ts";
import { takeTurns } from "./turns.ts";
import { Walk, withoutField } from "./walk.ts";
import { WishWatch } from "./wish-watch.ts";

export interface CycleReport {
  readonly outcome: CycleOutcome;
  readonly counts: CycleCounts;
  /** True when something was read whole: changes made meanwhile wait for the next cycle. */
  readonly whole: boolean;
  /** True when fields turned out to be others than they were described: the description is to be read again. */
  readonly outdated: boolean;
  /** Entities that were not read to their end, or whose edits wait, with the reason. */
  readonly troubles: readonly {
    readonly entity: string;
    readonly code: ErrorCode;
    readonly message: string;
  }[];
}

/** Runs one cycle under a lease. One object, one cycle. */
export class Cycle {
  readonly #parts: EngineParts;
  readonly #lease: Lease;
  readonly #settings: CycleSettings;
  readonly #connected: Connected;
  readonly #troubles: Map<string, SyncError>;
  /** Why edits of an entity wait; that it is read is another matter. */
  readonly #pushTroubles = new Map<string, SyncError>();
  #counts: CycleCounts = NO_COUNTS;
  readonly #requestsBefore: number;
  /** Entities whose feed a backfill has handed over: it is followed from there with the next cycle. */
  readonly #handedOver = new Set<number>();
  /** Entities of which a compare pass began in this cycle. */
  readonly #compared = new Set<number>();
  readonly #watch: RunWatch;
  #walks: readonly Walk[] = [];
  #id = "";
  #whole = false;
  #outdated = false;
  /** Ends the cycle early when people switch entities. */
  readonly #wishes: WishWatch;
  readonly #observer: Observer;
  #shownAt: number;

  constructor(parts: EngineParts, lease: Lease, settings: CycleSettings, connected: Connected) {
    this.#parts = parts;
    this.#observer = parts.observer ?? UNOBSERVED;
    this.#lease = lease;
    this.#settings = settings;
    this.#connected = connected;
    this.#watch = new RunWatch(parts.store, lease, connected.entities);
    this.#troubles = new Map(connected.missing.map((error) => [error.entity ?? "", error]));
    this.#requestsBefore = parts.source.requests;
    this.#shownAt = parts.clock.now();
    this.#wishes = new WishWatch(parts, lease, settings, connected.names);
  }

  /**
   * Reads every entity to its end, and pushes what had been edited when it came to it. Errors of one entity end up in the report; errors that concern the whole
   * connection are thrown, after the cycle was closed in the store.
   * @throws SyncError `sign_in_failed`, `fenced`, `stopped`, `database_unreachable`, …
   */
  async run(signal: AbortSignal): Promise<CycleReport> {
    const { store } = this.#parts;
    this.#id = await store.beginCycle(this.#lease);
    this.#observer.note({ run: this.#id });
    const { entities } = this.#connected;
    const arrivals = new Arrivals(this.#parts, this.#lease, this.#settings.people, entities);
    const walks = entities.flatMap((entity) => this.#walksOf(entity, arrivals));
    this.#walks = walks;
    try {
      const history = await this.#history(walks, signal);
      await takeTurns<Taker>(this.#takers(walks), {
        settings: this.#settings,
        clock: this.#parts.clock,
        turn: (taker) =>
          this.#observer.during({ name: "turn", facts: turnFacts(taker) }, () => this.#take(taker, signal)),
      });
      if (this.#wishes.hasChanged) return await this.#end("stopped");
      if (await vanished(this.#parts, this.#told(history.notFound))) await this.#loseHistory(walks);
      const outcome = this.#troubles.size + this.#pushTroubles.size === 0 ? "done" : "partial";
      return await this.#end(outcome);
    } catch (error) {
      const outcome = error instanceof SyncError && WAS_ENDED.has(error.code) ? "stopped" : "failed";
      if (!isFenced(error)) await this.#end(outcome).catch(() => undefined);
      throw error;
    } finally {
      await Promise.allSettled(walks.map((walk) => walk.close()));
    }
  }

  /** Asks whether the organization was restored, where this cycle is to find out. */
  async #history(walks: readonly Walk[], signal: AbortSignal): Promise<Pick<HistoryCheck, "notFound">> {
    if (!this.#settings.checkHistory) return { notFound: [] };
    const check = await checkHistory(this.#parts, this.#connected.entities, signal);
    if (check.restored) await this.#loseHistory(walks);
    return check;
  }

  /** Witnesses whose feeds were read to their end: had they been deleted, the feed would have said so. */
  #told(notFound: HistoryCheck["notFound"]): HistoryCheck["notFound"] {
    return notFound.filter(
      ({ entity: { description, stored } }) =>
        !this.#troubles.has(description.name) && !this.#watch.paused.has(stored.id),
    );
  }

  /** A restore concerns every entity: each is compared whole, in this cycle or, after its end, in the next. */
  async #loseHistory(walks: readonly Walk[]): Promise<void> {
    this.#parts.log("warn", "history.lost", { reason: "the organization shows an earlier state" });
    this.#whole = true;
    for (const walk of walks) {
      if (walk.lane === "live") await this.#beginCompare(walk);
      else await this.#restartBackfill(walk);
    }
  }

  async #beginCompare(walk: Walk): Promise<void> {
    this.#compared.add(walk.stored.id);
    await this.#parts.store.beginCompare(this.#lease, walk.stored);
    walk.restart({ ...walk.connected, stored: { ...walk.stored, position: null, compare: "owed" } });
  }

  async #restartBackfill(walk: Walk): Promise<void> {
    await this.#parts.store.restartBackfill(this.#lease, walk.stored);
    walk.restart({ ...walk.connected, stored: { ...walk.stored, backfillPosition: null } });
  }

  #walksOf(entity: ConnectedEntity, arrivals: Arrivals): Walk[] {
    const on = (lane: "live" | "backfill"): Walk =>
      new Walk(this.#parts, this.#lease, this.#settings, { entity, lane, arrivals });
    const fills = entity.stored.complete && entity.stored.backfill;
    return fills ? [on("live"), on("backfill")] : [on("live")];
  }

  /** Whoever was asked for comes first, and what was asked about them next: people wait for it. */
  #creations(): readonly (Creations | Actions)[] {
    const entities = this.#connected.entities.filter(({ stored }) => stored.mapping.crmType !== undefined);
    const subject = { entities, cycle: this.#id };
    const on = <T>(kind: new (...given: ConstructorParameters<typeof Creations>) => T): T =>
      new kind(this.#parts, this.#lease, this.#settings, subject);
    return entities.length === 0 ? [] : [on(Creations), on(Actions)];
  }

  async #take(taker: Taker, signal: AbortSignal): Promise<Turn> {
    if ((await this.#wishes.changed()) || !(await this.#watch.allows(taker))) {
      await taker.close();
      return "drop";
    }
    if (taker instanceof Walk) return this.#turn(taker, signal);
    if (taker instanceof Backfills) return this.#backfill(taker, signal);
    if (taker instanceof Samples) return taker.step(signal);
    return isAsked(taker) ? this.#create(taker, signal) : this.#push(taker, signal);
  }

  #pushes(): readonly Outgoing[] {
    const { entities } = this.#connected;
    const on = <T>(kind: OutgoingKind<T>, entity: ConnectedEntity): T =>
      new kind(this.#parts, this.#lease, this.#settings, { entity, cycle: this.#id });
    return [
      ...entities.map((entity) => on(Errands, entity)),
      ...entities.filter(isPushed).map((entity) => on(Push, entity)),
      ...campaignsOf(this.#parts, this.#lease, this.#settings, { entities, cycle: this.#id }),
    ];
  }

  /** What keeps edits from travelling is shown, and keeps nobody from reading. */
  async #push(push: Outgoing, signal: AbortSignal): Promise<Turn> {
    const { stored } = push.entity;
    try {
      const { turn, pushed, refused, updated, trouble } = await push.step(signal);
      this.#count({ pushed, refused, updated });
      tellSent(this.#observer, stored.mapping.entity, { pushed, refused });
      await this.#show();
      if (trouble !== null) this.#note(stored, trouble);
      return turn;
    } catch (error) {
      if (!concernsOne(error)) throw error;
      this.#note(stored, error);
      const { code, message } = error;
      await this.#parts.store.setPushTrouble(this.#lease, stored, { code, message });
      return "drop";
    }
  }

  /** As with edits, what keeps people from being made is shown, and keeps nobody from reading. */
  async #create(creations: Creations | Actions, signal: AbortSignal): Promise<Turn> {
    try {
      const { turn, created, linked, refused, trouble } = await creations.step(signal);
      this.#count({ pushed: created, updated: linked, refused });
      tellSent(this.#observer, "", { pushed: created, refused });
      await this.#show();
      if (trouble !== null) await this.#letWait(trouble);
      return turn;
    } catch (error) {
      if (!concernsOne(error)) throw error;
      await this.#letWait(error);
      return "drop";
    }
  }

  /** Of whole reads, who comes first is read first: a look at a few records, first copies, chosen records, then fields of every record. */
  #takers(walks: readonly Walk[]): readonly Taker[] {
    const on = (lane: Walk["lane"]): readonly Walk[] => walks.filter((walk) => walk.lane === lane);
    const chosen = new Backfills(this.#parts, this.#lease, this.#settings, this.#connected.entities);
    const samples = new Samples(this.#parts, this.#lease, this.#connected.entities);
    return [...this.#creations(), samples, ...on("live"), chosen, ...on("backfill"), ...this.#pushes()];
  }

  async #backfill(backfills: Backfills, signal: AbortSignal): Promise<Turn> {
    const { turn, updated } = await backfills.step(signal);
    this.#count({ updated });
    this.#observer.moved({ entity: "", direction: "pull", outcomes: { updated } });
    await this.#show();
    return turn;
  }

  /** What no entity is to blame for is shown where people are. */
  async #letWait(error: SyncError): Promise<void> {
    const { code, message, entity } = error;
    const people = this.#connected.entities.filter(({ stored }) => stored.mapping.crmType !== undefined);
    const waiting = people.find(({ description }) => description.name === entity) ?? people[0];
    if (waiting === undefined) return;
    this.#note(waiting.stored, error);
    await this.#parts.store.setPushTrouble(this.#lease, waiting.stored, { code, message });
  }

  async #turn(walk: Walk, signal: AbortSignal): Promise<Turn> {
    try {
      if (this.#isOver(walk)) {
        await walk.close();
        return "drop";
      }
      const step = await walk.step(signal);
      this.#count({ ...step.applied, pages: 1 });
      tellPage(this.#observer, walk, step);
      await this.#show();
      this.#whole ||= step.page.phase !== "changes";
      if (!step.end) return "again";
      if (walk.lane === "backfill") {
        this.#handedOver.add(walk.stored.id);
        return "drop";
      }
      walk.requireNothingHeld();
      if (walk.stored.compare === "open") await this.#settle(walk, signal);
      await this.#clearTrouble(walk);
      return "end";
    } catch (error) {
      await walk.close().catch(() => undefined);
      return this.#recover(walk, error);
    }
  }

  /**
   * The two lanes of an entity never write the position at once: a compare pass makes its backfill begin anew, with the
   * next cycle, and after a backfill the old feed, which does not tell the new fields, is not followed any further.
   */
  #isOver(walk: Walk): boolean {
    const { id } = walk.stored;
    if (walk.lane === "live") return this.#handedOver.has(id);
    return (
      this.#compared.has(id) ||
      this.#walks.some(({ lane, stored }) => lane === "live" && stored.id === id && stored.compare === "owed")
    );
  }

  /** Decides what an error means for this entity; what concerns everyone is thrown on. */
  async #recover(walk: Walk, error: unknown): Promise<Turn> {
    if (!concernsOne(error)) throw error;
    const { store } = this.#parts;
    const { mapping } = walk.stored;
    this.#log(mapping.entity, error);
    if (error.code === "history_lost" && walk.mayBeginAnew()) {
      if (walk.lane === "live") await this.#beginCompare(walk);
      else await this.#restartBackfill(walk);
      return "again";
    }
    const field = error.code === "field_missing" ? error.field : undefined;
    if (field !== undefined && mapping.fields.some(({ attribute }) => attribute === field)) {
      this.#outdated = true;
      await store.setFieldAside(this.#lease, walk.stored, field, error.message);
      walk.restart(withoutField(walk.connected, field));
      return "again";
    }
    this.#troubles.set(mapping.entity, error);
    await store.setTrouble(this.#lease, walk.stored, { code: error.code, message: error.message });
    return "drop";
  }

  async #settle(walk: Walk, signal: AbortSignal): Promise<void> {
    const { guard } = this.#settings;
    const deleted = await settleCompare(this.#parts, this.#lease, walk.connected, { guard, signal });
    walk.compareSettled(deleted);
    this.#count({ deleted });
    this.#observer.moved({
      entity: walk.stored.mapping.entity,
      direction: "pull",
      outcomes: { deleted },
    });
  }

  async #clearTrouble(walk: Walk): Promise<void> {
    if (!walk.stored.troubled) return;
    await this.#parts.store.setTrouble(this.#lease, walk.stored, null);
  }

  #note({ mapping }: StoredEntity, error: SyncError): void {
    this.#log(mapping.entity, error);
    this.#pushTroubles.set(mapping.entity, error);
  }

  #log(entity: string, { code, message }: SyncError): void {
    this.#parts.log("warn", "entity.trouble", { entity, code, message });
  }

  #count(more: Partial<CycleCounts>): void {
    this.#counts = counted(this.#counts, more);
  }

  /** Lets people see how far a long cycle is, at most once a second. */
  async #show(): Promise<void> {
    const now = this.#parts.clock.now();
    if (now - this.#shownAt < SHOW_MS) return;
    this.#shownAt = now;
    await this.#parts.store.updateCycle(this.#lease, this.#id, this.#countsNow());
  }

  #countsNow(): CycleCounts {
    return { ...this.#counts, requests: this.#parts.source.requests - this.#requestsBefore };
  }

  async #end(outcome: CycleOutcome): Promise<CycleReport> {
    const counts = this.#countsNow();
    await this.#parts.store.endCycle(this.#lease, this.#id, counts, outcome);
    const all = [...this.#troubles, ...this.#pushTroubles];
    const troubles = all.map(([entity, { code, message }]) => ({ entity, code, message }));
    return { outcome, counts, whole: this.#whole, outdated: this.#outdated, troubles };
  }
}

/** Errors that say only that somebody ended the cycle. */
const WAS_ENDED: ReadonlySet<ErrorCode> = new Set(["stopped", "paused"]);

type OutgoingKind<T> = new (...given: ConstructorParameters<typeof Push>) => T;

const SHOW_MS = 1000;

function isFenced(error: unknown): boolean {
  return error instanceof SyncError && (error.code === "fenced" || error.code === "database_unreachable");
}

/** True when waiting may be all it takes for the entities that did not reach their end. */
export function mayPass(report: CycleReport): boolean {
  return report.troubles.every(({ code, message }) => isTransient(new SyncError(code, message)));
}
