/**
 * A turn as it is told to whoever watches.
 */
import type { Facts, Observer } from "../core/observer.ts";
import type { CycleCounts } from "../core/store-port.ts";
import { Actions } from "./actions.ts";
import { Backfills } from "./backfills.ts";
import { isAsked } from "./run-watch.ts";
import type { Taker } from "./run-watch.ts";
import { Samples } from "./samples.ts";
import { Walk } from "./walk.ts";
import type { Step } from "./walk.ts";

/** Whose turn it is: `lane` is `live`, `backfill`, `push`, `people`, `actions`, `chosen` or `samples`. */
export function turnFacts(taker: Taker): Facts {
  if (taker instanceof Walk) return { entity: taker.stored.mapping.entity, lane: taker.lane };
  if (taker instanceof Backfills) return { lane: "chosen" };
  if (taker instanceof Samples) return { lane: "samples" };
  if (isAsked(taker)) return { lane: taker instanceof Actions ? "actions" : "people" };
  return { entity: taker.entity.description.name, lane: "push" };
}

/** Tells what a page brought. */
export function tellPage(observer: Observer, walk: Walk, { page, applied }: Step): void {
  const { created, updated, deleted, unchanged, parked } = applied;
  observer.moved({
    entity: walk.stored.mapping.entity,
    direction: "pull",
    outcomes: {
      read: page.upserts.length + page.deletes.length,
      created,
      updated,
      deleted,
      unchanged,
      refused: parked.length,
    },
  });
}

/** Tells what became of edits and of what was asked for. */
export function tellSent(
  observer: Observer,
  entity: string,
  { pushed, refused }: Pick<CycleCounts, "pushed" | "refused">,
): void {
  observer.moved({ entity, direction: "push", outcomes: { written: pushed, refused } });
}
