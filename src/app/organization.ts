/**
 * The Dynamics side from its settings.
 */
import type { DataverseOptions } from "../connectors/dataverse/source.ts";
import type { SignIn } from "../connectors/dataverse/sign-in.ts";
import type { Settings } from "../config/settings.ts";
import { SyncError } from "../core/errors.ts";

/**
 * Options of the source, without opening anything.
 * @throws SyncError `configuration_invalid` naming the settings that are missing
 */
export function dataverseOptions(settings: Settings): DataverseOptions {
  const url = settings.TANDEM_DYNAMICS_URL;
  if (url === undefined) {
    throw missing(
      "TANDEM_DYNAMICS_URL",
      ' (see "Your own organization" in README.md; without it only `start` runs)',
    );
  }
  const apiVersion = settings.TANDEM_DYNAMICS_API_VERSION.replace(/^v?/, "v");
  return { url, apiVersion, signIn: signIn(settings), tls: tlsFiles(settings) };
}

function tlsFiles(settings: Settings): NonNullable<DataverseOptions["tls"]> {
  return {
    ...given("caFile", settings.TANDEM_DYNAMICS_CA_FILE),
    ...given("certificateFile", settings.TANDEM_DYNAMICS_TLS_CERTIFICATE),
    ...given("keyFile", settings.TANDEM_DYNAMICS_TLS_KEY),
  };
}

/** The way to sign in that the given settings add up to; the most specific one wins. */
function signIn(settings: Settings): SignIn {
  const managed = settings.TANDEM_DYNAMICS_MANAGED_IDENTITY;
  if (managed !== undefined) {
    return { kind: "managed-identity", ...(managed === "system" ? {} : { clientId: managed }) };
  }
  const clientId = settings.TANDEM_DYNAMICS_CLIENT_ID;
  if (clientId === undefined) throw missing("TANDEM_DYNAMICS_CLIENT_ID");
  const authority = {
    clientId,
    endpoint: settings.TANDEM_DYNAMICS_TOKEN_ENDPOINT,
    ...given("tenant", settings.TANDEM_DYNAMICS_TENANT_ID),
    ...given("authority", settings.TANDEM_DYNAMICS_AUTHORITY),
  };
  const secret = settings.TANDEM_DYNAMICS_CLIENT_SECRET?.reveal();
  const certificateFile = settings.TANDEM_DYNAMICS_CLIENT_CERTIFICATE;
  if (certificateFile !== undefined) return { kind: "client-certificate", certificateFile, ...authority };
  const username = settings.TANDEM_DYNAMICS_USERNAME;
  const password = settings.TANDEM_DYNAMICS_PASSWORD?.reveal();
  if (username !== undefined) {
    if (password === undefined) throw missing("TANDEM_DYNAMICS_PASSWORD");
    return { kind: "password", username, password, ...authority, ...given("clientSecret", secret) };
  }
  if (secret === undefined) {
    throw missing(
      "TANDEM_DYNAMICS_CLIENT_SECRET",
      " (or a certificate, a managed identity, or user and password)",
    );
  }
  return { kind: "client-secret", clientSecret: secret, ...authority };
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: Value });
}

function missing(setting: string, or = ""): SyncError {
  return new SyncError("configuration_invalid", `${setting} is not set${or}.`);
}
