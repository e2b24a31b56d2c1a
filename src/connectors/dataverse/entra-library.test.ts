/**
 * What Microsoft's own library makes of Entra's answers, so that our reading of its errors is not a guess.
 */
import type { TokenCredential } from "@azure/identity";
import { ClientSecretCredential } from "@azure/identity";
import { describe, expect, it } from "vitest";

import { wireError } from "../../../test/connectors/script.ts";
import { entraCredential } from "./entra-credential.ts";

const TENANT = "11111111-2222-4333-8444-555555555555";
const AUTHORITY = `https://login.microsoftonline.com/${TENANT}`;
const SIGN_IN = { kind: "client-secret", tenant: TENANT, clientId: "app", clientSecret: "s3cret" } as const;

interface Said {
  readonly status: number;
  readonly body: object | string;
}

const DISCOVERY = {
  tenant_discovery_endpoint: `${AUTHORITY}/v2.0/.well-known/openid-configuration`,
  issuer: `${AUTHORITY}/v2.0`,
  authorization_endpoint: `${AUTHORITY}/oauth2/v2.0/authorize`,
  token_endpoint: `${AUTHORITY}/oauth2/v2.0/token`,
  jwks_uri: `${AUTHORITY}/keys`,
  metadata: [],
};

/** The real library on a network that answers its token request with this. */
function libraryOn(token: Said | Error): TokenCredential {
  const httpClient = {
    async sendRequest(request: { readonly url: string }) {
      if (token instanceof Error) throw token;
      const { status, body } = request.url.includes("/token") ? token : { status: 200, body: DISCOVERY };
      const bodyAsText = typeof body === "string" ? body : JSON.stringify(body);
      return { request, status, bodyAsText, headers: { get: () => undefined, toJSON: () => ({}) } };
    },
  };
  const options = { httpClient, retryOptions: { maxRetries: 0 } };
  return new ClientSecretCredential(
    TENANT,
    "app",
    "s3cret",
    options as unknown as ConstructorParameters<typeof ClientSecretCredential>[3],
  );
}

async function outcome(token: Said | Error): Promise<{ readonly code: string; readonly message: string }> {
  const resource = "https://contoso.crm.dynamics.com";
  const credential = entraCredential(SIGN_IN, { resource }, async () => libraryOn(token));
  return credential.token(new AbortController().signal).then(
    ({ value }) => ({ code: "signed in", message: value }),
    (error: { code: string; message: string }) => error,
  );
}

describe("Entra through Microsoft's library", () => {
  it("gives a token", async () => {
    const body = { token_type: "Bearer", expires_in: 3599, access_token: "abc" };
    expect(await outcome({ status: 200, body })).toEqual({ code: "signed in", message: "abc" });
  });

  it("is a failed sign-in only when Entra refuses (P17)", async () => {
    const body = {
      error: "invalid_client",
      error_description: "AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2",
      error_codes: [7_000_215],
    };
    const refused = await outcome({ status: 401, body });
    expect(refused.code).toBe("sign_in_failed");
    expect(refused.message).toContain("AADSTS7000215: Invalid client secret provided.");
    expect(refused.message).not.toContain("Trace ID");
  });

  it.each([
    ["a reset", wireError("ECONNRESET")],
    ["no answer from DNS", wireError("ENOTFOUND")],
    ["a provider that is down", { status: 503, body: "down" }],
    ["a web page", { status: 200, body: "<html>" }],
  ])("is unavailable after %s", async (_, token) => {
    expect((await outcome(token)).code).toBe("unavailable");
  });
});
