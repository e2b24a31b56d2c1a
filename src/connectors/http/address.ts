/**
 * Which addresses may carry credentials: https anywhere, plain http only to this machine.
 */
import { SyncError } from "../../core/errors.ts";

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;

/**
 * Reads an address that a person typed.
 * @param what which address it is, for the message and as the error's `field`: `address`, `authority`, …
 * @throws SyncError `configuration_invalid`, `insecure_address`
 */
export function checkedAddress(text: string, what: string): URL {
  const facts = { field: what };
  if (!URL.canParse(text)) {
    throw new SyncError(
      "configuration_invalid",
      `The ${what} must begin with https:// and name a host.`,
      facts,
    );
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    throw new SyncError(
      "configuration_invalid",
      `The ${what} must not contain a user name or password.`,
      facts,
    );
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url))) return url;
  throw new SyncError(
    "insecure_address",
    `The ${what} ${url.protocol}//${url.host} is not encrypted.`,
    facts,
  );
}

export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}
