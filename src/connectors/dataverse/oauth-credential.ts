/**
 * Tokens from any standard authority (AD FS, a private one) by client credentials or by user name and password.
 * The exchange itself is oauth4webapi's; the bytes go over our own transport, with its TLS and its simulation.
 */
import type * as OAuth from "oauth4webapi";
import {
  ClientSecretPost,
  None,
  ResponseBodyError,
  allowInsecureRequests,
  clientCredentialsGrantRequest,
  customFetch,
  genericTokenEndpointRequest,
  processClientCredentialsResponse,
  processGenericTokenEndpointResponse,
} from "oauth4webapi";

import { SyncError } from "../../core/errors.ts";
import { checkedAddress, isLoopback } from "../http/address.ts";
import { bodyText } from "../http/body.ts";
import { wireFault } from "../http/fault.ts";
import { retryAfterMs } from "../http/retry-after.ts";
import type { Timing } from "../http/timing.ts";
import type { HttpAnswer, Transport } from "../http/transport.ts";
import { header } from "../http/transport.ts";
import type { AccessToken, Credential } from "./credential.ts";
import type { OAuthSignIn } from "./sign-in.ts";

export interface OAuthSurroundings {
  /** What the token is for: the organization's address. */
  readonly resource: string;
  readonly transport: Transport;
  readonly timing: Timing;
}

/** @throws SyncError `configuration_invalid`, `insecure_address` (about the authority) */
export function oauthCredential(signIn: OAuthSignIn, surroundings: OAuthSurroundings): Credential {
  const endpoint = tokenEndpoint(signIn);
  const server: OAuth.AuthorizationServer = { issuer: endpoint.origin, token_endpoint: endpoint.href };
  const client: OAuth.Client = { client_id: signIn.clientId };
  const proof = signIn.clientSecret === undefined ? None() : ClientSecretPost(signIn.clientSecret);
  const parameters = grantParameters(signIn, surroundings.resource);
  return {
    async token(signal) {
      const options = {
        [customFetch]: fetchOver(surroundings, signal),
        [allowInsecureRequests]: isLoopback(endpoint),
        signal,
      };
      try {
        if (signIn.kind === "password") {
          const answer = await genericTokenEndpointRequest(
            server,
            client,
            proof,
            "password",
            parameters,
            options,
          );
          const granted = await processGenericTokenEndpointResponse(server, client, answer);
          return accessToken(granted, surroundings.timing);
        }
        const answer = await clientCredentialsGrantRequest(server, client, proof, parameters, options);
        const granted = await processClientCredentialsResponse(server, client, answer);
        return accessToken(granted, surroundings.timing);
      } catch (error) {
        throw signInFault(error, endpoint.host, signal);
      }
    },
  };
}

function tokenEndpoint(signIn: OAuthSignIn): URL {
  const authority = checkedAddress(signIn.authority, "authority").href.replace(/\/+$/u, "");
  if (signIn.endpoint === "adfs") return new URL(`${authority.replace(/\/adfs$/u, "")}/adfs/oauth2/token`);
  const tenant = signIn.tenant === undefined ? "" : `/${encodeURIComponent(signIn.tenant)}`;
  return new URL(`${authority}${tenant}/oauth2/v2.0/token`);
}

function grantParameters(signIn: OAuthSignIn, resource: string): Record<string, string> {
  const audience: Record<string, string> =
    signIn.endpoint === "adfs" ? { resource: `${resource}/` } : { scope: `${resource}/.default` };
  return signIn.kind === "password"
    ? { ...audience, username: signIn.username, password: signIn.password }
    : audience;
}

/** `expires_in` counts seconds; without it the token is taken to last only ten minutes. */
function accessToken(granted: OAuth.TokenEndpointResponse, timing: Timing): AccessToken {
  const seconds = granted.expires_in ?? 600;
  return { value: granted.access_token, expiresAt: timing.now() + seconds * 1000 };
}

type Fetch = (url: string, options: OAuth.CustomFetchOptions<"POST", URLSearchParams>) => Promise<Response>;

function fetchOver({ transport, timing }: OAuthSurroundings, signal: AbortSignal): Fetch {
  return async (url, { headers, body }) => {
    const host = new URL(url).host;
    const answer = await transport
      .send({
        method: "POST",
        url,
        headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
        body: body.toString(),
        signal,
      })
      .catch((error: unknown) => {
        throw wireFault(error, host, signal);
      });
    if (answer.status === 429 || answer.status >= 500) throw busy(answer, host, timing);
    return new Response(await bodyText(answer), {
      status: answer.status,
      headers: { "content-type": header(answer.headers, "content-type") ?? "" },
    });
  };
}

function busy(answer: HttpAnswer, host: string, timing: Timing): SyncError {
  const { headers, status } = answer;
  const ms = retryAfterMs(header(headers, "retry-after"), header(headers, "date"), timing.now());
  const code = status === 429 ? "throttled" : "unavailable";
  const facts = ms === undefined ? {} : { retryAfterMs: ms };
  return new SyncError(code, `The identity provider ${host} answered ${status}.`, facts);
}

/** Only an OAuth error in a whole answer means "no"; anything else means that nobody was asked properly. */
function signInFault(error: unknown, host: string, signal: AbortSignal): SyncError {
  if (error instanceof SyncError) return error;
  if (signal.aborted) return wireFault(error, host, signal);
  if (error instanceof ResponseBodyError) {
    if (error.error === "temporarily_unavailable" || error.error === "server_error") {
      return new SyncError("unavailable", `The identity provider ${host} says ${error.error}.`);
    }
    return new SyncError("sign_in_failed", `${host} refused the sign-in: ${refusal(error)}`);
  }
  const reason = error instanceof Error ? error.message : "unknown reason";
  return new SyncError("unexpected_answer", `The identity provider ${host} gave no OAuth answer: ${reason}.`);
}

/** The first line of the provider's own words; trace and correlation ids follow it and help nobody here. */
function refusal(error: ResponseBodyError): string {
  const [line = ""] = (error.error_description ?? "").split(/\r?\n| Trace ID:/u);
  return line === "" ? `${error.error}.` : `${error.error}: ${line.slice(0, 300)}`;
}
