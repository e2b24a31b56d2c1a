/**
 * The ways to sign in, as configuration, and the choice of who fetches the tokens.
 */
import { SyncError } from "../../core/errors.ts";
import type { Credential } from "./credential.ts";
import { entraCredential } from "./entra-credential.ts";
import type { OAuthSurroundings } from "./oauth-credential.ts";
import { oauthCredential } from "./oauth-credential.ts";

/**
 * An authority on one of Microsoft's own hosts is Entra and is spoken to through Microsoft's library; every other
 * one is spoken to as a standard OAuth 2.0 server.
 */
export type SignIn = ClientSecretSignIn | PasswordSignIn | CertificateSignIn | ManagedIdentitySignIn;

interface Authority {
  /** Default: public Entra. */
  readonly authority?: string;
  readonly tenant?: string;
  readonly clientId: string;
  /**
   * `v2` (default): `<authority>/<tenant>/oauth2/v2.0/token` with `scope=<organization>/.default`.
   * `adfs`: `<authority>/adfs/oauth2/token` with `resource=<organization>/`.
   */
  readonly endpoint?: "v2" | "adfs";
}

export interface ClientSecretSignIn extends Authority {
  readonly kind: "client-secret";
  readonly clientSecret: string;
}

/** Resource owner password: only for authorities that still allow it (AD FS); never for Entra. */
export interface PasswordSignIn extends Authority {
  readonly kind: "password";
  readonly clientSecret?: string;
  readonly username: string;
  readonly password: string;
}

/** Entra only. */
export interface CertificateSignIn extends Authority {
  readonly kind: "client-certificate";
  /** PEM file with the certificate and its private key. */
  readonly certificateFile: string;
  /** Opens an encrypted key. */
  readonly passphrase?: string;
}

/** Entra only: the identity of the machine Tandem runs on. */
export interface ManagedIdentitySignIn {
  readonly kind: "managed-identity";
  /** Of a user-assigned identity; absent for the system-assigned one. */
  readonly clientId?: string;
}

/** What a standard authority can do. */
export type OAuthSignIn = (ClientSecretSignIn | PasswordSignIn) & { readonly authority: string };

/** @throws SyncError `configuration_invalid`, `insecure_address` */
export function credentialFor(signIn: SignIn, surroundings: OAuthSurroundings): Credential {
  if (signIn.kind === "managed-identity") return entraCredential(signIn, surroundings);
  const { authority } = signIn;
  if (authority === undefined || isEntra(authority)) {
    if (signIn.kind === "password") {
      throw new SyncError(
        "configuration_invalid",
        "Entra takes no user name and password here. Use a client secret.",
      );
    }
    return entraCredential(signIn, surroundings);
  }
  if (signIn.kind === "client-certificate") {
    throw new SyncError(
      "configuration_invalid",
      "A client certificate signs in to Entra only, not to this authority.",
    );
  }
  return oauthCredential({ ...signIn, authority }, surroundings);
}

const ENTRA_HOSTS: ReadonlySet<string> = new Set([
  "login.microsoftonline.com",
  "login.microsoft.com",
  "login.windows.net",
  "login.microsoftonline.us",
  "login.chinacloudapi.cn",
  "login.partner.microsoftonline.cn",
  "login.microsoftonline.de",
]);

/** True for the hosts of Microsoft's public and sovereign clouds. */
export function isEntra(authority: string): boolean {
  return URL.canParse(authority) && ENTRA_HOSTS.has(new URL(authority).hostname);
}
