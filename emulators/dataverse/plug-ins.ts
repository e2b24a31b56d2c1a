import { ApiError } from "./errors.ts";
import type { Organization } from "./organization.ts";
import type { WireValue } from "./record.ts";

export type PlugInMessage = "Create" | "Update" | "Delete";

/** A write that plug-ins see. */
export interface PlugInEvent {
  readonly entity: string;
  readonly message: PlugInMessage;
  readonly id: string;
  /** Before the write: what is being written, which the plug-in may change. Afterwards: what was written. */
  readonly changes: Record<string, WireValue>;
}

/** Code of the organization that runs with its writes. */
export interface PlugIn {
  /** Runs before the write; may change it, or throw to refuse it (the message reaches the client as 0x80040265). */
  readonly before?: (event: PlugInEvent) => void;
  /** Runs when the write is done, in its transaction; may write again through the store, or throw to undo it all. */
  readonly after?: (event: PlugInEvent) => void;
  /** Runs some time later, when nothing can be refused any more. */
  readonly later?: LaterStep;
}

/** An asynchronous step. */
export interface LaterStep {
  /** How long after the write, by the organization's clock. */
  readonly milliseconds: number;
  /** May write through the store: a transaction of its own. What it throws fails the step and nobody else. */
  readonly run: (event: PlugInEvent) => void;
}

/** An asynchronous step that waits for its time. */
interface Job {
  readonly at: number;
  readonly depth: number;
  readonly run: () => void;
}

/** How deep writes of plug-ins may start plug-ins again. */
const DEEPEST = 8;
const LOOP =
  "This workflow job was canceled because the workflow that started it included an infinite loop. Correct the workflow logic and try again.";

/** The plug-ins that are registered now, and the asynchronous steps under way. */
export class PlugIns {
  readonly #organization: Organization;
  readonly #registered = new Set<PlugIn>();
  #jobs: Job[] = [];
  #depth = 0;
  /** What asynchronous steps threw, in order. */
  readonly failures: Error[] = [];

  constructor(organization: Organization) {
    this.#organization = organization;
  }

  /** Registers a plug-in; gives the way to take it out again. */
  register(plugIn: PlugIn): () => void {
    this.#registered.add(plugIn);
    return () => this.#registered.delete(plugIn);
  }

  before(event: PlugInEvent): void {
    for (const { before } of this.#registered) if (before !== undefined) this.#nested(() => before(event));
  }

  after(event: PlugInEvent): void {
    for (const { after, later } of this.#registered) {
      if (after !== undefined) this.#nested(() => after(event));
      if (later !== undefined) this.#schedule(later, { ...event, changes: { ...event.changes } });
    }
  }

  /**
   * Runs the asynchronous steps whose time has come, in its order. The emulator does so at every request, whenever time
   * is made to pass and when the store is used; within a transaction nothing runs.
   */
  runDue(): void {
    if (this.#jobs.length === 0 || this.#organization.inTransaction) return;
    const now = this.#organization.clock();
    const due = this.#jobs.filter(({ at }) => at <= now).toSorted((left, right) => left.at - right.at);
    this.#jobs = this.#jobs.filter(({ at }) => at > now);
    for (const job of due) this.#runJob(job);
    if (due.length > 0) this.runDue();
  }

  /** A step of a write that is taken back never runs. */
  #schedule({ milliseconds, run }: LaterStep, event: PlugInEvent): void {
    const depth = this.#depth + 1;
    if (depth > DEEPEST) {
      this.failures.push(new Error(LOOP));
      return;
    }
    const job = { at: this.#organization.clock() + milliseconds, depth, run: () => run(event) };
    this.#jobs.push(job);
    this.#organization.undoable(() => {
      this.#jobs = this.#jobs.filter((other) => other !== job);
    });
  }

  #runJob({ depth, run }: Job): void {
    const outer = this.#depth;
    this.#depth = depth;
    try {
      this.#organization.transaction(run);
    } catch (error) {
      this.failures.push(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#depth = outer;
    }
  }

  #nested(run: () => void): void {
    if (this.#depth >= DEEPEST) throw new Error(LOOP);
    this.#depth += 1;
    try {
      run();
    } catch (error) {
      throw error instanceof ApiError
        ? error
        : new ApiError(400, "0x80040265", error instanceof Error ? error.message : String(error));
    } finally {
      this.#depth -= 1;
    }
  }
}
