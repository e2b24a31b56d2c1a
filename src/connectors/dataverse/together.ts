/**
 * Runs work of many parts with a signal of its own, so that the first failure stops the other parts too.
 * @throws whatever the work throws first
 */
export async function together<T>(
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  try {
    return await work(AbortSignal.any([signal, ending.signal]));
  } finally {
    ending.abort();
  }
}
