import type { Access } from "./access.ts";
import type { Authority, Principal } from "./authority.ts";
import { ApiError, doesNotExist } from "./errors.ts";
import type { Answer, ApiRequest } from "./message.ts";
import type { Organization } from "./organization.ts";
import { parseGuid } from "./random.ts";
import { rowByKey } from "./record-writes.ts";
import type { Settings } from "./settings.ts";

/** What the sign-in of the application meets in the organization. */
export type ApplicationUser = "present" | "absent" | "disabled" | "without-role" | "without-licence";

/** Who acts: the calling user, and the real caller when that one is impersonated. */
export interface Callers {
  readonly caller: string;
  readonly onBehalf?: string;
}

/** What signing in depends on. */
export interface Doorway {
  readonly organization: Organization;
  readonly authority: Authority;
  readonly access: Access;
  readonly settings: Settings;
  readonly applicationUser: ApplicationUser;
}

/** Who a request comes from; undefined when its token is missing, unknown or expired. Throws what the service refuses. */
export function signIn(doorway: Doorway, request: ApiRequest): Callers | undefined {
  const token = /^Bearer (.+)$/i.exec(request.headers["authorization"] ?? "")?.[1];
  const principal = token === undefined ? undefined : doorway.authority.principal(token);
  return principal === undefined ? undefined : impersonated(doorway, request, userOf(doorway, principal));
}

function userOf({ organization, access, applicationUser }: Doorway, principal: Principal): string {
  const { administrator, applicationUser: user } = organization.standard;
  if (principal === "person") return administrator;
  if (applicationUser === "absent")
    throw new ApiError(403, "0x80072560", "The user is not a member of the organization.");
  if (applicationUser === "disabled") {
    throw new ApiError(
      403,
      "0x80040225",
      `The specified user(Id = ${user}) is disabled. Consider enabling this user.`,
    );
  }
  if (applicationUser === "without-licence")
    throw new ApiError(403, "0x8004d24b", "The user has not been assigned any License");
  if (applicationUser === "without-role") access.withoutRole.add(user);
  else access.withoutRole.delete(user);
  return user;
}

function impersonated({ organization, settings }: Doorway, { headers }: ApiRequest, caller: string): Callers {
  const id = headers["mscrmcallerid"];
  const objectId = headers["callerobjectid"];
  if (id === undefined && objectId === undefined) return { caller };
  if (!settings.impersonation) {
    throw new ApiError(
      403,
      "0x8004a110",
      `User ${caller} does not have the privilege to act on behalf of another user: prvActOnBehalfOfAnotherUser.`,
    );
  }
  const users = organization.table("systemuser");
  const row =
    objectId === undefined
      ? users.row(parseGuid(id ?? "") ?? "")
      : rowByKey(users, ["azureactivedirectoryobjectid"], [JSON.stringify(objectId)]);
  if (row === undefined) throw doesNotExist("systemuser", objectId ?? id ?? "");
  return { caller: row.id, onBehalf: caller };
}

/** The answer to a request without a valid token: where to get one. */
export function unauthorized({ authority }: Doorway, request: ApiRequest, url: URL): Answer {
  const { tenantId } = authority.credentials;
  const discovery = `Bearer authorization_uri=${url.origin}/${tenantId}/oauth2/authorize, resource_id=${url.origin}/`;
  const sent = request.headers["authorization"] !== undefined;
  const failed = sent
    ? ", error=invalid_token, error_description=The access token is expired or not valid"
    : "";
  return { status: 401, headers: { "WWW-Authenticate": discovery + failed }, body: "" };
}
