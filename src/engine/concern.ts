import type { ErrorCode } from "../core/errors.ts";
import { SyncError } from "../core/errors.ts";

/** True for an error of one entity: the others can go on. Everything else ends the cycle for all. */
export function concernsOne(error: unknown): error is SyncError {
  return error instanceof SyncError && !CONCERNS_ALL.has(error.code);
}

/** Errors after which no entity can go on. */
const CONCERNS_ALL: ReadonlySet<ErrorCode> = new Set([
  "configuration_invalid",
  "insecure_address",
  "database_unreachable",
  "database_newer",
  "sign_in_failed",
  "not_an_application_user",
  "name_not_found",
  "certificate_rejected",
  "fenced",
  "stopped",
  "paused",
]);
