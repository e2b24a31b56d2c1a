/**
 * The lines about the way to the organization: address, encryption, sign-in.
 */
import { SyncError } from "../../core/errors.ts";
import type { CheckLine } from "../../core/ports.ts";
import { wireFault } from "../http/fault.ts";
import type { HttpAnswer } from "../http/transport.ts";
import { header } from "../http/transport.ts";
import type { Subject } from "./check-line.ts";
import { green, red, redFault, unjudged } from "./check-line.ts";
import type { Connection } from "./source.ts";

export const ADDRESS: Subject = { id: "address", title: "Address" };
export const TLS: Subject = { id: "tls", title: "Encryption" };
export const SIGN_IN: Subject = { id: "sign-in", title: "Sign-in" };

/** Asks the organization without signing in: who is there answers 401 and says where to sign in. */
export async function checkAddress(connection: Connection, signal: AbortSignal): Promise<CheckLine[]> {
  const { address, signs } = connection.client;
  try {
    const answer = await knock(connection, signal);
    signs.note(answer.headers, connection.timing.now());
    return [addressLine(answer, address.host), tlsLine(address.base)];
  } catch (error) {
    const fault = wireFault(error, address.host, signal);
    const isTls = fault.code === "certificate_rejected" || fault.code === "configuration_invalid";
    if (!isTls) return [redFault(ADDRESS, fault), unjudged(TLS, ADDRESS.title)];
    const name = green(ADDRESS, `${address.host} exists and answers.`);
    return [name, redFault(TLS, fault)];
  }
}

async function knock({ client, transport }: Connection, signal: AbortSignal): Promise<HttpAnswer> {
  const url = `${client.address.base}/WhoAmI`;
  return transport.send({ method: "GET", url, headers: { accept: "application/json" }, signal });
}

function addressLine({ status, headers }: HttpAnswer, host: string): CheckLine {
  const challenge = header(headers, "www-authenticate") ?? "";
  const speaksOData = header(headers, "odata-version") !== undefined;
  if (status === 401 && /^(?:Bearer|Negotiate|NTLM)/iu.test(challenge)) {
    if (/^Bearer/iu.test(challenge))
      return green(ADDRESS, `${host} is a Dynamics organization.${signsInAt(challenge)}`);
    return red(
      ADDRESS,
      `${host} is a Dynamics server that takes Windows sign-in only.`,
      "Set the deployment up for claims-based sign-in (IFD with AD FS): Tandem signs in with OAuth.",
    );
  }
  if (speaksOData || status === 403) return green(ADDRESS, `${host} is a Dynamics organization.`);
  return red(
    ADDRESS,
    `${host} answers (${status}), but not as the Web API of Dynamics.`,
    "Take the address from the organization's details in the Power Platform admin center, such as https://yourorg.crm.dynamics.com. On-premises, the organization's name belongs in the path.",
  );
}

/** The service names its own authority and tenant: worth comparing with what was configured. */
function signsInAt(challenge: string): string {
  const [, place] = /authorization_uri="?([^",\s]+)/iu.exec(challenge) ?? [];
  return place === undefined ? "" : ` It signs in at ${place}.`;
}

function tlsLine(base: string): CheckLine {
  return base.startsWith("https:")
    ? green(TLS, "The server's certificate is trusted.")
    : green(TLS, "Not encrypted, which is fine only because the address is this machine.");
}

export async function checkSignIn({ tokens }: Connection, signal: AbortSignal): Promise<CheckLine> {
  try {
    await tokens.token(signal);
    return green(SIGN_IN, "The identity provider gave a token.");
  } catch (error) {
    if (error instanceof SyncError && error.code === "unavailable") {
      return red(
        SIGN_IN,
        error.message,
        "Check the authority's address and whether this machine can reach it.",
      );
    }
    return redFault(SIGN_IN, error);
  }
}
