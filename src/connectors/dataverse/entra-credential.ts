/**
 * Tokens from Microsoft Entra, through Microsoft's own library. It is loaded on the first token only: it costs
 * 0.15 s that nobody else should pay.
 */
import type { TokenCredential } from "@azure/identity";

import { SyncError } from "../../core/errors.ts";
import { wireFault } from "../http/fault.ts";
import type { Credential } from "./credential.ts";
import type { CertificateSignIn, ClientSecretSignIn, ManagedIdentitySignIn } from "./sign-in.ts";

const PUBLIC_ENTRA = "https://login.microsoftonline.com";

export type EntraSignIn = ClientSecretSignIn | CertificateSignIn | ManagedIdentitySignIn;

/** Makes the library's credential; a parameter so that a test can stand in for it. */
export type EntraLibrary = (signIn: EntraSignIn) => Promise<TokenCredential>;

export function entraCredential(
  signIn: EntraSignIn,
  { resource }: { readonly resource: string },
  library: EntraLibrary = microsoftLibrary,
): Credential {
  let made: Promise<TokenCredential> | undefined;
  return {
    async token(signal) {
      try {
        made ??= library(signIn);
        const token = await (await made).getToken(`${resource}/.default`, { abortSignal: signal });
        if (token === null) throw new SyncError("unexpected_answer", "Entra answered without a token.");
        return { value: token.token, expiresAt: token.expiresOnTimestamp };
      } catch (error) {
        made = undefined;
        throw entraFault(error, signal);
      }
    },
  };
}

async function microsoftLibrary(signIn: EntraSignIn): Promise<TokenCredential> {
  const { ClientCertificateCredential, ClientSecretCredential, ManagedIdentityCredential } =
    await import("@azure/identity");
  if (signIn.kind === "managed-identity") {
    return new ManagedIdentityCredential(signIn.clientId === undefined ? {} : { clientId: signIn.clientId });
  }
  if (signIn.tenant === undefined) {
    throw new SyncError("configuration_invalid", "Signing in to Entra needs the tenant id.", {
      field: "tenant",
    });
  }
  // Named even when it is the default: the library would let an environment variable decide.
  const options = { authorityHost: signIn.authority ?? PUBLIC_ENTRA };
  if (signIn.kind === "client-secret") {
    return new ClientSecretCredential(signIn.tenant, signIn.clientId, signIn.clientSecret, options);
  }
  const certificate = {
    certificatePath: signIn.certificateFile,
    ...(signIn.passphrase === undefined ? {} : { certificatePassword: signIn.passphrase }),
  };
  return new ClientCertificateCredential(signIn.tenant, signIn.clientId, certificate, options);
}

/** Entra says no with an AADSTS number; these two say "not now". */
const PASSING = /AADSTS(?:90033|90055)\b/u;
const REFUSAL = /AADSTS\d+[^\r\n]*/u;

function entraFault(error: unknown, signal: AbortSignal): SyncError {
  if (error instanceof SyncError && !signal.aborted) return error;
  const text = error instanceof Error ? error.message : "";
  const [refusal] = REFUSAL.exec(text) ?? [];
  if (!signal.aborted && refusal !== undefined) {
    const [words = refusal] = refusal.split(" Trace ID:");
    const code = PASSING.test(refusal) ? "unavailable" : "sign_in_failed";
    return new SyncError(code, `Entra refused the sign-in: ${words.slice(0, 300)}`);
  }
  if (!signal.aborted && error instanceof Error && error.name === "CredentialUnavailableError") {
    return new SyncError("unavailable", "This machine offers no managed identity at the moment.", {
      cause: error,
    });
  }
  return wireFault(error, "the Entra sign-in", signal);
}
