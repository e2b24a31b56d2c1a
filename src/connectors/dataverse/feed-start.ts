/**
 * Where a walk begins, decided from what is asked, what is stored and what the clock says. Pure.
 */
import type { FeedPhase } from "../../core/change.ts";
import { SyncError } from "../../core/errors.ts";
import type { FeedRequest } from "../../core/ports.ts";
import { MODIFIED } from "./polled-feed.ts";
import type { FeedPosition, PolledPosition, TrackedPosition } from "./position.ts";
import type { Selection } from "./selection.ts";

export interface PollingOptions {
  /** How far a poll reads back behind the latest change it has seen: commits may come late. Default 5 minutes. */
  readonly overlapMs: number;
  /** How often an entity without change tracking is read whole, to find its deletes. Default 6 hours. */
  readonly compareEveryMs: number;
  /**
   * The same for one that does not tell either when a record was modified, such as the pairs of an N:N relationship:
   * comparing is all there is. Default 15 minutes.
   */
  readonly compareUntimedMs: number;
}

/** @throws SyncError `history_lost` when a compare pass under way cannot go on as it began */
export function feedStart(
  request: FeedRequest,
  selection: Selection,
  from: FeedPosition | null,
  clock: PollingOptions & { readonly now: number },
): FeedPosition {
  const begin = (phase: FeedPhase): FeedPosition =>
    request.entity.changeTracking
      ? trackedWalk(phase, request, selection)
      : polledWalk(phase, request, selection, clock.now);
  if (from === null) return begin(request.compare === true ? "compare" : "snapshot");
  if (!goesOn(from, request, selection)) {
    demandNoCompare(from, request.entity.name);
    return begin("compare");
  }
  if (from.feed === "tracked") return from.middle ? from : { ...from, pageSize: request.pageSize };
  return from.link === null ? nextPoll(from, request, selection, clock) : from;
}

/** Begins a tracked entity from the beginning. */
export function trackedWalk(phase: FeedPhase, request: FeedRequest, selection: Selection): TrackedPosition {
  return {
    v: 1,
    feed: "tracked",
    phase,
    attributes: [...selection.attributes],
    pageSize: request.pageSize,
    link: null,
    middle: false,
    origin: null,
    plain: false,
  };
}

/**
 * A compare pass finds deletes by what it did not see. Beginning it anew without telling would count what the
 * abandoned part saw, and keep records that have been deleted since.
 * @throws SyncError `history_lost`
 */
export function demandNoCompare(at: FeedPosition, entity: string): void {
  if (at.phase === "compare" && at.link !== null) {
    throw new SyncError("history_lost", `The compare pass of ${entity} cannot go on with other columns.`, {
      entity,
    });
  }
}

/** The link carries all that is asked, and the entity is still read in the same way. */
function goesOn(from: FeedPosition, request: FeedRequest, selection: Selection): boolean {
  const carried = new Set(from.attributes);
  const sameWay = (from.feed === "tracked") === request.entity.changeTracking;
  return sameWay && selection.attributes.every((name) => carried.has(name));
}

function polledWalk(
  phase: FeedPhase,
  request: FeedRequest,
  selection: Selection,
  now: number,
): PolledPosition {
  return {
    v: 1,
    feed: "polled",
    phase,
    attributes: [...selection.attributes],
    pageSize: request.pageSize,
    link: null,
    since: null,
    high: null,
    comparedAt: now,
  };
}

function nextPoll(
  from: PolledPosition,
  request: FeedRequest,
  selection: Selection,
  clock: PollingOptions & { readonly now: number },
): PolledPosition {
  const age = from.comparedAt === null ? Infinity : Math.abs(clock.now - from.comparedAt);
  const timed = request.entity.attributes.some(({ name }) => name === MODIFIED);
  if (age >= (timed ? clock.compareEveryMs : clock.compareUntimedMs))
    return polledWalk("compare", request, selection, clock.now);
  const since = from.high === null ? null : new Date(Date.parse(from.high) - clock.overlapMs);
  return {
    ...from,
    phase: "changes",
    attributes: [...selection.attributes],
    pageSize: request.pageSize,
    since: since === null ? null : since.toISOString().replace(/\.\d{3}Z$/u, "Z"),
  };
}
