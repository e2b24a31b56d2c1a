import { createVerify } from "node:crypto";
import type { Answer } from "./message.ts";
import { parseQuery } from "./message.ts";
import type { Random } from "./random.ts";
import { guid } from "./random.ts";

/** What the token endpoint knows. */
export interface Credentials {
  tenantId: string;
  clientId: string;
  clientSecret: string;
  /** PEM public key or certificate that client assertions must be signed with; without it any well-formed one will do. */
  certificate?: string | undefined;
  /** For the password grant. */
  username: string;
  password: string;
  /** Life of a token in seconds. */
  lifetime: number;
}

export function defaultCredentials(): Credentials {
  return {
    tenantId: "11111111-2222-4333-8444-555555555555",
    clientId: "00000000-1111-4222-8333-444444444444",
    clientSecret: "emulator-secret",
    username: "administrator@emulator.example",
    password: "emulator-password",
    lifetime: 3599,
  };
}

/** Who a token was issued to. */
export type Principal = "application" | "person";

interface Issued {
  readonly principal: Principal;
  readonly expires: number;
}

interface Failure {
  readonly status: number;
  readonly error: string;
  readonly code: number;
  readonly description: string;
}

interface Claims {
  readonly iss?: unknown;
  readonly sub?: unknown;
  readonly aud?: unknown;
  readonly exp?: unknown;
}

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The identity provider beside the organization: Entra's and AD FS's token endpoints. */
export class Authority {
  readonly credentials: Credentials;
  readonly #clock: () => number;
  readonly #random: Random;
  readonly #issued = new Map<string, Issued>();

  constructor(credentials: Credentials, clock: () => number, random: Random) {
    this.credentials = credentials;
    this.#clock = clock;
    this.#random = random;
  }

  /** Answers a request to a path of the authority, or undefined when the path is not one of its own. */
  answer(method: string, url: URL, body: string): Answer | undefined {
    const path = url.pathname;
    if (method === "GET" && path.endsWith("/.well-known/openid-configuration")) return this.#discovery(url);
    const entra = /^\/([^/]+)\/oauth2(?:\/v2\.0)?\/token$/.exec(path);
    if (entra === null || method !== "POST") return undefined;
    const form = parseQuery(body).options;
    const refusal = this.#refusal(entra[1] ?? "", form, url);
    return refusal === undefined ? this.#issue(form) : this.#refused(refusal);
  }

  /** Who a bearer token stands for; undefined when it is unknown or has expired. */
  principal(token: string): Principal | undefined {
    const issued = this.#issued.get(token);
    if (issued === undefined) return undefined;
    if (issued.expires > this.#clock()) return issued.principal;
    this.#issued.delete(token);
    return undefined;
  }

  /** Makes every token issued so far worthless. */
  expireAll(): void {
    this.#issued.clear();
  }

  #discovery(url: URL): Answer {
    const tenant = url.pathname.split("/")[1] ?? "";
    const base = `${url.origin}/${tenant}`;
    const body = {
      issuer: `${base}/v2.0`,
      token_endpoint: tenant === "adfs" ? `${base}/oauth2/token` : `${base}/oauth2/v2.0/token`,
      authorization_endpoint:
        tenant === "adfs" ? `${base}/oauth2/authorize` : `${base}/oauth2/v2.0/authorize`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_types_supported: ["code", "token"],
      subject_types_supported: ["pairwise"],
      id_token_signing_alg_values_supported: ["RS256"],
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
    };
    return { status: 200, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  }

  #refusal(tenant: string, form: ReadonlyMap<string, string>, url: URL): Failure | undefined {
    if (tenant !== "adfs" && tenant !== this.credentials.tenantId && tenant !== "organizations") {
      return failure(400, "invalid_request", 90002, `Tenant '${tenant}' not found.`);
    }
    const target = form.get("resource") ?? form.get("scope") ?? "";
    if (!/^https?:\/\//.test(target)) {
      return failure(
        400,
        "invalid_scope",
        70011,
        `The provided value for the input parameter 'scope' is not valid: '${target}'.`,
      );
    }
    if (form.get("client_id") !== this.credentials.clientId) {
      return failure(
        400,
        "unauthorized_client",
        700016,
        `Application with identifier '${form.get("client_id") ?? ""}' was not found in the directory.`,
      );
    }
    switch (form.get("grant_type")) {
      case "client_credentials":
        return this.#clientRefusal(form, url);
      case "password":
        return this.#passwordRefusal(form);
      default:
        return failure(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.");
    }
  }

  #clientRefusal(form: ReadonlyMap<string, string>, url: URL): Failure | undefined {
    if (form.get("client_assertion_type") === JWT_BEARER)
      return this.#assertionRefusal(form.get("client_assertion") ?? "", url);
    if (form.get("client_secret") === this.credentials.clientSecret) return undefined;
    return failure(
      401,
      "invalid_client",
      7_000_215,
      "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
    );
  }

