/**
 * What a failure below HTTP means. Sorted by consequence: is it passing, is it the name, is it the certificate?
 */
import type { ErrorCode } from "../../core/errors.ts";
import { SyncError } from "../../core/errors.ts";
import { stopped } from "./stopping.ts";

/** How far the exchange had come when it failed. */
export type Stage = "sending" | "receiving";

/**
 * Turns whatever a transport threw into a `SyncError`. A `SyncError` passes unchanged; an aborted signal wins over
 * everything, because whatever else failed then failed by being stopped.
 */
export function wireFault(
  error: unknown,
  host: string,
  signal: AbortSignal,
  stage: Stage = "sending",
): SyncError {
  if (signal.aborted) return stopped();
  if (error instanceof SyncError) return error;
  const code = faultCode(error);
  const said = code === "" ? textOf(error) : code;
  if (code === "ENOTFOUND") {
    return new SyncError("name_not_found", `The name ${host} cannot be resolved.`, { cause: error });
  }
  if (isCertificateFault(code)) {
    return new SyncError("certificate_rejected", `The TLS handshake with ${host} failed: ${said}.`, {
      cause: error,
    });
  }
  if (TIMEOUTS.has(code)) {
    return new SyncError("unavailable", `${host} did not answer in time (${said}).`, { cause: error });
  }
  if (code.startsWith("HPE_") || code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") {
    return new SyncError("unexpected_answer", `The answer of ${host} is not HTTP as promised (${said}).`, {
      cause: error,
    });
  }
  if (stage === "receiving") {
    return new SyncError("unexpected_answer", `The answer of ${host} was cut short (${said}).`, {
      cause: error,
    });
  }
  return new SyncError("unavailable", `${host} cannot be reached (${said}).`, { cause: error });
}

/**
 * True when the failure came before a single byte of the request could leave: no address, no connection, no TLS.
 * Only then is it certain that the request had no effect.
 */
export function neverLeft(error: unknown): boolean {
  if (!(error instanceof SyncError)) return NO_CONNECTION.has(faultCode(error));
  return BEFORE_SENDING.has(error.code) || NO_CONNECTION.has(faultCode(error.cause));
}

const BEFORE_SENDING: ReadonlySet<ErrorCode> = new Set([
  "name_not_found",
  "certificate_rejected",
  "configuration_invalid",
]);

const NO_CONNECTION: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const TIMEOUTS: ReadonlySet<string> = new Set([
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

const CERTIFICATE_FAULTS: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "INVALID_PURPOSE",
]);

/** Our verdict on their certificate, or (as a TLS alert) theirs on ours. */
function isCertificateFault(code: string): boolean {
  if (CERTIFICATE_FAULTS.has(code) || code.startsWith("CERT_") || code.startsWith("ERR_TLS_CERT"))
    return true;
  return /^ERR_SSL_.*ALERT_(?:.*CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED)/u.test(code);
}

/** The first error code along the chain of causes and the members of an aggregate. */
function faultCode(error: unknown): string {
  const queue: unknown[] = [error];
  for (const link of queue) {
    if (!(link instanceof Error) || queue.length > 20) continue;
    if ("code" in link && typeof link.code === "string") return link.code;
    // The parser's own error carries a code only sometimes.
    if (link.name === "HTTPParserError") return "HPE_INVALID";
    queue.push(link.cause, ...(link instanceof AggregateError ? (link.errors as unknown[]) : []));
  }
  return "";
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown reason";
}
