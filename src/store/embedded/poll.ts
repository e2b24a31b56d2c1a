import { setTimeout as sleep } from "node:timers/promises";

/** How long to keep asking (milliseconds), and what may stop it sooner. */
export type Patience = { readonly milliseconds: number; readonly signal?: AbortSignal | undefined };

const firstPause = 10;
const longestPause = 200;

/**
 * Asks until `attempt` has an answer, with pauses that double from 10 to 200 ms. Resolves to undefined when patience
 * ran out; the first attempt is always made. Rejects when `attempt` does, or with the signal's reason.
 */
export async function poll<T>(
  attempt: () => Promise<T | undefined>,
  patience: Patience,
): Promise<T | undefined> {
  const deadline = performance.now() + patience.milliseconds;
  for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
    patience.signal?.throwIfAborted();
    const answer = await attempt();
    if (answer !== undefined || performance.now() >= deadline) return answer;
    await pauseFor(pause, patience.signal);
  }
}

async function pauseFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}
