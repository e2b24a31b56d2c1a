/**
 * Which part of a batch's answer speaks of which write. Every write ends with exactly one outcome.
 */
import type { Entity } from "../../core/organization.ts";
import type { Outcome, Write } from "../../core/sink-port.ts";
import type { BatchPart } from "./batch-answer.ts";
import { outcomeOf } from "./outcome.ts";

const UNSPOKEN: Outcome = { kind: "unknown", detail: "The answer does not speak of the record." };

export interface WriteOutcome {
  readonly write: Write;
  readonly outcome: Outcome;
}

/**
 * One outcome for each write, in order. A part belongs to the write its `Content-ID` numbers; without numbers the
 * order decides, as the service promises, but only when no part is missing. Two parts for one write prove nothing.
 * @throws SyncError `not_an_application_user`
 */
export function batchOutcomes(
  writes: readonly Write[],
  entity: Entity,
  parts: readonly BatchPart[],
  now: number,
): readonly WriteOutcome[] {
  const complete = parts.length === writes.length;
  const told = new Map<number, BatchPart | null>();
  for (const [position, part] of parts.entries()) {
    const place = part.contentId === null ? (complete ? position : null) : Number(part.contentId) - 1;
    if (place !== null) told.set(place, told.has(place) ? null : part);
  }
  return writes.map((write, place) => {
    const part = told.get(place) ?? null;
    return { write, outcome: part === null ? UNSPOKEN : outcomeOf(write, entity, part, now) };
  });
}
