/**
 * What a refusal means in the middle of a feed.
 */
import { SyncError } from "../../core/errors.ts";
import { PLATFORM, Refusal } from "./refusal.ts";
import type { Selection } from "./selection.ts";

/**
 * True when the service no longer accepts a link of its own: the token has expired, is not understood, or belongs to
 * a time before the organization was restored. The documentation names the code only, not the status.
 */
export function isHistoryFault(error: unknown): error is Refusal {
  if (!(error instanceof Refusal)) return false;
  if (error.code === "history_lost" || error.code === "change_tracking_off" || error.code === "refused")
    return true;
  return error.code === "entity_missing" && error.platformCode !== PLATFORM.segmentMissing;
}

/** The service names a missing column by its wire property; the engine knows it by its attribute. */
export function fieldFault(error: unknown, { entity }: Selection): SyncError {
  if (!(error instanceof SyncError)) throw error;
  if (error.code !== "field_missing") return error;
  const attribute = entity.attributes.find(({ property }) => property === error.field);
  const field = attribute?.name ?? error.field;
  return new SyncError("field_missing", error.message, {
    entity: entity.name,
    ...(field === undefined ? {} : { field }),
    cause: error,
  });
}
