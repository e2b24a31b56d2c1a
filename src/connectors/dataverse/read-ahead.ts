/**
 * Fetching the next pages while the one before is being used.
 */

/** One page and where to go on; null when there is nothing further to fetch for now. */
export interface Step<State, Page> {
  readonly page: Page;
  readonly next: State | null;
}

/** Pages beside the one in use: one may be on its way while another is read. */
const AHEAD = 2;

/**
 * Walks from state to state, one step after the other, at most two pages ahead of the reader, so that memory stays flat.
 * Closing the iterator aborts the step under way and waits for it to be gone.
 * @throws whatever a step throws, in its turn: the pages before it are delivered first
 */
export async function* readAhead<State, Page>(
  first: State,
  step: (at: State, signal: AbortSignal) => Promise<Step<State, Page>>,
  signal: AbortSignal,
): AsyncGenerator<Page, void, undefined> {
  const closing = new AbortController();
  const either = AbortSignal.any([signal, closing.signal]);
  const steps = new Steps((at: State) => step(at, either), first);
  try {
    for (let page = await steps.take(); page !== null; page = await steps.take()) yield page.page;
  } finally {
    closing.abort();
    await steps.end();
  }
}

class Steps<State, Page> {
  readonly #step: (at: State) => Promise<Step<State, Page>>;
  /** Pages that nobody has taken, in order; only the last one may be under way. */
  readonly #ahead: Promise<Step<State, Page>>[] = [];
  /** Where to go on as soon as there is room. */
  #next: State | null = null;
  #ended = false;

  constructor(step: (at: State) => Promise<Step<State, Page>>, first: State) {
    this.#step = step;
    this.#begin(first);
  }

  /** The next page; null behind the last one. */
  async take(): Promise<Step<State, Page> | null> {
    const page = await this.#ahead[0];
    void this.#ahead.shift();
    this.#goOn();
    return page ?? null;
  }

  /** Begins nothing more, and waits until nothing is under way. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.allSettled(this.#ahead);
  }

  #begin(at: State): void {
    const page = this.#step(at);
    this.#ahead.push(page);
    // A failure is thrown when its turn comes; until then it is nobody's unhandled rejection.
    page.then(
      ({ next }) => {
        this.#next = next;
        this.#goOn();
      },
      () => undefined,
    );
  }

  #goOn(): void {
    if (this.#ended || this.#next === null || this.#ahead.length >= AHEAD) return;
    const next = this.#next;
    this.#next = null;
    this.#begin(next);
  }
}
