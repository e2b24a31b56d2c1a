/**
 * Fetching the next page while the one before is being used.
 */

/** One page and where to go on; null when there is nothing further to fetch for now. */
export interface Step<State, Page> {
  readonly page: Page;
  readonly next: State | null;
}

/**
 * Walks from state to state, at most one page ahead of the reader, so that memory stays flat. Closing the iterator
 * aborts the fetch under way and waits for it to be gone.
 * @throws whatever a step throws, in its turn: the pages before it are delivered first
 */
export async function* readAhead<State, Page>(
  first: State,
  step: (at: State, signal: AbortSignal) => Promise<Step<State, Page>>,
  signal: AbortSignal,
): AsyncGenerator<Page, void, undefined> {
  const closing = new AbortController();
  const either = AbortSignal.any([signal, closing.signal]);
  let pending: Promise<Step<State, Page>> | null = step(first, either);
  try {
    while (pending !== null) {
      const { page, next }: Step<State, Page> = await pending;
      pending = next === null ? null : step(next, either);
      // A failure is thrown when its turn comes; until then it is nobody's unhandled rejection.
      pending?.catch(() => undefined);
      yield page;
    }
  } finally {
    closing.abort();
    await pending?.catch(() => undefined);
  }
}
