/**
 * What the work under way is about: facts that follow it through everything it awaits, for every line of the log.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Facts } from "../core/observer.ts";

/** Facts of one part. Those that turn out later hold for what is begun within it from then on, too. */
interface Frame {
  readonly outer: Frame | undefined;
  facts: Facts;
}

const frames = new AsyncLocalStorage<Frame>();

/** Runs the work with these facts, added to those that hold already. */
export function withFacts<T>(facts: Facts, work: () => T): T {
  return frames.run({ outer: frames.getStore(), facts }, work);
}

/** Adds to the facts of the part under way; without one, does nothing. */
export function addFacts(facts: Facts): void {
  const frame = frames.getStore();
  if (frame !== undefined) frame.facts = { ...frame.facts, ...facts };
}

/** Everything that holds now, the inner over the outer. */
export function currentFacts(): Facts {
  return factsOf(frames.getStore());
}

function factsOf(frame: Frame | undefined): Facts {
  if (frame === undefined) return {};
  return frame.outer === undefined ? frame.facts : { ...factsOf(frame.outer), ...frame.facts };
}
