/**
 * Plays a history: every step in its turn, then quiet, then the judge.
 */
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import { SyncError } from "../../src/core/errors.ts";
import { judge, judgeLiving, stillness } from "./judge.ts";
import type { Violation } from "./judge.ts";
import { FIELDS, Ledger, OPT_OUTS, fieldAt } from "./ledger.ts";
import { Marketers } from "./marketing.ts";
import type { Sellers } from "./organization.ts";
import { settledOrganization } from "./organization.ts";
import type { Plant } from "./plants.ts";
import type { Call, Fate, FateKind } from "./scheduler.ts";
import { OK, Scheduler } from "./scheduler.ts";
import type { Stage } from "./stage.ts";
import type { Aim, History, Kind, Step } from "./steps.ts";
import { Story } from "./story.ts";
import type { Stray } from "./wire.ts";
import { strayOf } from "./wire.ts";
import type { Moment } from "./worker.ts";
import { Worker } from "./worker.ts";

export interface Counts {
  steps: number;
  calls: number;
  crashes: number;
  readonly faults: Map<FateKind, number>;
}

export interface Played {
  readonly trace: readonly string[];
  readonly violations: readonly Violation[];
  readonly counts: Counts;
  /** Of the person who was watched; empty where nobody was. */
  readonly story: readonly string[];
}

export interface PlayOptions {
  readonly connectionId: number;
  readonly plant?: Plant | undefined;
  /** Mark of a person whose story is to be told. */
  readonly watch?: string | undefined;
}

const BEGINNING = Date.UTC(2026, 10, 24);

/** A cycle that needs more calls than this will never end. */
const MOST_CALLS = 3_000;

/** Cycles after which everything must be quiet. */
const MOST_CYCLES = 14;

const TWENTY_MINUTES = 20 * 60_000;

/** Where changes are not tracked, deletes are found by comparing, a few times a day. */
const SEVEN_HOURS = 7 * 3_600_000;

/** Plays one history on a stage, from the beginning. The same history gives the same trace. */
export async function play(stage: Stage, history: History, options: PlayOptions): Promise<Played> {
  await stage.reset();
  return new Play(stage, history, options).run();
}