  #passwordRefusal(form: ReadonlyMap<string, string>): Failure | undefined {
    const { username, password } = this.credentials;
    if (form.get("username") === username && form.get("password") === password) return undefined;
    return failure(
      400,
      "invalid_grant",
      50_126,
      "Error validating credentials due to invalid username or password.",
    );
  }

  #assertionRefusal(assertion: string, url: URL): Failure | undefined {
    const [header = "", payload = "", signature = ""] = assertion.split(".");
    const wrong = this.#wrongClaim(claimsOf(payload), url);
    if (wrong !== undefined || signature === "") return assertionFailure(wrong ?? "it is not signed.");
    const { certificate } = this.credentials;
    if (certificate === undefined) return undefined;
    const signed = createVerify("RSA-SHA256").update(`${header}.${payload}`);
    return signed.verify(certificate, signature, "base64url")
      ? undefined
      : assertionFailure("the key was not found.");
  }

  #wrongClaim(claims: Claims | undefined, url: URL): string | undefined {
    if (claims === undefined) return "it is not a JWT.";
    const { iss, sub, aud, exp } = claims;
    if (iss !== this.credentials.clientId || sub !== iss) return "issuer and subject must be the client id.";
    if (typeof aud !== "string" || !aud.startsWith(url.origin))
      return "the audience must be this token endpoint.";
    return Number(exp) * 1000 <= this.#clock() ? "it has expired." : undefined;
  }

  #issue(form: ReadonlyMap<string, string>): Answer {
    const { lifetime, tenantId, clientId } = this.credentials;
    const now = this.#clock();
    const principal: Principal = form.get("grant_type") === "password" ? "person" : "application";
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = {
      tid: tenantId,
      appid: clientId,
      iat: Math.floor(now / 1000),
      exp: Math.floor(now / 1000) + lifetime,
      uti: guid(this.#random),
    };
    const token = `${part({ typ: "JWT", alg: "none" })}.${part(claims)}.${part(guid(this.#random))}`;
    this.#issued.set(token, { principal, expires: now + lifetime * 1000 });
    const body = {
      token_type: "Bearer",
      expires_in: lifetime,
      ext_expires_in: lifetime,
      access_token: token,
    };
    return {
      status: 200,
      headers: { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" },
      body: JSON.stringify(body),
    };
  }

  #refused({ status, error, code, description }: Failure): Answer {
    const body = {
      error,
      error_description: `AADSTS${code}: ${description} Trace ID: ${guid(this.#random)}`,
      error_codes: [code],
      timestamp: new Date(this.#clock())
        .toISOString()
        .replace("T", " ")
        .replace(/\.\d+Z$/, "Z"),
      trace_id: guid(this.#random),
      correlation_id: guid(this.#random),
    };
    return {
      status,
      headers: { "Content-Type": "application/json; charset=utf-8" },
      body: JSON.stringify(body),
    };
  }
}

function failure(status: number, error: string, code: number, description: string): Failure {
  return { status, error, code, description };
}

function assertionFailure(why: string): Failure {
  return failure(401, "invalid_client", 700_027, `Client assertion failed signature validation: ${why}`);
}

function claimsOf(payload: string): Claims | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    return typeof claims === "object" && claims !== null ? claims : undefined;
  } catch {
    return undefined;
  }
}
