/**
 * A worker of the simulation: the real connector, engine and store, whose every way out leads to the scheduler.
 */
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import { openDataverse } from "../../src/connectors/dataverse/source.ts";
import { SyncError } from "../../src/core/errors.ts";
import type { Connection } from "../../src/engine/connection.ts";
import { openConnection } from "../../src/engine/connection.ts";
import type { CycleReport } from "../../src/engine/cycle.ts";
import type { CycleSettings } from "../../src/engine/ports.ts";
import { seededChance } from "../e2e/chance.ts";
import { mappingFor } from "../../src/marketing/default-mapping.ts";
import { openMarketingTables } from "../../src/marketing/tables.ts";
import { openSyncStore } from "../../src/store/sync-store.ts";
import type { Plant } from "./plants.ts";
import type { Actor, Call, Scheduler } from "./scheduler.ts";
import { gatedDatabase } from "./sessions.ts";
import type { Stage } from "./stage.ts";
import type { History } from "./steps.ts";
import type { Stray } from "./wire.ts";
import { ORIGIN, credentialOn, openWire } from "./wire.ts";

/** Milliseconds since 1970, for everybody. Moves only when somebody waits. */
export interface Moment {
  readonly ms: number;
  advance(ms: number): Promise<void>;
}

export interface WorkerParts {
  readonly stage: Stage;
  readonly emulator: Emulator;
  readonly scheduler: Scheduler;
  readonly moment: Moment;
  readonly connectionId: number;
  readonly history: History;
  readonly strays: Stray[];
  readonly onCommand: (label: string) => void;
  readonly onStale: (label: string) => void;
  /** A mistake that is to be found. */
  readonly plant?: Plant | undefined;
}

export type CycleEnd =
  | { readonly report: CycleReport; readonly error?: never }
  | { readonly report?: never; readonly error: unknown };

export class Worker {
  readonly actor: Actor;
  readonly #connection: Connection;
  readonly #settings: CycleSettings;
  #running = false;
  /** How the last cycle ended; undefined before the first end. */
  last: CycleEnd | undefined;

  constructor(name: string, parts: WorkerParts) {
    this.actor = { name, alive: true };
    this.#connection = connectionOf(this.actor, parts);
    this.#settings = settingsOf(parts.history);
  }

  get idle(): boolean {
    return !this.#running;
  }

  /** Begins a cycle, whose calls wait for the scheduler. */
  begin(say: (line: string) => void): void {
    this.#running = true;
    say(`${this.actor.name} begins a cycle`);
    this.#connection.cycle(this.#settings, new AbortController().signal).then(
      (report) => {
        this.#end(say, { report });
      },
      (error: unknown) => {
        this.#end(say, { error });
      },
    );
  }

  #end(say: (line: string) => void, end: CycleEnd): void {
    if (!this.actor.alive) return;
    this.#running = false;
    this.last = end;
    say(`${this.actor.name} ends its cycle: ${endInWords(end)}`);
  }
}

function endInWords({ report, error }: CycleEnd): string {
  if (report === undefined)
    return error instanceof SyncError ? `${error.code}, ${error.message}` : String(error);
  const counts = Object.entries(report.counts).filter(([name, count]) => name !== "requests" && count > 0);
  const troubles = report.troubles.map(({ entity, code }) => `${entity} ${code}`);
  return [report.outcome, ...counts.map(([name, count]) => `${count} ${name}`), ...troubles].join(", ");
}

/**
 * Columns and views that are missing are made by whoever misses them, without a claim: that loses nothing, and made twice
 * it is the same.
 */
const UNCLAIMED: ReadonlySet<string> = new Set(["prepare", "keepViews"]);

function connectionOf(actor: Actor, parts: WorkerParts): Connection {
  const { stage, emulator, scheduler, moment, strays, onCommand, onStale, plant } = parts;
  let doing = "";
  const database = gatedDatabase({
    database: stage.database,
    scheduler,
    actor,
    rewrite: plant?.statement,
    label: () => doing,
    onStale: (label) => {
      if (!UNCLAIMED.has(label)) onStale(`${actor.name}: ${label}`);
    },
  });
  const note = (name: string): void => {
    doing = name;
  };
  const wire = openWire({ emulator, scheduler, actor, strays, onCommand, rewrite: plant?.url });
  const connector = openDataverse({
    url: ORIGIN,
    signIn: credentialOn(wire, emulator, () => moment.ms),
    transport: wire,
    timing: timingOf(actor, parts),
    backoff: { baseMs: 100, maxMs: 1_000, attempts: 3 },
  });
  const source = plant?.source?.(connector) ?? connector;
  const store = openSyncStore(database);
  const engine = {
    source,
    sink: source,
    store: named(plant?.store?.(store, database) ?? store, note),
    tables: named(openMarketingTables(database), note),
    mappingFor,
    filter: { column: "new_nobodyhasthis", exit: "freeze" as const },
    clock: { now: () => moment.ms },
    log: () => undefined,
  };
  return openConnection(engine, parts.connectionId);
}

/** The same, telling the name of each call before it is made. */
function named<T extends object>(port: T, note: (name: string) => void): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || typeof name !== "string") return member;
      return (...given: unknown[]): unknown => {
        note(name);
        return Reflect.apply(member, target, given);
      };
    },
  });
}

function timingOf(actor: Actor, { scheduler, moment, history }: WorkerParts) {
  return {
    now: () => moment.ms,
    random: seededChance(history.seed),
    sleep: (ms: number, signal: AbortSignal): Promise<void> => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const until = moment.ms + ms;
      const call: Call = {
        by: actor,
        to: "time",
        label: `${ms} ms`,
        async carryOut() {
          await moment.advance(Math.max(0, until - moment.ms));
          resolve();
          return { said: "over" };
        },
      };
      scheduler.ask(call);
      const leave = (): void => {
        if (scheduler.withdraw(call)) reject(new SyncError("stopped", "Stopped."));
      };
      signal.addEventListener("abort", leave, { once: true });
      return promise;
    },
  };
}

function settingsOf({ entities, pageSize, pushSize, contactsBy }: History): CycleSettings {
  return {
    entities,
    pageSize,
    livePollMs: 5_000,
    wholeReads: 2,
    pushSize,
    guardWrites: true,
    checkHistory: false,
    guard: { count: 1_000, share: 1 },
    people: { matchBy: ["email"], contactsBy, optionalFields: new Set(["subject"]) },
  };
}
