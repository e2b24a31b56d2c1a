/**
 * The seeded scheduler's hand: every call of an actor to Dynamics, to the database or to the clock waits here until it is
 * granted. Between two grants nothing runs, so the order of everything is the order of the grants.
 */

/** What becomes of a call. Which of them a call can meet is the business of what it goes to. */
export type Fate =
  | { readonly kind: "ok" }
  /** No effect, and the caller is told that the connection broke. */
  | { readonly kind: "lost-before" }
  /** Carried out; the caller is told that the connection broke. */
  | { readonly kind: "lost-after" }
  /** The caller is told of a time-out; the request arrives later, or never. */
  | { readonly kind: "late" }
  /** Arrives twice, as a proxy may do; the first answer counts. */
  | { readonly kind: "repeated" }
  | { readonly kind: "throttled" }
  | { readonly kind: "unavailable" }
  /** All tokens issued so far are worthless. */
  | { readonly kind: "expired" }
  /** Carried out; the answer ends half-way. */
  | { readonly kind: "garbled" }
  /** The caller's process ends: before its statement of this number, or before (odd) or after (even) its request. */
  | { readonly kind: "dies"; readonly at: number };

export type FateKind = Fate["kind"];

export const OK: Fate = { kind: "ok" };

/** Who makes calls. Whoever has died hears nothing any more, and is heard by nobody. */
export interface Actor {
  readonly name: string;
  alive: boolean;
}

export interface Call {
  readonly by: Actor;
  readonly to: "dynamics" | "database" | "time";
  /** For the trace: the same in every run of a seed. */
  readonly label: string;
  /** Has its effect, and lets the caller go on. What is to be told of it is known when the caller waits again. */
  carryOut(fate: Fate): Promise<Told>;
}

export interface Told {
  readonly said: string;
}

/** Longer than any transaction takes on a busy machine; then somebody waits for a call inside of a transaction. */
const PATIENCE_MS = 60_000;

export class Scheduler {
  readonly #say: (line: string) => void;
  readonly #waiting = new Set<Call>();
  readonly #sessions = new Set<PromiseWithResolvers<void>>();

  /** @param say told of every grant, in order */
  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  ask(call: Call): void {
    if (call.by.alive) this.#waiting.add(call);
  }

  /** The caller does not wait for it any more. False when it was not waiting. */
  withdraw(call: Call): boolean {
    return this.#waiting.delete(call);
  }

  /** Calls of an actor that wait, oldest first. */
  waiting(by: Actor): readonly Call[] {
    return [...this.#waiting].filter((call) => call.by === by);
  }

  /** Lets one call be carried out, and its caller run until it waits for the next one. */
  async grant(call: Call, fate: Fate = OK): Promise<void> {
    this.#waiting.delete(call);
    const told = await call.carryOut(fate);
    await this.quiet();
    const met = fate.kind === "ok" ? "" : `${fate.kind}, `;
    this.#say(`${call.by.name} ${call.to} ${call.label}: ${met}${told.said}`);
  }

  /** The actor is gone; its calls are nobody's. Returns them. */
  bury(actor: Actor): readonly Call[] {
    const left = this.waiting(actor);
    actor.alive = false;
    for (const call of left) this.#waiting.delete(call);
    return left;
  }

  /** A session that is in use: nothing else is granted until `end` is called. */
  session(): () => void {
    const use = Promise.withResolvers<void>();
    this.#sessions.add(use);
    return () => {
      if (this.#sessions.delete(use)) use.resolve();
    };
  }

  /** Resolves when every actor waits for a grant, or for nothing at all. */
  async quiet(): Promise<void> {
    do {
      await Promise.all([...this.#sessions].map(({ promise }) => patiently(promise)));
      // Whatever is not waiting for us waits for promises only: they are all through after a turn of the event loop.
      await turnOfTheLoop();
      await turnOfTheLoop();
    } while (this.#sessions.size > 0);
  }
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function patiently(promise: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error("A transaction does not end: it waits for something that is not granted."));
  }, PATIENCE_MS);
  try {
    await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
