import type { TokenCredential } from "@azure/identity";
import { describe, expect, it } from "vitest";

import type { Line } from "../../../test/connectors/script.ts";
import { granted, scriptedWire, virtualTiming, wireError } from "../../../test/connectors/script.ts";
import type { Credential } from "./credential.ts";
import { entraCredential } from "./entra-credential.ts";
import type { SignIn } from "./sign-in.ts";
import { credentialFor, isEntra } from "./sign-in.ts";

const going = new AbortController().signal;
const SECRET = "p@ss&word=ü";

const byClient = {
  kind: "client-secret",
  authority: "https://sts.corp.example/",
  tenant: "t1",
  clientId: "app",
  clientSecret: SECRET,
} as const satisfies SignIn;

function signing(signIn: SignIn, line: Line = granted("abc", 3599)) {
  const timing = virtualTiming();
  const wire = scriptedWire({ "/oauth2/": line });
  const surroundings = { resource: "https://contoso.crm.dynamics.com", transport: wire, timing };
  return { credential: credentialFor(signIn, surroundings), wire, timing };
}

const failure = async (credential: Credential, signal = going): Promise<{ code: string; message: string }> =>
  credential.token(signal).then(
    () => ({ code: "none", message: "" }),
    (error: { code: string; message: string }) => error,
  );

describe("signing in to a standard authority", () => {
  it("asks with the client's secret for the organization's scope; seconds are not milliseconds (P19)", async () => {
    const { credential, wire, timing } = signing(byClient);
    expect(await credential.token(going)).toEqual({ value: "abc", expiresAt: timing.now() + 3_599_000 });
    const [request] = wire.sent;
    expect(request?.url).toBe("https://sts.corp.example/t1/oauth2/v2.0/token");
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      grant_type: "client_credentials",
      client_id: "app",
      client_secret: SECRET,
      scope: "https://contoso.crm.dynamics.com/.default",
    });
  });

  it("asks AD FS for the resource", async () => {
    const { credential, wire } = signing({
      ...byClient,
      endpoint: "adfs",
      authority: "https://fs.corp.example/adfs",
    });
    await credential.token(going);
    expect(wire.sent[0]?.url).toBe("https://fs.corp.example/adfs/oauth2/token");
    expect(new URLSearchParams(wire.sent[0]?.body).get("resource")).toBe("https://contoso.crm.dynamics.com/");
  });

  it("asks with user name and password, with or without a client secret", async () => {
    const { credential, wire } = signing({ ...byClient, kind: "password", username: "u", password: SECRET });
    await credential.token(going);
    expect(Object.fromEntries(new URLSearchParams(wire.sent[0]?.body))).toMatchObject({
      grant_type: "password",
      username: "u",
      password: SECRET,
    });
    const open = signing({
      kind: "password",
      authority: "https://fs.corp.example",
      endpoint: "adfs",
      clientId: "app",
      username: "u",
      password: SECRET,
    });
    await open.credential.token(going);
    expect(new URLSearchParams(open.wire.sent[0]?.body).has("client_secret")).toBe(false);
  });

  it.each<[string, Line, string]>([
    [
      "a refusal",
      {
        status: 401,
        body: {
          error: "invalid_client",
          error_description: "AADSTS7000215: Invalid client secret.\r\nTrace ID: 1",
        },
      },
      "sign_in_failed",
    ],
    ["a refusal with 400", { status: 400, body: { error: "unauthorized_client" } }, "sign_in_failed"],
    ["a provider that is busy", { status: 400, body: { error: "temporarily_unavailable" } }, "unavailable"],
    ["a broken provider", { status: 503, body: "down" }, "unavailable"],
    ["a throttling provider", { status: 429, headers: { "retry-after": "7" } }, "throttled"],
    ["a refused connection", wireError("ECONNREFUSED"), "unavailable"],
    ["an unknown host", wireError("ENOTFOUND"), "name_not_found"],
    ["a bad certificate", wireError("CERT_HAS_EXPIRED"), "certificate_rejected"],
    ["a web page", { body: "<html>", headers: { "content-type": "text/html" } }, "unexpected_answer"],
    ["an answer without a token", { body: { token_type: "Bearer" } }, "unexpected_answer"],
    ["401 without a reason", { status: 401, body: "no" }, "unexpected_answer"],
  ])("reads %s as what it is", async (_, line, code) => {
    const error = await failure(signing(byClient, line).credential);
    expect(error.code).toBe(code);
    expect(JSON.stringify(error) + error.message).not.toContain(SECRET);
    expect(error.message).not.toContain("Trace ID");
  });

  it("stops", async () => {
    const stop = new AbortController();
    const { credential } = signing(byClient, ({ signal }) => {
      stop.abort();
      signal.throwIfAborted();
      return {};
    });
    expect((await failure(credential, stop.signal)).code).toBe("stopped");
  });
});

describe("choosing how to sign in", () => {
  it("knows Microsoft's clouds by their hosts", () => {
    for (const host of [
      "login.microsoftonline.com",
      "login.microsoftonline.us",
      "login.partner.microsoftonline.cn",
    ]) {
      expect(isEntra(`https://${host}/x`)).toBe(true);
    }
    for (const host of [
      "login.microsoftonline.com.evil.example",
      "sts.corp.example",
      "evil-login.microsoftonline.com",
    ]) {
      expect(isEntra(`https://${host}`)).toBe(false);
    }
  });

  it.each<[SignIn, string]>([
    [{ kind: "password", clientId: "a", username: "u", password: "p" }, "configuration_invalid"],
    [
      {
        kind: "client-certificate",
        authority: "https://sts.corp.example",
        clientId: "a",
        certificateFile: "x",
      },
      "configuration_invalid",
    ],
    [{ ...byClient, authority: "http://sts.corp.example" }, "insecure_address"],
  ])("refuses what cannot be: %o", (signIn, code) => {
    expect(() => signing(signIn)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe("signing in to Entra", () => {
  const entra = (getToken: TokenCredential["getToken"]) =>
    entraCredential(byClient, { resource: "https://contoso.crm.dynamics.com" }, async () => ({ getToken }));

  it("asks Microsoft's library for the organization's scope", async () => {
    let asked: unknown;
    const credential = entra(async (scopes) => {
      asked = scopes;
      return { token: "abc", expiresOnTimestamp: 5 };
    });
    expect(await credential.token(going)).toEqual({ value: "abc", expiresAt: 5 });
    expect(asked).toBe("https://contoso.crm.dynamics.com/.default");
  });

  it.each([
    [
      new Error("invalid_client: 7000215 - AADSTS7000215: Invalid client secret provided. Trace ID: 1"),
      "sign_in_failed",
    ],
    [new Error("AADSTS90033: A transient error has occurred."), "unavailable"],
    [Object.assign(new Error("none"), { name: "CredentialUnavailableError" }), "unavailable"],
    [new Error("network_error", { cause: wireError("ENOTFOUND") }), "name_not_found"],
    [wireError("ECONNRESET"), "unavailable"],
    [new Error("something else"), "unavailable"],
  ])("reads %s as %s", async (reason, code) => {
    const refusing = entra(async () => {
      throw reason;
    });
    expect((await failure(refusing)).code).toBe(code);
  });

  it("needs a tenant, and says so before anything is sent", async () => {
    const { tenant: _, ...without } = byClient;
    const credential = credentialFor(
      { ...without, authority: "https://login.microsoftonline.com" },
      { resource: "https://x.crm.dynamics.com", transport: scriptedWire({}), timing: virtualTiming() },
    );
    expect(await failure(credential)).toMatchObject({ code: "configuration_invalid", field: "tenant" });
  });
});
