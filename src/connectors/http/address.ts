/**
 * Which addresses may carry credentials: https anywhere, plain http only to this machine.
 */
import { SyncError } from "../../core/errors.ts";

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;

/**
 * Reads an address that a person typed.
 * @param setting name of the setting, for the message
 * @throws SyncError `configuration_invalid`, `insecure_address`
 */
export function checkedAddress(text: string, setting: string): URL {
  if (!URL.canParse(text)) {
    throw new SyncError(
      "configuration_invalid",
      `${setting} is not an address: it must begin with https://.`,
      {
        field: setting,
      },
    );
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    throw new SyncError("configuration_invalid", `${setting} must not contain a user name or password.`, {
      field: setting,
    });
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url))) return url;
  throw new SyncError(
    "insecure_address",
    `${setting} is ${url.protocol}//${url.host}, which is not encrypted.`,
    {
      field: setting,
    },
  );
}

export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}
