import { isIP } from "node:net";
import { SyncError } from "../core/errors.ts";
import { Refusal } from "./problem.ts";

/** The parts of a request that say where it comes from. */
export interface Provenance {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, which browsers set and scripts cannot. */
  readonly site: string | undefined;
}

/**
 * Why a request is turned down, or null when it may pass.
 *
 * The Host must be a loopback name, which defeats DNS rebinding: a foreign name that resolves to 127.0.0.1 still
 * arrives under its own name. The port is free, so that an SSH tunnel works. What changes something must come from
 * Tandem's own page or from outside a browser.
 */
export function refusalOf(from: Provenance): Refusal | null {
  if (from.host === undefined || !isLoopback(hostName(from.host))) {
    return new Refusal("host_refused", `Tandem does not answer to the name ${from.host ?? "(none)"}.`);
  }
  if (from.method === "GET" || from.method === "HEAD") return null;
  const ownOrigin = from.origin === undefined || from.origin === `http://${from.host}`;
  const ownSite = from.site === undefined || from.site === "same-origin" || from.site === "none";
  return ownOrigin && ownSite
    ? null
    : new Refusal("origin_refused", `A page of ${from.origin ?? "another site"} may not act on Tandem.`);
}

/** Refuses an address that others could reach: there is no sign-in yet. */
export function assertLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new SyncError(
    "configuration_invalid",
    `Tandem cannot listen on ${host}: its API and dashboard have no sign-in yet, so they are offered on this ` +
      `machine only. Set TANDEM_HOST to 127.0.0.1, and reach it from elsewhere through an SSH tunnel.`,
    { field: "TANDEM_HOST" },
  );
}

function isLoopback(name: string): boolean {
  if (name === "localhost" || name === "::1") return true;
  return isIP(name) === 4 && name.startsWith("127.");
}

function hostName(host: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(host);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  return host.replace(/:\d+$/, "").toLowerCase();
}

/** Headers of every answer. Pages get a policy of their own; everything else may do nothing in a browser. */
export const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/**
 * The policy of the dashboard's page: everything from this server and nothing else, no inline script; a style element
 * only with this answer's nonce, which the component library needs for its theme.
 */
export function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