class Play {
  readonly #stage: Stage;
  readonly #history: History;
  readonly #connectionId: number;
  readonly #plant: Plant | undefined;
  readonly #trace: string[] = [];
  readonly #violations: Violation[] = [];
  readonly #counts: Counts = { steps: 0, calls: 0, crashes: 0, faults: new Map() };
  readonly #ledger = new Ledger();
  readonly #scheduler = new Scheduler((line) => {
    this.#say(line);
  });
  readonly #moment: Moment;
  readonly #emulator: Emulator;
  readonly #sellers: Sellers;
  readonly #marketers: Marketers;
  readonly #strays: Stray[] = [];
  readonly #workers: Worker[] = [];
  #born = 0;
  #commands = 0;
  readonly #story: Story | undefined;

  constructor(stage: Stage, history: History, { connectionId, plant, watch }: PlayOptions) {
    this.#stage = stage;
    this.#history = history;
    this.#connectionId = connectionId;
    this.#plant = plant;
    const moment = { ms: BEGINNING };
    this.#moment = {
      get ms() {
        return moment.ms;
      },
      advance: async (ms) => {
        if (ms === 0) return;
        moment.ms += ms;
        await stage.setTime(moment.ms);
      },
    };
    const settled = settledOrganization(history, this.#ledger, () => moment.ms);
    this.#emulator = settled.emulator;
    this.#sellers = settled.sellers;
    this.#marketers = new Marketers(stage.database, this.#ledger);
    this.#workers.push(this.#bear(0), this.#bear(1));
    this.#story = watch === undefined ? undefined : new Story(watch, stage.database, this.#emulator);
  }

  async run(): Promise<Played> {
    for (const step of this.#history.steps) {
      this.#counts.steps += 1;
      const said = await this.#take(step);
      if (said !== null) this.#say(`${inWords(step)}: ${said}`);
      await this.#look();
    }
    await this.#settle();
    const story = this.#story?.lines ?? [];
    return { trace: this.#trace, violations: this.#violations, counts: this.#counts, story };
  }

  #say(line: string): void {
    this.#trace.push(line);
  }

  #bear(place: number): Worker {
    this.#born += 1;
    return new Worker(`worker ${place + 1}.${this.#born}`, {
      stage: this.#stage,
      emulator: this.#emulator,
      scheduler: this.#scheduler,
      moment: this.#moment,
      connectionId: this.#connectionId,
      history: this.#history,
      strays: this.#strays,
      plant: this.#plant,
      onCommand: () => {
        this.#commands += 1;
      },
      onStale: (label) => {
        this.#violations.push({
          law: "14 stale worker",
          about: null,
          text: `${label} wrote without the newest claim`,
        });
      },
    });
  }

  async #take(step: Step): Promise<string | null> {
    switch (step.do) {
      case "work":
        return this.#work(step);
      case "cycle":
        await this.#cycle(step.worker);
        return null;
      case "crash":
        return this.#crash(step.worker, step.left);
      case "stray":
        return this.#arrive(step.which);
      case "wait":
        await this.#moment.advance(step.seconds * 1000);
        return "over";
      case "permit":
        return this.#permit(step.kind, step.privilege, step.given);
      default:
        return this.#deed(step);
    }
  }

  /** What people do, without the sync. */
  async #deed(step: Deed): Promise<string> {
    switch (step.do) {
      case "edit":
        return this.#marketers.write(step.who, fieldAt(step.field), step.value);
      case "opt":
        return this.#marketers.write(step.who, OPT_OUTS[step.field], step.field === "always" || step.out);
      case "add":
        return this.#marketers.add(step);
      case "ask":
        return this.#marketers.ask(step.who, step.as);
      case "delete-row":
        return this.#marketers.remove(step.who);
      case "switch":
        return this.#marketers.switchField(step.kind, step.field, step.on);
      case "policy":
        await this.#marketers.setWinner(step.kind, step.winner);
        return "set";
      default:
        return this.#sell(step);
    }
  }

  async #sell(step: Sale): Promise<string> {
    switch (step.do) {
      case "sell":
        return this.#sellers.write(step.kind, step.who, fieldAt(step.field), step.value);
      case "sell-opt":
        return this.#sellers.write(
          step.kind,
          step.who,
          OPT_OUTS[step.field],
          step.field === "always" || step.out,
        );
      case "create":
        return this.#sellers.create(step.kind, step.mark);
      case "remove":
        return this.#sellers.remove(step.kind, step.who);
      case "re-create":
        return this.#sellers.recreate(step.who);
      case "qualify":
        return this.#sellers.qualify(step.who);
      case "merge":
        return this.#sellers.merge(step.kind, step.who, step.other);
      case "assign":
        return this.#sellers.assign(step.kind, step.who);
    }
  }

  /** Null: the calls speak for themselves. */
  async #work(step: Extract<Step, { do: "work" }>): Promise<string | null> {
    const worker = this.#worker(step.worker);
    if (worker.idle) await this.#begin(worker);
    for (let nth = 1; nth <= MOST_CALLS && !worker.idle; nth += 1) {
      const waiting = this.#scheduler.waiting(worker.actor);
      const call = waiting[Math.floor(step.pick * waiting.length)];
      if (call === undefined) return this.#stuck(worker);
      const meant = step.aim === "last" ? nth === step.calls : isAimedAt(call, step.aim);
      await this.#grant(call, meant ? step.fate : OK);
      if (!worker.actor.alive) return this.#crash(step.worker, "lost");
      if (meant) return null;
    }
    return null;
  }

  async #begin(worker: Worker): Promise<void> {
    worker.begin((line) => {
      this.#say(line);
    });
    await this.#scheduler.quiet();
  }

  async #grant(call: Call, wish: Fate): Promise<void> {
    const fate = MEETS[call.to].has(wish.kind) ? wish : OK;
    this.#counts.calls += 1;
    if (fate.kind !== "ok") this.#counts.faults.set(fate.kind, (this.#counts.faults.get(fate.kind) ?? 0) + 1);
    await this.#scheduler.grant(call, fate);
    await this.#look();
  }

  async #look(): Promise<void> {
    await this.#story?.look(this.#trace.findLast((line) => !line.includes("its cycle")) ?? "");
  }

  /** Runs a worker to the end of its cycle, undisturbed. */
  async #cycle(place: number): Promise<void> {
    const worker = this.#worker(place);
    if (worker.idle) await this.#begin(worker);
    for (let nth = 0; !worker.idle; nth += 1) {
      const [call] = this.#scheduler.waiting(worker.actor);
      if (call === undefined || nth > MOST_CALLS) {
        this.#stuck(worker);
        return;
      }
      await this.#grant(call, OK);
    }
    this.#hear(worker);
  }

  /** An error that is none of ours means that the engine was surprised. */
  #hear(worker: Worker): void {
    const error = worker.last?.error;
    if (error === undefined || error instanceof SyncError) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : "not an error";
    this.#violations.push({ law: "surprise", about: null, text });
  }

  #stuck({ actor }: Worker): null {
    this.#violations.push({
      law: "it ends",
      about: null,
      text: `${actor.name} waits for nothing, or for ever`,
    });
    return null;
  }

  async #crash(place: number, left: "arrives" | "late" | "lost"): Promise<string> {
    const worker = this.#worker(place);
    this.#hear(worker);
    this.#counts.crashes += 1;
    const calls = this.#scheduler.bury(worker.actor).filter(({ to }) => to === "dynamics");
    const strays = left === "lost" ? [] : calls.map(strayOf);
    if (left === "late") this.#strays.push(...strays);
    if (left === "arrives") for (const stray of strays) await stray.arrive();
    this.#workers[place] = this.#bear(place);
    return `${worker.actor.name} ends with ${calls.length} requests under way, ${this.#worker(place).actor.name} takes its place`;
  }

  async #arrive(which: number): Promise<string> {
    const [stray] = this.#strays.splice(which % Math.max(this.#strays.length, 1), 1);
    return stray === undefined ? "nothing is under way" : `${stray.label}: ${await stray.arrive()}`;
  }

  #permit(kind: Kind, privilege: "Read" | "Write" | "Create", given: boolean): string {
    const { access, organization } = this.#emulator;
    access.set(organization.standard.applicationUser, kind, privilege, given ? "global" : "none");
    return given ? "given" : "taken";
  }

  #worker(place: number): Worker {
    const worker = this.#workers[place];
    if (worker === undefined) throw new Error(`there is no worker ${place}`);
    return worker;
  }

  /** People rest, what was taken is given back, and one worker goes on until it has nothing left to do. */
  async #settle(): Promise<void> {
    this.#say("quiet");
    while (this.#strays.length > 0) this.#say(await this.#arrive(0));
    await this.#crash(1, "lost");
    for (const kind of ["lead", "contact"] as const) {
      for (const privilege of ["Read", "Write", "Create"] as const) this.#permit(kind, privilege, true);
      for (const at of FIELDS.keys()) await this.#marketers.switchField(kind, at, true);
    }
    // A cycle that was under way may have read before the last change was made.
    if (!this.#worker(0).idle) await this.#cycle(0);
    if (!(await this.#rest(TWENTY_MINUTES))) return;
    if (this.#history.untracked.length > 0) {
      // What was changed is read at once; only what was deleted is found by comparing.
      this.#violations.push(...(await judgeLiving(this.#stage.database, this.#emulator, this.#ledger)));
      if (!(await this.#rest(SEVEN_HOURS))) return;
    }
    const before = await stillness(this.#stage.database, this.#emulator);
    const commands = this.#commands;
    await this.#cycle(0);
    const after = await stillness(this.#stage.database, this.#emulator);
    if (before !== after || this.#commands !== commands) {
      this.#violations.push({
        law: "3 quiet",
        about: null,
        text: `a further cycle writes: ${before} / ${after}`,
      });
    }
    this.#violations.push(...(await judge(this.#stage.database, this.#emulator, this.#ledger)));
  }

  /** False when it never comes to rest. */
  async #rest(pause: number): Promise<boolean> {
    for (let nth = 0; nth < MOST_CYCLES; nth += 1) {
      await this.#moment.advance(pause);
      await this.#cycle(0);
      const report = this.#worker(0).last?.report;
      if (report === undefined || report.outcome !== "done") continue;
      const { created, updated, deleted, pushed, refused, unchanged } = report.counts;
      const news = created + updated + deleted + pushed + refused;
      // Where changes are not tracked, records are read that have not changed.
      if (news === 0 && (unchanged === 0 || this.#history.untracked.length > 0)) return true;
    }
    this.#violations.push({ law: "it ends", about: null, text: `no rest after ${MOST_CYCLES} cycles` });
    return false;
  }
}

type Deed = Exclude<Step, { do: "work" | "cycle" | "crash" | "stray" | "wait" | "permit" }>;
type Sale = Exclude<Deed, { do: "edit" | "opt" | "add" | "ask" | "delete-row" | "switch" | "policy" }>;

/** Statements that write what was decided, or what is about to be asked for. */
const EFFECTS: ReadonlySet<string> = new Set(
  "apply applyRecords noteSent settle noteCreating linkPeople settleRequests oweFirst".split(" "),
);

function isAimedAt({ to, label }: Call, aim: Aim): boolean {
  if (aim === "effect") return to === "database" && EFFECTS.has(label);
  return to === "dynamics" && !label.startsWith("GET") && !label.includes("/token");
}

const ANYWHERE: readonly FateKind[] = ["ok", "lost-before", "lost-after", "dies"];

/** What can become of a call, by what it goes to. */
const MEETS: Readonly<Record<Call["to"], ReadonlySet<FateKind>>> = {
  dynamics: new Set([...ANYWHERE, "late", "repeated", "throttled", "unavailable", "expired", "garbled"]),
  database: new Set(ANYWHERE),
  time: new Set(["ok"]),
};

function inWords({ do: deed, ...rest }: Step): string {
  return [
    deed,
    ...Object.values(rest).map((value) =>
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ),
  ].join(" ");
}
